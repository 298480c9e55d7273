//! Read models as an operator sees them: rebuilt, standing still, and let on.

use casebook_tests::builders::event_with;
use casebook_tests::{TestDatabase, append, both_databases, wait};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, sick};

both_databases!(
    read_models_are_rebuilt,
    an_event_that_cannot_be_read_is_passed_over,
    taking_data_out_beside_the_server_is_recorded,
);

const STATE: &str = "{ projections { name version generation epoch leads position lag error stopped
    rebuilds build { phase position target rows eventsPerSecond } lastRebuild { error versionBefore
    version generation position rows tookMs comparison { position rows digestBefore digestAfter
    differing problems } } } }";

async fn model(edge: &Edge, name: &str) -> Value {
    let all = edge.data(STATE, json!({})).await["projections"].clone();
    let found = all.as_array().unwrap().iter().find(|model| model["name"] == name).cloned();
    found.unwrap_or_else(|| panic!("{name} in {all}"))
}

async fn rebuild(edge: &Edge, name: Option<&str>) -> Value {
    let query = "mutation($name: String) { rebuildReadModel(input: { name: $name }) { names error \
                 { code message } } }";
    edge.data(query, json!({ "name": name })).await["rebuildReadModel"].clone()
}

async fn read_models_are_rebuilt(database: TestDatabase) {
    let edge = Edge::new(database).await;
    for number in 0..3 {
        edge.mail(HELLO, sick(&format!("r{number}"))).await;
    }
    edge.settle().await;
    let before = model(&edge, "tickets").await;
    assert_eq!((&before["leads"], &before["generation"]), (&json!(true), &json!(1)), "{before}");
    assert_eq!((&before["stopped"], &before["lastRebuild"]), (&json!(false), &Value::Null));
    let started = rebuild(&edge, Some("tickets")).await;
    assert_eq!(started, json!({ "names": ["tickets"], "error": null }));
    let after = wait::until("the rebuild", || async {
        let state = model(&edge, "tickets").await;
        (state["rebuilds"] == 1).then_some(state)
    })
    .await;
    let last = &after["lastRebuild"];
    assert_eq!((&last["error"], &last["generation"]), (&Value::Null, &json!(2)), "{after}");
    let compared = &last["comparison"];
    assert_eq!((&compared["differing"], &compared["rows"]), (&json!(0), &json!(3)), "{after}");
    assert_eq!(compared["digestBefore"], compared["digestAfter"]);
    assert!(after["epoch"].as_i64() >= Some(1) && after["error"].is_null());
    let all = rebuild(&edge, None).await;
    assert!(all["names"].as_array().unwrap().len() >= 6, "{all}");
    let unknown = rebuild(&edge, Some("nonsense")).await;
    assert_eq!((&unknown["error"]["code"], &unknown["names"]), (&json!("NOT_FOUND"), &json!([])));
    wait::until("all rebuilds", || async {
        (model(&edge, "notes").await["rebuilds"] == 1).then_some(())
    })
    .await;
}

async fn taking_data_out_beside_the_server_is_recorded(database: TestDatabase) {
    let edge = Edge::new(database).await;
    edge.mail(HELLO, sick("x1")).await;
    let query = "mutation($input: RecordExportInput!) { recordExport(input: $input) { tenants \
                 error { code field } } }";
    let end = edge.data("{ position }", json!({})).await["position"].clone();
    let (log, last) = end.as_str().unwrap().split_once(':').unwrap();
    let beyond = format!("{log}:99999");
    let foreign = format!("{}:1", uuid::Uuid::nil().simple());
    for (input, code, field) in [
        (json!({ "what": "secrets", "to": end }), "INVALID", json!("what")),
        (json!({ "what": "events", "to": beyond }), "INVALID", json!("to")),
        (json!({ "what": "events", "to": end, "from": foreign }), "INVALID", json!("from")),
        (json!({ "what": "events", "to": end, "tenant": "nobody" }), "NOT_FOUND", Value::Null),
    ] {
        let refused = edge.data(query, json!({ "input": input })).await["recordExport"].clone();
        let error = json!({ "code": code, "field": field });
        assert_eq!(refused, json!({ "tenants": [], "error": error }), "{input}");
    }
    assert_eq!(edge.data("{ position }", json!({})).await["position"], end, "nothing recorded");
    let input = json!({ "what": "tickets", "tenant": "protocol-raw", "to": end });
    let done = edge.data(query, json!({ "input": input })).await;
    assert_eq!(done["recordExport"], json!({ "tenants": ["protocol-raw"], "error": null }));
    let log = edge.app.store().log();
    let page = log.read(last.parse().unwrap(), &casebook_store::Filter::default(), 9).await;
    let looks = page.unwrap().events;
    assert_eq!(looks.len(), 1);
    assert_eq!(
        (looks[0].tenant.as_str(), looks[0].event_type.as_str()),
        ("protocol-raw", "PersonalDataRead")
    );
    assert!(looks[0].payload.contains("tickets"), "{}", looks[0].payload);
}

