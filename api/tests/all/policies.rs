//! Policies by GraphQL: shown, published, rolled back, previewed.

use std::collections::BTreeMap;

use casebook_tests::desk::shipped_files;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::harness::{Edge, HELLO, calm, settings};

both_databases!(a_policy_is_read_changed_and_rolled_back, prompts_are_previewed,);

const POLICY: &str = "query($version: String) { policy(tenant: \"protocol-raw\", version: $version)
    { tenant name version inForce json thresholds { priority notify autonomy }
      categories { code customerName } actions { code label } teams { code name }
      gates { code reason severity ruleCount } versions { version name inForce publishedAt publishedBy note
        terms { since actor note replaced isRollback } } } }";

async fn publish(edge: &Edge, input: Value) -> Value {
    let asks = "version changed position policy { version thresholds { priority } } \
                error { code field message }";
    edge.mutate_as("ada", "publishPolicy", asks, input).await
}

async fn a_policy_is_read_changed_and_rolled_back(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let first = edge.data(POLICY, json!({})).await["policy"].clone();
    assert_eq!((&first["inForce"], &first["thresholds"]["priority"]), (&json!(true), &json!(0.7)));
    assert!(first["gates"].as_array().unwrap().len() > 5 && first["teams"][0]["code"].is_string());
    assert_eq!(first["versions"].as_array().unwrap().len(), 1);

    let mut changed: Value = serde_json::from_str(first["json"].as_str().unwrap()).unwrap();
    changed["thresholds"]["priority"] = json!(0.75);
    let document = changed.to_string();
    let input = |json: &str, expected: &Value| json!({ "tenant": "protocol-raw", "json": json, "expectedVersion": expected });
    let stale = publish(&edge, input(&document, &json!("0000"))).await;
    assert_eq!(stale["error"]["code"], "CONFLICT", "{stale}");
    let done = publish(&edge, input(&document, &first["version"])).await;
    assert!(done["error"].is_null() && done["changed"] == true, "{done}");
    assert_eq!(done["policy"]["thresholds"]["priority"], json!(0.75));
    let again = publish(&edge, input(&document, &done["version"])).await;
    assert_eq!((&again["changed"], &again["position"]), (&json!(false), &Value::Null));
    let old = edge.data(POLICY, json!({ "version": first["version"] })).await["policy"].clone();
    assert_eq!((&old["inForce"], &old["json"]), (&json!(false), &first["json"]));
    let versions = old["versions"].as_array().unwrap();
    let known: Vec<_> = versions.iter().map(|one| (&one["version"], &one["inForce"])).collect();
    let told = [(&first["version"], &json!(false)), (&done["version"], &json!(true))];
    assert_eq!(known, told, "in the order of publication");
    assert_eq!(versions[0]["publishedBy"], "system:test");
    assert_eq!(
        (&versions[1]["publishedBy"], &versions[1]["note"]),
        (&json!("agent:ada"), &Value::Null)
    );
    assert!(versions[0]["publishedAt"].as_str() <= versions[1]["publishedAt"].as_str());
    assert_eq!(versions[1]["terms"][0]["replaced"], first["version"], "the version before it");
    let unknown = edge.fault(POLICY, json!({ "version": "ffff" })).await;
    assert_eq!(unknown["code"], "NOT_FOUND");

    let back = async |version: &Value| {
        let asks = "version changed error { code field }";
        let input = json!({ "tenant": "protocol-raw", "version": version, "note": "too strict" });
        edge.mutate_as("ada", "rollbackPolicy", asks, input).await
    };
    assert_eq!(back(&json!("ffff")).await["error"]["field"], "version");
    let rolled = back(&first["version"]).await;
    assert_eq!((&rolled["version"], &rolled["changed"]), (&first["version"], &json!(true)));
    assert_eq!(back(&first["version"]).await["changed"], false);
    let now = edge.data(POLICY, json!({})).await["policy"]["versions"].clone();
    let terms = now[0]["terms"].as_array().unwrap();
    let (since, replaced) = (&terms[1]["since"], &done["version"]);
    let told = json!({ "since": since, "actor": "agent:ada", "note": "too strict",
        "replaced": replaced, "isRollback": true });
    assert_eq!((terms.len(), &terms[1]), (2, &told));
    assert_eq!((&now[0]["inForce"], &now[1]["inForce"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn a_policy_comes_as_files_or_as_json_and_must_be_sound() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    let as_input = |files: &BTreeMap<String, String>| -> Value {
        files.iter().map(|(path, text)| json!({ "path": path, "text": text })).collect()
    };
    let mut files = shipped_files("protocol-raw");
    let same = publish(&edge, json!({ "tenant": "protocol-raw", "files": as_input(&files) })).await;
    assert_eq!((&same["changed"], &same["error"]), (&json!(false), &Value::Null), "{same}");
    let twice = json!([{ "path": "a", "text": "" }, { "path": "a", "text": "" }]);
    let policy = files.get_mut("policy.toml").unwrap();
    *policy = policy.replace("[thresholds]", "[thresholds]\npriorities = 1");
    for (input, field) in [
        (json!({ "files": as_input(&files) }), "files"),
        (json!({ "files": twice }), "files"),
        (json!({ "files": [] }), "files"),
        (json!({ "json": "{" }), "json"),
        (json!({ "json": "{}" }), "json"),
        (json!({}), "json"),
        (json!({ "json": "{}", "files": [] }), "json"),
    ] {
        let mut input = input.clone();
        input["tenant"] = json!("protocol-raw");
        let refused = publish(&edge, input.clone()).await["error"].clone();
        let told = (&refused["code"], &refused["field"]);
        assert_eq!(told, (&json!("INVALID"), &json!(field)), "{refused}");
    }
    let own = edge.data(POLICY, json!({})).await["policy"]["json"].clone();
    let other = publish(&edge, json!({ "tenant": "ozean-licht", "json": own })).await;
    assert_eq!(other["error"]["field"], "json", "{other}");
    let mut unsound: Value = serde_json::from_str(own.as_str().unwrap()).unwrap();
    unsound["thresholds"]["priority"] = json!(7);
    let unsound = json!({ "tenant": "protocol-raw", "json": unsound.to_string() });
    assert_eq!(publish(&edge, unsound).await["error"]["field"], "policy");
}

async fn prompts_are_previewed(database: TestDatabase) {
    let edge = Edge::with(database, settings()).await;
    let receipt = edge.mail(HELLO, calm("one")).await.json();
    let query = "query($ticketId: ID!, $messageId: ID!) { promptPreview(ticketId: $ticketId, \
                 messageId: $messageId) { policyVersion system user } providerState { name } }";
    let of = |message: &Value| json!({ "ticketId": receipt["ticket_id"], "messageId": message });
    let data = edge.data(query, of(&receipt["message_id"])).await;
    let preview = &data["promptPreview"];
    assert!(preview["user"].as_str().unwrap().contains("my next box arrive"), "{preview}");
    let nobody = "CUSTOMER STATUS: No matching customer found. This person is likely a \
                  prospective customer.";
    assert!(preview["user"].as_str().unwrap().contains(nobody), "{preview}");
    assert!(preview["system"].as_str().unwrap().len() > 100);
    assert_eq!(data["providerState"], json!([]), "nothing classifies here");
    let unknown = edge.fault(query, of(&receipt["ticket_id"])).await;
    assert_eq!(unknown["code"], "NOT_FOUND");
}
