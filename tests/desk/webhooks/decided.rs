//! What was decided about subscriptions, as the audit trail tells it.

use casebook_app::{AuditExport, AuditFormat, AuditRequest, ChangeWebhook, OnWebhook};
use casebook_tests::desk::operator;
use casebook_tests::receiver::Receiver;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::json;

use crate::shared::Tasks;

use super::*;

both_databases!(the_trail_tells_what_was_decided_and_what_it_was_before);

async fn lines(mut export: AuditExport) -> Vec<Value> {
    let mut text = String::new();
    while let Some(part) = export.next().await.expect("a part") {
        text.push_str(&part);
    }
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The entries of the only subscription.
async fn trail(app: &App) -> Vec<Value> {
    let all = AuditRequest::default();
    let export = app.audit_scan(&operator(), &all, AuditFormat::JsonLines).await.expect("begun");
    lines(export).await.into_iter().filter(|entry| entry["subject"] == "webhook").collect()
}

async fn the_trail_tells_what_was_decided_and_what_it_was_before(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    let on = OnWebhook::any(subscribed(&desk.app).await.done.webhook_id);
    write_in(&desk.app, &["a"]).await;
    let tasks = Tasks::default().send(&desk.app);
    until_all_taken(&desk, &receiver, on.webhook_id).await;
    tasks.stop().await;
    let url = "https://elsewhere.example/".to_owned();
    let change = ChangeWebhook { url: Some(url), personal: Some(true), ..ChangeWebhook::default() };
    desk.app.change_webhook(&operator(), &on, &change).await.expect("changed");
    let reason = "It answers with nonsense.";
    desk.app.pause_webhook(&operator(), &on, reason).await.expect("paused");

    let entries = trail(&desk.app).await;
    let of = |name: &str| {
        let found = entries.iter().find(|entry| entry["event"] == name);
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let change = |path: &str, old: Value, new: Value| json!({ "path": path, "old": old, "new": new, "personal": false });
    let changed = of("WebhookChanged");
    assert_eq!(
        changed["changes"],
        json!([
            change("/personal", json!(false), json!(true)),
            change("/url", json!(URL), json!("https://elsewhere.example/")),
        ])
    );
    let paused = of("WebhookPaused");
    let new = json!({ "paused": { "operator": reason } });
    assert_eq!(paused["changes"], json!([change("/standing", json!("active"), new)]));
    assert_eq!(paused["data"]["because"]["operator"], reason);
    let begun = of("WebhookSubscribed")["changes"].as_array().expect("a list").clone();
    assert!(begun.contains(&change("/url", Value::Null, json!(URL))), "{begun:?}");
    let made = of("WebhookDeliveriesMade");
    assert_eq!(made["changes"], json!([]), "letters on their way change nothing that is told");
    assert!(made["data"]["made"].is_array(), "{made}");
}
