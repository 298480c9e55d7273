//! Keeps the read models up with the log.

mod apply;
mod build;
mod decode;
mod follow;
mod lead;
mod progress;
mod rows;
mod slices;
mod task;

pub(crate) use build::filter;
pub(crate) use decode::{Decoded, decode, off_thread};
pub(crate) use rows::{RowSet, touched};

use std::time::Duration;

use casebook_store::{Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::catalog::{Catalog, State};
use crate::contacts::Contacts;
use crate::conversations::Conversations;
use crate::decisions::Decisions;
use crate::messages::Messages;
use crate::notes::Notes;
use crate::read_model::ReadModel;
use crate::tickets::Tickets;
use crate::{ProjectionError, ProjectionSettings};

use progress::{Progress, Reporter};
use task::{Rebuilt, Task};

/// Requests to rebuild that may wait.
const REQUESTS_MAX: usize = 4;
/// Tries to make the tables beside other processes that do the same.
const PREPARE_TRIES: usize = 5;

/// How far a read model has come.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ModelStatus {
    /// Name of the read model.
    pub name: &'static str,
    /// Version that queries see.
    pub version: u32,
    /// Position up to which its rows are as the log says.
    pub position: u64,
    /// Events of the log that it lies behind.
    pub lag: u64,
    /// Why it does not go on, without personal data.
    pub error: Option<String>,
}

struct Handle {
    name: &'static str,
    progress: watch::Receiver<Progress>,
    requests: mpsc::Sender<Rebuilt>,
    task: JoinHandle<()>,
}

/// The read models of one process, kept up with the log by a task each.
pub struct Projections {
    store: Store,
    models: Vec<Handle>,
    stop: watch::Sender<bool>,
}

impl Projections {
    /// Makes the tables that are missing, so that queries find them, and starts to follow the log.
    /// A read model of another version, or far behind, is built beside the old one at once.
    ///
    /// # Errors
    /// [`ProjectionError::Store`] when the database cannot be reached.
    pub async fn start(
        store: &Store,
        settings: &ProjectionSettings,
    ) -> Result<Self, ProjectionError> {
        prepare(store).await?;
        let (stop, stopped) = watch::channel(false);
        let models = vec![
            spawn::<Tickets>(store, settings, &stopped),
            spawn::<Conversations>(store, settings, &stopped),
            spawn::<Messages>(store, settings, &stopped),
            spawn::<Decisions>(store, settings, &stopped),
            spawn::<Contacts>(store, settings, &stopped),
            spawn::<Notes>(store, settings, &stopped),
        ];
        Ok(Self { store: store.clone(), models, stop })
    }

    /// Waits until one read model shows everything up to `position`.
    ///
    /// # Errors
    /// [`ProjectionError::Timeout`], [`ProjectionError::Stopped`] when it cannot get there,
    /// [`ProjectionError::Unknown`] for another name.
    pub async fn wait_for(
        &self,
        model: &str,
        position: u64,
        timeout: Duration,
    ) -> Result<(), ProjectionError> {
        let handle = self.handle(model)?;
        progress::wait_for(handle.name, handle.progress.clone(), position, timeout).await
    }

    /// Waits until all read models show everything up to `position`.
    ///
    /// # Errors
    /// As [`Self::wait_for`].
    pub async fn caught_up(&self, position: u64, timeout: Duration) -> Result<(), ProjectionError> {
        let waits = self.models.iter().map(|handle| {
            progress::wait_for(handle.name, handle.progress.clone(), position, timeout)
        });
        futures::future::try_join_all(waits).await.map(drop)
    }

    /// How far each read model has come.
    pub fn status(&self) -> Vec<ModelStatus> {
        let head = *self.store.log().head().borrow();
        let status = |handle: &Handle| {
            let progress = handle.progress.borrow().clone();
            ModelStatus {
                name: handle.name,
                version: progress.version,
                position: progress.position,
                lag: head.saturating_sub(progress.position),
                error: progress.error,
            }
        };
        self.models.iter().map(status).collect()
    }

    /// Builds a read model anew beside the one that queries see, then switches.
    ///
    /// # Errors
    /// [`ProjectionError::Unknown`], or why the build failed; queries then see what they saw.
    pub async fn rebuild(&self, model: &str) -> Result<(), ProjectionError> {
        let handle = self.handle(model)?;
        let (answer, built) = oneshot::channel();
        handle.requests.send(answer).await.map_err(|_| ProjectionError::Stopping)?;
        built.await.unwrap_or(Err(ProjectionError::Stopping))
    }

    /// Stops following and waits until all tasks have ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for handle in self.models {
            if handle.task.await.is_err() {
                tracing::error!(model = handle.name, "the task of a read model had failed");
            }
        }
    }

    fn handle(&self, model: &str) -> Result<&Handle, ProjectionError> {
        let unknown = || ProjectionError::Unknown { name: model.to_owned() };
        self.models.iter().find(|handle| handle.name == model).ok_or_else(unknown)
    }
}

fn spawn<M: ReadModel>(
    store: &Store,
    settings: &ProjectionSettings,
    stop: &watch::Receiver<bool>,
) -> Handle {
    let (reporter, progress) = Reporter::new(M::NAME);
    let (requests, receiver) = mpsc::channel(REQUESTS_MAX);
    let task = Task::<M>::new(store.clone(), settings.clone(), reporter, receiver, stop.clone());
    Handle { name: M::NAME, progress, requests, task: tokio::spawn(task.run()) }
}

/// Makes catalog, tables and views that are missing. Processes that start together on one
/// PostgreSQL may meet in the catalog of the server; a second look then finds everything.
async fn prepare(store: &Store) -> Result<(), StoreError> {
    let mut tries = PREPARE_TRIES;
    loop {
        tries -= 1;
        match prepare_once(store).await {
            Err(StoreError::Database(_)) if tries > 0 => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            done => return done,
        }
    }
}

async fn prepare_once(store: &Store) -> Result<(), StoreError> {
    let catalog = Catalog::new(store.db().clone());
    catalog.ensure().await?;
    prepare_model::<Tickets>(&catalog).await?;
    prepare_model::<Conversations>(&catalog).await?;
    prepare_model::<Messages>(&catalog).await?;
    prepare_model::<Decisions>(&catalog).await?;
    prepare_model::<Contacts>(&catalog).await?;
    prepare_model::<Notes>(&catalog).await
}

async fn prepare_model<M: ReadModel>(catalog: &Catalog) -> Result<(), StoreError> {
    if catalog.live(M::NAME).await?.is_none() {
        // When another process was faster, its table serves as well.
        catalog.create::<M>(State::Live, true).await?;
    }
    Ok(())
}
