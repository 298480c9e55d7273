//! Folds one page into the table of a generation.

use std::borrow::Borrow;
use std::collections::HashSet;

use casebook_domain::event::Event;
use casebook_store::{Db, Page};

use super::decode::{Decoded, decode, off_thread};
use super::rows::{RowSet, touched};
use super::skips::Skips;
use super::slices::Slices;
use crate::catalog::Generation;
use crate::read_model::{ReadModel, RowKey};
use crate::{ProjectionError, Recorded};

/// Folds pages into one generation: loads the rows a page touches, folds in memory, and writes
/// each changed row once together with the checkpoint.
pub(crate) struct Applier {
    db: Db,
    slices: Slices,
    skips: Skips,
}

/// How far a page has led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advance {
    /// Position up to which rows are as the log says.
    pub reached: u64,
    /// Whether anything was written.
    pub wrote: bool,
}

impl Applier {
    pub fn new(db: Db, slices: Slices) -> Self {
        Self { db, slices, skips: Skips::default() }
    }

    /// From now on these events are passed over.
    pub fn pass_over(&mut self, skips: Skips) {
        self.skips = skips;
    }

    /// What is passed over.
    pub const fn skips(&self) -> &Skips {
        &self.skips
    }

    /// Decodes a page and folds it, as [`Self::fold`].
    pub async fn apply<M: ReadModel>(
        &mut self,
        of: &mut Generation,
        page: Page,
    ) -> Result<Advance, ProjectionError> {
        let count = page.events.len();
        let skips = self.skips.clone();
        let decode = move || decode(page, &skips, M::NAME);
        let decoded = off_thread(count, decode).await?;
        self.fold::<M, _>(of, decoded).await
    }

    /// Folds events. Where they touch no row, nothing is written: the checkpoint may stay behind,
    /// because there is nothing in between.
    ///
    /// # Errors
    /// [`ProjectionError::Stopped`] before an event that cannot be read, after all before it are
    /// folded; [`ProjectionError::TakenOver`] when another writer took over.
    pub async fn fold<M: ReadModel, E: Borrow<Recorded<Event>>>(
        &mut self,
        of: &mut Generation,
        decoded: Decoded<E>,
    ) -> Result<Advance, ProjectionError> {
        let Decoded { events, reached, unreadable } = decoded;
        let all = events.iter().map(Borrow::borrow);
        let keys: HashSet<RowKey> = all.flat_map(touched::<M>).collect();
        let wrote = !keys.is_empty();
        let mut rows = RowSet::<M>::default();
        rows.load(&self.db, &of.table, keys).await?;
        let mut rest = events.as_slice();
        while wrote && !rest.is_empty() {
            let folded = rows.fold(rest, self.slices.rows());
            let (done, left) = rest.split_at(folded);
            rest = left;
            let to = match done.last() {
                Some(last) if !rest.is_empty() => last.borrow().position,
                _ => reached,
            };
            self.slices.write::<M::Row>(of, rows.take_changed(), to).await?;
        }
        match unreadable {
            None => Ok(Advance { reached, wrote }),
            Some(reason) => {
                self.settle::<M>(of, reached).await?;
                Err(ProjectionError::Stopped { name: of.name.clone(), position: reached, reason })
            }
        }
    }

    /// Moves a checkpoint that stayed behind while nothing happened.
    pub async fn settle<M: ReadModel>(
        &mut self,
        of: &mut Generation,
        reached: u64,
    ) -> Result<(), ProjectionError> {
        if reached > of.position {
            self.slices.write::<M::Row>(of, Vec::new(), reached).await?;
        }
        Ok(())
    }
}
