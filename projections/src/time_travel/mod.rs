//! Rows as they were at an earlier position, by the same folds as the live read models.
//!
//! A row as of a position is the fold of the events at or below it. Single rows are folded from
//! their own streams. The queue is folded forward from the nearest set of rows that was stored
//! ([`sets`]); a [`Recorder`] stores one every so many events, so the way is never long.
//!
//! Live read models only help to find streams: which tickets a conversation has, in which
//! conversation a message stands. These links never change, so what is read is as of the position
//! all the same, provided that the live read models have come as far as the position.

mod forward;
mod of_contacts;
mod queue;
mod recorder;
mod rows;
mod sets;
mod streams;

use casebook_store::Store;

use crate::runner::Skips;
use crate::{ProjectionError, TenantScope};

pub use queue::{QueueAsOf, shows_open_only};
pub(crate) use recorder::Recorder;

/// The read models as of one position.
#[derive(Clone, Debug)]
pub struct AsOf {
    store: Store,
    scope: TenantScope,
    position: u64,
    skips: Skips,
}

impl AsOf {
    /// What a scope may see as of `position`, which the log must have reached.
    ///
    /// # Errors
    /// [`ProjectionError::Store`] when the log cannot be read; the same for all questions, which
    /// also answer [`ProjectionError::Stopped`] when an event at or below the position cannot be
    /// read and is not passed over.
    pub async fn new(
        store: &Store,
        scope: TenantScope,
        position: u64,
    ) -> Result<Self, ProjectionError> {
        let skips = Skips::load(store.log()).await?;
        Ok(Self { store: store.clone(), scope, position, skips })
    }

    /// The position.
    pub const fn position(&self) -> u64 {
        self.position
    }
}
