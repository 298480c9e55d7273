//! Keeps the read models up with the log.

mod apply;
mod build;
mod decode;
mod follow;
mod lead;
mod progress;
mod rebuild;
mod report;
mod rows;
mod skips;
mod slices;
mod task;
mod tidying;
mod trace;
mod window;

pub(crate) use build::filter;
pub(crate) use decode::{Decoded, decode, off_thread};
pub(crate) use lead::Leadership;
pub(crate) use progress::Progress;
pub use progress::{BuildPhase, BuildStatus};
pub(crate) use rebuild::up_to;
pub use report::RebuildReport;
pub(crate) use rows::{RowSet, touched};
pub use skips::Skips;
pub(crate) use task::{pause, stopped};

use std::sync::Arc;
use std::time::Duration;

use casebook_store::{Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::audit::AuditIndex;
use crate::catalog::{Catalog, State};
use crate::contacts::Contacts;
use crate::conversations::Conversations;
use crate::decisions::Decisions;
use crate::messages::Messages;
use crate::notes::Notes;
use crate::read_model::{Pace, ReadModel};
use crate::ticket_facts::TicketFacts;
use crate::tickets::Tickets;
use crate::time_travel::Recorder;
use crate::triage_facts::TriageFacts;
use crate::{ProjectionError, ProjectionSettings, views};

use progress::Reporter;
use task::Asked;
use task::{Rebuilt, Task};
use window::Window;

/// Requests to rebuild that may wait.
const REQUESTS_MAX: usize = 4;
/// Tries to make the tables beside other processes that do the same.
const PREPARE_TRIES: usize = 5;

/// How far a read model has come.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ModelStatus {
    /// Name of the read model.
    pub name: &'static str,
    /// Version that queries see.
    pub version: u32,
    /// Whether that is another one than this program's, whose queries it does not fit: this
    /// program's is being built, or waits for the one that leads.
    pub is_foreign: bool,
    /// Position up to which its rows are as the log says.
    pub position: u64,
    /// Events of the log that it lies behind.
    pub lag: u64,
    /// Number of the generation that queries see; rises with every rebuild.
    pub generation: u64,
    /// Epoch of its writer; rises with every new writer.
    pub epoch: u64,
    /// Whether this process writes it.
    pub leads: bool,
    /// Why it does not go on, without personal data.
    pub error: Option<String>,
    /// Whether it stands still and needs an operator.
    pub stopped: bool,
    /// The build under way in this process.
    pub build: Option<BuildStatus>,
    /// Rebuilds that have ended in this process since it started.
    pub rebuilds: u64,
    /// What came of the last of them.
    pub rebuilt: Option<Result<RebuildReport, String>>,
}

struct Handle {
    name: &'static str,
    /// Version of this program's rows.
    version: u32,
    progress: watch::Receiver<Progress>,
    requests: mpsc::Sender<Rebuilt>,
    wanted: watch::Sender<u64>,
    pace: Pace,
    task: JoinHandle<()>,
}

impl Handle {
    async fn wait_for(&self, position: u64, timeout: Duration) -> Result<(), ProjectionError> {
        self.wanted.send_if_modified(|wanted| {
            let further = position > *wanted;
            *wanted = position.max(*wanted);
            further
        });
        progress::wait_for(self.name, self.progress.clone(), position, timeout).await
    }
}

