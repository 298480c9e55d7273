//! Policies tried on the recorded past, by GraphQL.

use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, mail, settings};

both_databases!(another_policy_is_tried_on_what_was_recorded,);

const ASK: &str = "query($policy: TriedPolicy!, $against: TriedPolicy, $from: DateTime,
    $changes: Int! = 20, $tenant: String!) {
  backtest(tenant: $tenant, policy: $policy, against: $against, from: $from, changes: $changes) {
    tenant policy { name version } against { version } position messages tickets changedTickets
    escalatedTickets { before after } refusedAnswers { before after } answers shortFacts
    gates { code messages { before after } both }
    categories { code tickets { before after } leave arrive }
    priorities { priority tickets { before after } }
    drafts { change tickets } confusion { forecast human tickets { before after } }
    unread { reason count }
    changes { ticketId ticket { id status } before { gates priority forecast subject }
      after { gates priority category escalated forecast } draft human signOffChanged } } }";

const POLICY: &str = "{ policy(tenant: \"protocol-raw\") { version json } }";

/// The policy in force as JSON, with a gate that fires for Leeds.
fn with_gate(json: &str) -> String {
    let mut policy: Value = serde_json::from_str(json).unwrap();
    let gate = json!({ "code": "leeds", "reason": "Leeds", "rules": [{ "any": ["leeds"] }] });
    policy["gates"]["gates"].as_array_mut().unwrap().push(gate);
    policy.to_string()
}

async fn receive(edge: &Edge, id: &str, text: &str) {
    let raw = mail(id, HELLO, &format!("{id}@customer.example"), "A question", text);
    assert_eq!(edge.mail(HELLO, raw).await.status, 202);
}

async fn another_policy_is_tried_on_what_was_recorded(database: TestDatabase) {
    let mut settings = settings();
    settings.api.backtest_messages_max = 3;
    let edge = Edge::with(database, settings).await;
    for (id, text) in [("a", "Do you deliver to Leeds?"), ("b", "My dog vomited."), ("c", "Hello")]
    {
        receive(&edge, id, text).await;
    }
    edge.settle().await;
    let now = edge.data(POLICY, json!({})).await["policy"].clone();
    let changed = with_gate(now["json"].as_str().unwrap());
    let asks = |policy: Value| json!({ "tenant": "protocol-raw", "policy": policy });
    let told = edge.data(ASK, asks(json!({ "json": changed }))).await["backtest"].clone();
    assert_eq!((&told["messages"], &told["tickets"]), (&json!(3), &json!(3)), "{told}");
    assert_eq!(told["changedTickets"], 1);
    assert_eq!(told["escalatedTickets"], json!({ "before": 1, "after": 2 }));
    let gates = told["gates"].as_array().unwrap();
    let leeds = gates.iter().find(|gate| gate["code"] == "leeds").unwrap();
    assert_eq!(leeds["messages"], json!({ "before": 0, "after": 1 }));
    let change = &told["changes"][0];
    assert_eq!(change["after"]["gates"], json!(["leeds"]));
    assert_eq!(
        (&change["after"]["priority"], &change["after"]["escalated"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(change["before"]["forecast"], "UNKNOWN");
    assert_eq!(change["ticket"]["id"], change["ticketId"]);
    assert_eq!(change["human"], "OPEN");

    // The version in force, held against the changed one: the same the other way round.
    let mut asked = asks(json!({ "version": now["version"] }));
    asked["against"] = json!({ "json": changed });
    asked["changes"] = json!(0);
    let told = edge.data(ASK, asked.clone()).await["backtest"].clone();
    assert_eq!(told["escalatedTickets"], json!({ "before": 2, "after": 1 }));
    assert_eq!((&told["changes"], &told["changedTickets"]), (&json!([]), &json!(1)));
    asked["from"] = json!("2100-01-01T00:00:00Z");
    assert_eq!(edge.data(ASK, asked).await["backtest"]["messages"], 0);

    receive(&edge, "d", "One more").await;
    let refused = edge.fault(ASK, asks(json!({ "version": now["version"] }))).await;
    assert_eq!(
        (&refused["code"], &refused["limit"]),
        (&json!("LIMIT"), &json!("api.backtest_messages_max"))
    );
    for (tenant, policy, code) in [
        ("protocol-raw", json!({}), "INVALID"),
        ("protocol-raw", json!({ "json": "{" }), "INVALID"),
        ("protocol-raw", json!({ "version": "ffff" }), "NOT_FOUND"),
        ("nobody", json!({ "version": "ffff" }), "NOT_FOUND"),
        ("ozean-licht", json!({ "json": changed }), "INVALID"),
    ] {
        let refused = edge.fault(ASK, json!({ "tenant": tenant, "policy": policy })).await;
        assert_eq!(refused["code"], code, "{refused}");
    }
}
