//! Reading connections of SQLite, each on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle};
use tokio::sync::oneshot;

use super::connection::open_reader;
use crate::{StoreError, StoreSettings};

type Job = Box<dyn FnOnce(&Connection, &Arc<InterruptHandle>) + Send>;

/// A few threads that read. They end when this is dropped.
pub(super) struct Readers {
    jobs: mpsc::Sender<Job>,
    timeout: Duration,
}

impl Readers {
    /// Opens the connections and starts their threads.
    pub fn open(path: &Path, settings: &StoreSettings) -> Result<Self, StoreError> {
        let (jobs, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for index in 0..settings.read_connections.max(1) {
            let conn = open_reader(path)?;
            let receiver = Arc::clone(&receiver);
            std::thread::Builder::new()
                .name(format!("casebook-read-{index}"))
                .spawn(move || serve(&conn, &receiver))
                .map_err(|error| StoreError::unavailable(format!("no thread: {error}")))?;
        }
        Ok(Self { jobs, timeout: settings.statement_timeout() })
    }

    /// Runs `read` on one of the threads; interrupts it when it takes too long or when the caller
    /// goes away.
    pub async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, receiver) = oneshot::channel();
        let progress = Arc::new(Mutex::new(Progress::Waiting));
        let interrupt = InterruptOnDrop(Arc::clone(&progress));
        let job: Job = Box::new(move |conn, handle| {
            if set(&progress, Progress::Running(Arc::clone(handle))) {
                let result = read(conn);
                set(&progress, Progress::Over);
                // The caller may have gone meanwhile.
                let _gone = answer.send(result);
            }
        });
        self.jobs.send(job).map_err(|_| StoreError::unavailable("the readers have ended"))?;
        let result = tokio::time::timeout(self.timeout, receiver).await;
        drop(interrupt);
        match result {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::unavailable("a reader failed")),
            Err(_) => Err(StoreError::unavailable("the statement took too long")),
        }
    }
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

enum Progress {
    Waiting,
    Running(Arc<InterruptHandle>),
    Over,
}

/// Moves on, unless the job is over; tells whether it did.
fn set(progress: &Mutex<Progress>, to: Progress) -> bool {
    let mut now = progress.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(*now, Progress::Over) {
        return false;
    }
    *now = to;
    true
}

/// Interrupts a job that is still running, and cancels one that has not begun.
struct InterruptOnDrop(Arc<Mutex<Progress>>);

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        // The lock is held while interrupting, so the next job of the thread cannot be hit.
        let mut progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Progress::Running(handle) = &*progress {
            handle.interrupt();
        } else {
            *progress = Progress::Over;
        }
    }
}

fn serve(conn: &Connection, jobs: &Mutex<mpsc::Receiver<Job>>) {
    let handle = Arc::new(conn.get_interrupt_handle());
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(|| job(conn, &handle))).is_err() {
            tracing::error!("a read of the database panicked");
        }
    }
}
