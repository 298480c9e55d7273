//! `casebook replay`: each event of a ticket with the state after it.

use casebook_app::{Access, ReplayStep};
use casebook_domain::ids::TicketId;
use casebook_store::Mode;

use super::replay_verify;
use crate::cli::Replay;
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Prints the ticket's history; runs beside a server.
pub async fn run(settings: &Settings, replay: Replay) -> Result<Exit, Failure> {
    if replay.verify {
        return replay_verify::run(settings, replay).await;
    }
    let ticket = ticket(replay.ticket.as_deref().unwrap_or_default())?;
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let app = wiring::open_app(settings, store).await?;
    for step in app.replay_ticket(&Access::operator("replay"), ticket).await? {
        if replay.json {
            println!("{}", json(&step)?);
        } else {
            print(&step, replay.diff)?;
        }
    }
    Ok(exit::OK)
}

/// A ticket's identifier as somebody typed it.
///
/// # Errors
/// A usage failure that says what it should look like.
pub fn ticket(text: &str) -> Result<TicketId, Failure> {
    let wrong = |_| Failure::usage(format!("{text} is not a ticket's identifier (a UUID)"));
    text.parse().map_err(wrong)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::failed(error.to_string()))
}

fn print(step: &ReplayStep, diff: bool) -> Result<(), Failure> {
    let actor = step.metadata.get("actor").and_then(|actor| actor.as_str()).unwrap_or("?");
    println!(
        "{:>4}  position {}  {}  {}  by {actor}",
        step.version, step.position, step.recorded_at, step.event_type
    );
    if diff {
        println!("      {}", step.sentence);
        for change in &step.changes {
            println!("      {}: {} -> {}", change.path, change.old, change.new);
        }
        return Ok(());
    }
    println!("      data  {}", json(&step.data)?);
    println!("      state {}", json(&step.state)?);
    Ok(())
}
