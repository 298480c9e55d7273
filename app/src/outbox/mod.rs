//! Errands: side effects whose entries and outcomes are events of the log.
//!
//! A runner follows the log, keeps what waits, and carries out what is due. Processes share an
//! errand by leases; each effect is fenced by an append besides, because a lease can be lost while
//! somebody is out.

mod attendance;
mod head;
mod runner;
mod unreadable;
mod waiting;

use async_trait::async_trait;
use casebook_store::StoredEvent;

use crate::{App, AppError};

pub(crate) use attendance::Attendance;
pub(crate) use head::longer;
pub(crate) use runner::Runner;
pub(crate) use unreadable::{ERRANDS, pass_over, reads_on};
pub(crate) use waiting::Waiting;

/// A kind of side effect.
#[async_trait]
pub(crate) trait Errand: Send + Sync + 'static {
    /// What waits to be carried out.
    type Entry: Clone + Send + Sync + 'static;
    /// Name of the lease and of the errand in the log of the server.
    const NAME: &'static str;
    /// Parts in which processes share it; 1 where one process at a time is to do it all.
    const SHARDS: u32 = 1;
    /// Types of the events that make or settle entries.
    const EVENTS: &'static [&'static str];

    /// Takes an event into account.
    ///
    /// # Errors
    /// A fault when the event cannot be read.
    fn note(&self, waiting: &mut Waiting<Self::Entry>, event: &StoredEvent)
    -> Result<(), AppError>;

    /// Carries an entry out and records what came of it; does nothing when the log tells that it
    /// is settled.
    ///
    /// # Errors
    /// When nothing could be recorded; the entry is tried again after a pause.
    async fn carry_out(&self, app: &App, entry: Self::Entry) -> Result<(), AppError>;
}
