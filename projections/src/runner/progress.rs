//! How far a read model has come, as others see it.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::report::RebuildReport;
use crate::ProjectionError;
use crate::catalog::Generation;

/// What is known about a read model in this process.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// Position up to which its rows are as the log says.
    pub position: u64,
    /// Version that queries see.
    pub version: u32,
    /// Number of the generation that queries see.
    pub generation: u64,
    /// Epoch of its writer.
    pub epoch: u64,
    /// Whether this process writes it.
    pub leads: bool,
    /// Why it does not go on, without personal data.
    pub error: Option<String>,
    /// Whether it needs an operator.
    pub stopped: bool,
    /// The build under way.
    pub build: Option<BuildStatus>,
    /// Rebuilds that have ended in this process.
    pub rebuilds: u64,
    /// What came of the last one.
    pub rebuilt: Option<Result<RebuildReport, String>>,
}

/// What a build is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildPhase {
    /// Folds the log from its beginning.
    Folding,
    /// Compares its rows with those that queries see.
    Comparing,
}

/// How far a build beside the live read model has come.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct BuildStatus {
    /// What it is doing.
    pub phase: BuildPhase,
    /// Position up to which the log is folded.
    pub position: u64,
    /// Position at which it began, where it switches or begins to follow.
    pub target: u64,
    /// Rows that are written.
    pub rows: u64,
    /// Events of the log that it passes in a second, those that do not concern it included.
    pub events_per_second: f64,
}

/// Tells others how far a read model has come. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Reporter {
    name: &'static str,
    sender: watch::Sender<Progress>,
}

impl Reporter {
    pub fn new(name: &'static str) -> (Self, watch::Receiver<Progress>) {
        let (sender, receiver) = watch::channel(Progress::default());
        (Self { name, sender }, receiver)
    }

    /// Everything is well up to `position` of what queries see.
    pub fn reached(&self, position: u64, live: &Generation, leads: bool) {
        self.stands_at(live, leads);
        self.gauge("casebook_projection_position", position);
        self.gauge("casebook_projection_stopped", 0);
        self.sender.send_if_modified(|progress| {
            let next = Progress {
                position,
                version: live.version,
                generation: live.generation,
                epoch: live.epoch,
                leads,
                error: None,
                stopped: false,
                build: progress.build.take(),
                rebuilds: progress.rebuilds,
                rebuilt: progress.rebuilt.take(),
            };
            let changed = (progress.position, progress.generation, progress.epoch)
                != (next.position, next.generation, next.epoch)
                || (progress.leads, progress.stopped, progress.error.is_some())
                    != (leads, false, false);
            *progress = next;
            changed
        });
    }

    /// Something failed. It is tried again unless the read model is stopped.
    pub fn failed(&self, error: &ProjectionError) {
        let stopped = matches!(error, ProjectionError::Stopped { .. });
        metrics::counter!("casebook_projection_errors_total", "model" => self.name).increment(1);
        self.gauge("casebook_projection_stopped", u64::from(stopped));
        self.sender.send_modify(|progress| {
            progress.error = Some(reason(error));
            progress.stopped = stopped;
        });
    }

    /// Another process found that the read model cannot go on; it is right up to where it stands.
    pub fn stands_still(&self, live: &Generation, reason: &str) {
        self.stands_at(live, false);
        self.gauge("casebook_projection_stopped", 1);
        self.sender.send_if_modified(|progress| {
            let before = (progress.position, progress.generation, progress.stopped);
            progress.position = live.position;
            progress.version = live.version;
            progress.generation = live.generation;
            progress.epoch = live.epoch;
            progress.leads = false;
            progress.stopped = true;
            progress.error = Some(reason.to_owned());
            before != (live.position, live.generation, true)
        });
    }

    /// Queries see this generation; how far it is says nothing to whoever waits for this program's.
    pub fn shows(&self, live: &Generation) {
        self.sender.send_modify(|progress| {
            progress.version = live.version;
            progress.generation = live.generation;
        });
    }

    fn stands_at(&self, live: &Generation, leads: bool) {
        self.gauge("casebook_projection_position", live.position);
        self.gauge("casebook_projection_generation", live.generation);
        self.gauge("casebook_projection_epoch", live.epoch);
        self.gauge("casebook_projection_leading", u64::from(leads));
    }

    /// A build has come this far since `begun`.
    pub fn builds(&self, phase: BuildPhase, at: (u64, u64), rows: u64, begun: Instant) {
        let (position, target) = at;
        self.gauge("casebook_projection_build_position", position);
        self.gauge("casebook_projection_build_target", target);
        let seconds = begun.elapsed().as_secs_f64();
        let events_per_second = if seconds > 0.0 { position as f64 / seconds } else { 0.0 };
        let build = BuildStatus { phase, position, target, rows, events_per_second };
        self.sender.send_modify(|progress| progress.build = Some(build));
    }

    /// The build has ended.
    pub fn built(&self) {
        self.gauge("casebook_projection_build_position", 0);
        self.gauge("casebook_projection_build_target", 0);
        self.sender.send_modify(|progress| progress.build = None);
    }

    /// A rebuild that was asked for has ended.
    pub fn rebuilt(&self, outcome: &Result<RebuildReport, ProjectionError>) {
        let outcome = outcome.as_ref().map_err(reason).cloned();
        self.sender.send_modify(|progress| {
            progress.rebuilds += 1;
            progress.rebuilt = Some(outcome);
        });
    }

    /// What was told last, and what will be.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.sender.subscribe()
    }

    fn gauge(&self, metric: &'static str, value: u64) {
        metrics::gauge!(metric, "model" => self.name).set(value as f64);
    }
}

/// An error as operators read it.
fn reason(error: &ProjectionError) -> String {
    match error {
        ProjectionError::Stopped { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}

/// Waits until a read model has reached `position`.
pub(crate) async fn wait_for(
    name: &str,
    mut progress: watch::Receiver<Progress>,
    position: u64,
    timeout: Duration,
) -> Result<(), ProjectionError> {
    let done = progress.wait_for(|seen| seen.position >= position || seen.stopped);
    let outcome = match tokio::time::timeout(timeout, done).await {
        Ok(Ok(seen)) => Some(seen.clone()),
        Ok(Err(_)) => return Err(ProjectionError::Stopping),
        Err(_) => None,
    };
    let name = name.to_owned();
    match outcome {
        Some(seen) if seen.position >= position => Ok(()),
        Some(seen) => {
            let reason = seen.error.unwrap_or_default();
            Err(ProjectionError::Stopped { name, position: seen.position, reason })
        }
        None => {
            let reached = progress.borrow().position;
            Err(ProjectionError::Timeout { name, position, reached })
        }
    }
}
