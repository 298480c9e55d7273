//! `casebook replay`: each event of a ticket with the state after it.

use casebook_app::{Access, ReplayStep};
use casebook_store::Mode;

use crate::cli::Replay;
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Prints the ticket's history; runs beside a server.
pub async fn run(settings: &Settings, replay: Replay) -> Result<Exit, Failure> {
    let ticket = replay.ticket.parse().map_err(|_| {
        Failure::usage(format!("{} is not a ticket's identifier (a UUID)", replay.ticket))
    })?;
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let app = wiring::open_app(settings, store).await?;
    for step in app.replay_ticket(&Access::operator("replay"), ticket).await? {
        if replay.json {
            println!("{}", json(&step)?);
        } else {
            print(&step)?;
        }
    }
    Ok(exit::OK)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::failed(error.to_string()))
}

fn print(step: &ReplayStep) -> Result<(), Failure> {
    let actor = step.metadata.get("actor").and_then(|actor| actor.as_str()).unwrap_or("?");
    println!(
        "{:>4}  position {}  {}  {}  by {actor}",
        step.version, step.position, step.recorded_at, step.event_type
    );
    println!("      event {}", json(&step.event)?);
    println!("      state {}", json(&step.state)?);
    Ok(())
}
