//! `casebook skip`: an event that cannot be read is passed over, as a recorded decision.

use casebook_app::{Access, SkipEvent, Skipped};
use casebook_store::Mode;
use serde_json::json;

use crate::cli::Skip;
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::remote::Remote;
use crate::wiring;

const SKIP: &str = "mutation($input: SkipEventInput!) { skipEvent(input: $input) \
                    { event changed error { message } } }";

/// Records the decision, in the database or by way of the server that writes to it.
pub async fn run(settings: &Settings, secrets: &Secrets, skip: Skip) -> Result<Exit, Failure> {
    let done = match &skip.server {
        Some(url) => by_server(&Remote::new(url, secrets.api_token.as_ref())?, &skip).await?,
        None => here(settings, &skip).await.map_err(or_by_server)?,
    };
    let who = skip.reader.as_deref().unwrap_or("every reader");
    if done.changed {
        println!("position {}: {} is passed over by {who} from now on", skip.position, done.event);
    } else {
        println!("position {}: {} was passed over by {who} before", skip.position, done.event);
    }
    Ok(exit::OK)
}

async fn here(settings: &Settings, skip: &Skip) -> Result<Skipped, Failure> {
    let store = wiring::open_store(settings, Mode::Write).await?;
    let app = wiring::open_app(settings, store).await?;
    let asked = SkipEvent {
        position: skip.position,
        reader: skip.reader.clone(),
        reason: skip.reason.clone(),
    };
    let done = app.skip_event(&Access::operator("skip"), &asked).await;
    app.store().clone().close().await;
    Ok(done?)
}

async fn by_server(remote: &Remote, skip: &Skip) -> Result<Skipped, Failure> {
    // A position names its log; the server says which one it serves.
    let end = remote.ask("{ position }", json!({})).await?;
    let end = end["position"].as_str().unwrap_or_default();
    let log = end.split_once(':').map_or(end, |(log, _)| log);
    let input = json!({
        "position": format!("{log}:{}", skip.position),
        "reader": skip.reader,
        "reason": skip.reason,
    });
    let answer = remote.ask(SKIP, json!({ "input": input })).await?;
    let payload = &answer["skipEvent"];
    if let Some(message) = payload["error"]["message"].as_str() {
        return Err(Failure::usage(message));
    }
    Ok(Skipped {
        event: payload["event"].as_str().unwrap_or_default().to_owned(),
        changed: payload["changed"] == true,
        position: None,
    })
}

/// Names the way by the server, where the server stands in the way.
pub fn or_by_server(failure: Failure) -> Failure {
    if failure.exit != exit::LOCKED {
        return failure;
    }
    let message = format!("{failure}; name its address with --server URL to have it done there");
    Failure { message, exit: failure.exit }
}