async fn skip(edge: &Edge, input: Value) -> Value {
    let query = "mutation($input: SkipEventInput!) { skipEvent(input: $input) { event changed \
                 position error { code field message } } }";
    edge.data(query, json!({ "input": input })).await["skipEvent"].clone()
}

async fn an_event_that_cannot_be_read_is_passed_over(database: TestDatabase) {
    let edge = Edge::new(database).await;
    edge.mail(HELLO, sick("s1")).await;
    edge.settle().await;
    let end = edge.data("{ position }", json!({})).await["position"].clone();
    let id = uuid::Uuid::nil().to_string();
    let broken = append("contact", &id, 0, 1)
        .tenant("protocol-raw")
        .events(vec![event_with("ContactWrote", "{\"ContactWrote\":{}}")]);
    let done = edge.app.store().log().append(broken.done()).await.unwrap();
    let stopped = wait::until("the alarm", || async {
        let state = model(&edge, "contacts").await;
        (state["stopped"] == true).then_some(state)
    })
    .await;
    let log = end.as_str().unwrap().split_once(':').unwrap().0;
    let position = format!("{log}:{}", done.last_position);
    let way_on = format!("casebook skip --position {}", done.last_position);
    assert!(stopped["error"].as_str().unwrap().contains(&way_on), "{stopped}");
    assert_eq!(edge.get("/readyz").await.status, 503);
    for (input, field) in [
        (json!({ "position": end, "reason": "why" }), "position"),
        (json!({ "position": position, "reason": " " }), "reason"),
        (json!({ "position": position, "reason": "why", "reader": "nobody" }), "reader"),
        (json!({ "position": format!("{log}:99999"), "reason": "why" }), "position"),
    ] {
        let refused = skip(&edge, input).await;
        assert_eq!(refused["error"]["code"], "INVALID", "{refused}");
        assert_eq!(refused["error"]["field"], field, "{refused}");
    }
    let input = json!({ "position": position, "reason": "made by a test build" });
    let done = skip(&edge, input.clone()).await;
    assert_eq!((&done["error"], &done["changed"]), (&Value::Null, &json!(true)), "{done}");
    assert_eq!(done["event"], "ContactWrote of version 1");
    let again = skip(&edge, input).await;
    assert_eq!((&again["error"], &again["changed"]), (&Value::Null, &json!(false)), "{again}");
    wait::until("the read model to go on", || async {
        (edge.get("/readyz").await.status == 200).then_some(())
    })
    .await;
    edge.settle().await;
    assert_eq!(model(&edge, "contacts").await["stopped"], false);
    // The decision names who made it.
    let event = edge.app.store().log();
    let event = event.read(done_position(&done) - 1, &casebook_store::Filter::default(), 1).await;
    let event = event.unwrap().events.remove(0);
    assert_eq!(event.event_type, "EventSkipped");
    assert!(event.metadata.contains("agent:local"), "{}", event.metadata);
}

fn done_position(done: &Value) -> u64 {
    done["position"].as_str().unwrap().split_once(':').unwrap().1.parse().unwrap()
}
