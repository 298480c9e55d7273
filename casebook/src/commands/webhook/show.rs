//! Subscriptions and their deliveries on the screen, for a person or as JSON lines.

use serde_json::{Value, json};

use super::Changed;

/// What a decision led to.
pub(super) fn changed(changed: &Changed, json: bool) {
    let Changed { webhook, secret } = changed;
    if json {
        println!("{}", json!({ "webhook": webhook, "secret": secret }));
        return;
    }
    match webhook {
        Value::Null => println!("removed"),
        webhook => line(webhook, false),
    }
    if let Some(secret) = secret {
        println!("secret: {secret}");
        println!("the receiver checks signatures by it; docs/webhooks.md tells how");
    }
}

/// A secret.
pub(super) fn secret(secret: &str, json: bool) {
    if json { println!("{}", json!({ "secret": secret })) } else { println!("{secret}") }
}

/// A subscription on one line.
pub(super) fn line(webhook: &Value, json: bool) {
    if json {
        return println!("{webhook}");
    }
    let text = |name: &str| webhook[name].as_str().unwrap_or_default().to_owned();
    let (waiting, dead) = (&webhook["waiting"], &webhook["deadLetterCount"]);
    println!(
        "{}  {:14} {:8}  {waiting} waiting, {dead} given up  {}",
        text("id"),
        text("tenant"),
        text("standing").to_lowercase(),
        text("url"),
    );
    if let Some(reason) = webhook["reason"].as_str() {
        println!("  because: {reason}");
    }
}

/// A subscription with everything about it.
pub(super) fn whole(webhook: &Value, dead: &Value, json: bool) {
    if json {
        return println!("{}", json!({ "webhook": webhook, "deadLetters": dead }));
    }
    line(webhook, false);
    for (name, value) in webhook.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::String(text) => println!("  {name:22} {text}"),
            other => println!("  {name:22} {other}"),
        }
    }
    for one in dead.as_array().into_iter().flatten() {
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        let at = text("at");
        println!("  given up {at}  {}  {}", text("eventType"), text("about"));
        println!("    position {}: {}", number(text("position")), text("failure"));
    }
}

/// An attempt on one line.
pub(super) fn delivery(one: &Value, json: bool) {
    if json {
        return println!("{one}");
    }
    let text = |name: &str| one[name].as_str().unwrap_or_default();
    let said = match one["status"].as_u64() {
        Some(status) => status.to_string(),
        None => text("failure").to_owned(),
    };
    println!(
        "{}  {:8} attempt {} of event {}  {}  {said} in {} ms",
        text("at"),
        text("outcome").to_lowercase(),
        one["attempt"],
        number(text("position")),
        text("eventType"),
        one["durationMs"],
    );
}

/// The number of a cursor.
fn number(cursor: &str) -> &str {
    cursor.rsplit(':').next().unwrap_or(cursor)
}
