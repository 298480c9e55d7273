//! Decisions carried out by the server that writes to the database.

use casebook_app::StreamStart;
use casebook_domain::ids::WebhookId;
use casebook_store::Cursor;
use serde_json::{Value, json};

use super::Changed;
use super::decide::{Decision, position, start};
use crate::exit::Failure;
use crate::remote::Remote;

/// What is asked of every mutation: the fields of a subscription are those that the database's
/// own answer has.
const PAYLOAD: &str = "{ secret error { message } webhook { id: uuid tenant url types personal \
    description standing reason revision secretNumber previousSecretUntil reached waiting \
    deadLetterCount failuresInRow failingSince lastFailure lastTakenAt } } }";

/// Has a decision carried out.
pub(super) async fn decide(remote: &Remote, decision: &Decision) -> Result<Changed, Failure> {
    let (field, kind, input): Mutation = match decision {
        Decision::Add(add) => {
            let from = match start(&add.from, log_id(remote).await?)? {
                StreamStart::Earliest => "earliest".to_owned(),
                StreamStart::Latest => "latest".to_owned(),
                StreamStart::After(cursor) => cursor.to_string(),
            };
            let input = json!({
                "tenant": add.tenant, "url": add.url, "types": add.types, "from": from,
                "personal": add.personal, "description": add.description,
            });
            ("subscribeWebhook", "SubscribeWebhookInput!", input)
        }
        Decision::Change(id, change) => {
            let mut input = json!(change);
            // What is left out stays, and null would be asked for as such.
            if let Some(fields) = input.as_object_mut() {
                fields.retain(|_, value| !value.is_null());
            }
            input["webhookId"] = json!(id);
            ("changeWebhook", "ChangeWebhookInput!", input)
        }
        Decision::Rotate(id) => plain("rotateWebhookSecret", *id),
        Decision::Resume(id) => plain("resumeWebhook", *id),
        Decision::Remove(id) => plain("removeWebhook", *id),
        Decision::Pause(id, reason) => {
            ("pauseWebhook", "PauseWebhookInput!", json!({ "webhookId": id, "reason": reason }))
        }
        Decision::Replay(id, after) => {
            let after = position(after, log_id(remote).await?)?.map(text);
            ("replayWebhook", "ReplayWebhookInput!", json!({ "webhookId": id, "after": after }))
        }
        Decision::Redeliver(id, place) => {
            let place = position(place, log_id(remote).await?)?.map(text);
            let input = json!({ "webhookId": id, "position": place });
            ("redeliverWebhookEvent", "RedeliverWebhookEventInput!", input)
        }
    };
    let query = format!("mutation($input: {kind}) {{ done: {field}(input: $input) {PAYLOAD}");
    let mut answer = remote.ask(&query, json!({ "input": input })).await?;
    let payload = &mut answer["done"];
    if let Some(message) = payload["error"]["message"].as_str() {
        return Err(Failure::usage(message));
    }
    let secret = payload["secret"].as_str().map(str::to_owned);
    Ok(Changed { webhook: payload["webhook"].take(), secret })
}

/// A mutation, the type of its input, and the input.
type Mutation = (&'static str, &'static str, Value);

fn plain(field: &'static str, id: WebhookId) -> Mutation {
    (field, "WebhookInput!", json!({ "webhookId": id }))
}

fn text(cursor: Cursor) -> String {
    cursor.to_string()
}

/// The log that the server serves: a number is a position in it.
async fn log_id(remote: &Remote) -> Result<uuid::Uuid, Failure> {
    let end = remote.ask("{ position }", json!({})).await?;
    let cursor = end["position"].as_str().and_then(|text| text.parse::<Cursor>().ok());
    let cursor = cursor.ok_or_else(|| Failure::failed("the server names no position"))?;
    Ok(cursor.log_id)
}