/// The read models of one process, kept up with the log by a task each.
pub struct Projections {
    store: Store,
    models: Vec<Handle>,
    /// Stores the queue as it stands every so many events.
    recorder: Option<JoinHandle<()>>,
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
        let window = Arc::new(Window::new(store.log().clone()));
        let models = vec![
            spawn::<Tickets>(store, settings, &window, &stopped),
            spawn::<Conversations>(store, settings, &window, &stopped),
            spawn::<Messages>(store, settings, &window, &stopped),
            spawn::<Decisions>(store, settings, &window, &stopped),
            spawn::<Contacts>(store, settings, &window, &stopped),
            spawn::<Notes>(store, settings, &window, &stopped),
            spawn::<AuditIndex>(store, settings, &window, &stopped),
            spawn::<TicketFacts>(store, settings, &window, &stopped),
            spawn::<TriageFacts>(store, settings, &window, &stopped),
        ];
        let queue = models.iter().find(|handle| handle.name == Tickets::NAME);
        let queue = queue.map(|handle| handle.progress.clone());
        let recorder = queue.map(|live| Recorder::new(store, settings, live, stopped));
        let recorder = recorder.map(|recorder| tokio::spawn(recorder.run()));
        Ok(Self { store: store.clone(), models, recorder, stop })
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
        handle.wait_for(position, timeout).await
    }

    /// Waits until all read models show everything up to `position`.
    ///
    /// # Errors
    /// As [`Self::wait_for`].
    pub async fn caught_up(&self, position: u64, timeout: Duration) -> Result<(), ProjectionError> {
        let waits = self.models.iter().map(|handle| handle.wait_for(position, timeout));
        futures::future::try_join_all(waits).await.map(drop)
    }

    /// Waits until the read models that people work with show everything up to `position`; the
    /// audit trail and metrics may come later.
    ///
    /// # Errors
    /// As [`Self::wait_for`].
    pub async fn desk_caught_up(
        &self,
        position: u64,
        timeout: Duration,
    ) -> Result<(), ProjectionError> {
        let desk = self.models.iter().filter(|handle| handle.pace == Pace::Prompt);
        let waits = desk.map(|handle| handle.wait_for(position, timeout));
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
                // 0 is not known yet.
                is_foreign: ![0, handle.version].contains(&progress.version),
                position: progress.position,
                lag: head.saturating_sub(progress.position),
                generation: progress.generation,
                epoch: progress.epoch,
                leads: progress.leads,
                error: progress.error,
                stopped: progress.stopped,
                build: progress.build,
                rebuilds: progress.rebuilds,
                rebuilt: progress.rebuilt,
            }
        };
        self.models.iter().map(status).collect()
    }

    /// Sets the metrics that change while nothing happens: how far each read model lies behind.
    pub fn report_lag(&self) {
        for model in self.status() {
            metrics::gauge!("casebook_projection_lag", "model" => model.name).set(model.lag as f64);
        }
    }

    /// Builds a read model anew beside the one that queries see, compares the rows where the
    /// definition is the same, then switches and drops the old ones.
    ///
    /// # Errors
    /// [`ProjectionError::Unknown`], or why the build failed; queries then see what they saw.
    pub async fn rebuild(&self, model: &str) -> Result<RebuildReport, ProjectionError> {
        let built = self.start_rebuild(model).await?;
        built.await.unwrap_or(Err(ProjectionError::Stopping))
    }

    /// Asks for a rebuild and does not wait for it; [`ModelStatus`] tells how far it is. A second
    /// request waits for the same build.
    ///
    /// # Errors
    /// [`ProjectionError::Unknown`]; [`ProjectionError::Stopping`] when nobody takes it up.
    pub async fn start_rebuild(
        &self,
        model: &str,
    ) -> Result<oneshot::Receiver<Result<RebuildReport, ProjectionError>>, ProjectionError> {
        let handle = self.handle(model)?;
        let (answer, built) = oneshot::channel();
        handle.requests.send(answer).await.map_err(|_| ProjectionError::Stopping)?;
        Ok(built)
    }

    /// Stops following and waits until all tasks have ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Some(recorder) = self.recorder
            && recorder.await.is_err()
        {
            tracing::error!("the task that stores row sets had failed");
        }
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
    window: &Arc<Window>,
    stop: &watch::Receiver<bool>,
) -> Handle {
    let (reporter, progress) = Reporter::new(M::NAME);
    let (requests, receiver) = mpsc::channel(REQUESTS_MAX);
    let (wanted, wants) = watch::channel(0);
    let asked = Asked { requests: receiver, wanted: wants };
    let (store, settings) = (store.clone(), settings.clone());
    let task = Task::<M>::new(store, settings, reporter, asked, window.clone(), stop.clone());
    let task = tokio::spawn(task.run());
    Handle { name: M::NAME, version: M::VERSION, progress, requests, wanted, pace: M::PACE, task }
}

/// Makes catalog, tables and views that are missing, without filling them. Processes that start
/// together on one PostgreSQL may meet in the catalog of the server; a second look then finds
/// everything.
///
/// # Errors
/// [`StoreError`] when the database cannot be reached or written to.
pub async fn prepare(store: &Store) -> Result<(), StoreError> {
    let mut tries = PREPARE_TRIES;
    loop {
        tries -= 1;
        match prepare_once(store).await {
            Err(StoreError::Database(_)) if tries > 0 => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    views::define(store.db()).await;
    Ok(())
}

async fn prepare_once(store: &Store) -> Result<(), StoreError> {
    let catalog = Catalog::new(store.db().clone());
    catalog.ensure().await?;
    prepare_model::<Tickets>(&catalog).await?;
    prepare_model::<Conversations>(&catalog).await?;
    prepare_model::<Messages>(&catalog).await?;
    prepare_model::<Decisions>(&catalog).await?;
    prepare_model::<Contacts>(&catalog).await?;
    prepare_model::<Notes>(&catalog).await?;
    prepare_model::<AuditIndex>(&catalog).await?;
    prepare_model::<TicketFacts>(&catalog).await?;
    prepare_model::<TriageFacts>(&catalog).await
}

async fn prepare_model<M: ReadModel>(catalog: &Catalog) -> Result<(), StoreError> {
    if catalog.live(M::NAME).await?.is_none() {
        // When another process was faster, its table serves as well.
        catalog.create::<M>(State::Live, true).await?;
    }
    Ok(())
}
