//! Rebuilding in this process, which must be allowed to write.

use std::time::Duration;

use casebook_projections::{ModelStatus, Projections, generations};
use casebook_store::{Mode, Store};
use serde_json::json;

use super::tell::{self, Line};
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Pause between two accounts of the progress.
const TICK: Duration = Duration::from_secs(1);

/// Prints how the read models stand; runs beside a server.
pub async fn list(settings: &Settings, json: bool) -> Result<Exit, Failure> {
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let head = store.log().last_position().await?;
    for one in generations(&store).await? {
        let line = Line {
            name: one.name,
            version: one.version.into(),
            generation: one.generation,
            state: one.state.name().to_owned(),
            position: one.position,
            lag: head.saturating_sub(one.position),
            epoch: one.epoch,
            error: one.error,
        };
        line.print(json)?;
    }
    Ok(exit::OK)
}

/// Rebuilds the named read models, all without a name, one after the other; says whether each has
/// the rows that queries saw, as far as they can be compared.
pub async fn rebuild(settings: &Settings, names: &[String], json: bool) -> Result<bool, Failure> {
    let store = wiring::open_store(settings, Mode::Write).await?;
    let projections = Projections::start(&store, &settings.projections).await?;
    let done = rebuild_all(&projections, names, json).await;
    projections.stop().await;
    close(store).await;
    done
}

async fn close(store: Store) {
    store.close().await;
}

async fn rebuild_all(
    projections: &Projections,
    names: &[String],
    json: bool,
) -> Result<bool, Failure> {
    let known: Vec<&str> = projections.status().iter().map(|model| model.name).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        let message = format!("{unknown} is no read model; there are {}", known.join(", "));
        return Err(Failure::usage(message));
    }
    let mut same = true;
    for name in known.into_iter().filter(|name| names.is_empty() || is_named(names, name)) {
        let built = projections.rebuild(name);
        tokio::pin!(built);
        let report = loop {
            tokio::select! {
                report = &mut built => break report?,
                () = tokio::time::sleep(TICK) => progress(projections, name),
            }
        };
        let report = json!(report);
        same &= tell::report(&report, json);
    }
    Ok(same)
}

fn is_named(names: &[String], name: &str) -> bool {
    names.iter().any(|named| named == name)
}

fn progress(projections: &Projections, name: &str) {
    let status = projections.status().into_iter().find(|model| model.name == name);
    if let Some(ModelStatus { build: Some(build), .. }) = status {
        tell::progress(name, build.position, build.target, build.rows, build.events_per_second);
    }
}
