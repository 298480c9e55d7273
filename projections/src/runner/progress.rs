//! How far a read model has come, as others see it.

use std::time::Duration;

use tokio::sync::watch;

use crate::ProjectionError;

/// What is known about a read model in this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Position up to which its rows are as the log says.
    pub position: u64,
    /// Version that queries see.
    pub version: u32,
    /// Why it does not go on, without personal data.
    pub error: Option<String>,
    /// Whether it needs an operator.
    pub stopped: bool,
}

/// Tells others how far a read model has come.
#[derive(Debug)]
pub(crate) struct Reporter {
    name: &'static str,
    sender: watch::Sender<Progress>,
}

impl Reporter {
    pub fn new(name: &'static str) -> (Self, watch::Receiver<Progress>) {
        let (sender, receiver) = watch::channel(Progress::default());
        (Self { name, sender }, receiver)
    }

    /// Everything is well up to `position`.
    pub fn reached(&self, position: u64, version: u32) {
        metrics::gauge!("casebook_projection_position", "model" => self.name).set(position as f64);
        metrics::gauge!("casebook_projection_stopped", "model" => self.name).set(0.0);
        self.sender.send_if_modified(|progress| {
            let next = Progress { position, version, error: None, stopped: false };
            let changed = *progress != next;
            *progress = next;
            changed
        });
    }

    /// Something failed. It is tried again unless the read model is stopped.
    pub fn failed(&self, error: &ProjectionError) {
        let stopped = matches!(error, ProjectionError::Stopped { .. });
        metrics::counter!("casebook_projection_errors_total", "model" => self.name).increment(1);
        metrics::gauge!("casebook_projection_stopped", "model" => self.name).set(if stopped {
            1.0
        } else {
            0.0
        });
        self.sender.send_modify(|progress| {
            progress.error = Some(match error {
                ProjectionError::Stopped { reason, .. } => reason.clone(),
                other => other.to_string(),
            });
            progress.stopped = stopped;
        });
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
