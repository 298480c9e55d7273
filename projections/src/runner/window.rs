//! The end of the log, read and decoded once for all read models that follow it closely.

use std::collections::VecDeque;
use std::sync::Arc;

use casebook_domain::event::Event;
use casebook_store::{Filter, Log, StoredEvent};
use tokio::sync::Mutex;

use super::decode::{Decoded, off_thread, unreadable};
use super::skips::Skips;
use crate::read_model::ReadModel;
use crate::{ProjectionError, Recorded};

/// Events that are kept for readers that come later.
const EVENTS_MAX: usize = 4_096;
/// Bytes of their payloads, as stored.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the readers of a [`Window`] share.
pub(crate) type Shared = Arc<Recorded<Event>>;

/// The last events of the log. Whoever comes first reads on; the others find what was read.
pub(crate) struct Window {
    log: Log,
    held: Mutex<Held>,
}

impl Window {
    pub fn new(log: Log) -> Self {
        Self { log, held: Mutex::default() }
    }

    /// What follows `after` for one read model. Where nothing of it is kept, up to `limit` events
    /// are read; `None` when what follows was kept and is no more.
    pub async fn after<M: ReadModel>(
        &self,
        after: u64,
        limit: usize,
        skips: &Skips,
    ) -> Result<Option<Decoded<Shared>>, ProjectionError> {
        let mut held = self.held.lock().await;
        if after < held.from {
            return Ok(None);
        }
        if after >= held.reached {
            let page = self.log.read(after, &Filter::default(), limit).await?;
            let (count, reached) = (page.events.len(), page.reached);
            let decode = move || page.events.into_iter().map(Item::of).collect();
            held.extend(after, off_thread(count, decode).await?, reached);
        }
        let found = held.of::<M>(after, skips);
        held.trim();
        Ok(Some(found))
    }
}

/// What is kept: everything after `from` up to `reached`.
#[derive(Default)]
struct Held {
    from: u64,
    reached: u64,
    bytes: usize,
    items: VecDeque<Item>,
}

impl Held {
    /// Takes everything after `after` up to `reached`. What is kept goes when that does not follow
    /// it.
    fn extend(&mut self, after: u64, items: Vec<Item>, reached: u64) {
        if after != self.reached {
            *self = Self { from: after, ..Self::default() };
        }
        self.reached = reached;
        self.bytes += items.iter().map(|item| item.bytes).sum::<usize>();
        self.items.extend(items);
    }

    /// Lets go of the oldest.
    fn trim(&mut self) {
        while self.items.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.items.pop_front() else { return };
            self.bytes -= oldest.bytes;
            self.from = oldest.position;
        }
    }

    fn of<M: ReadModel>(&self, after: u64, skips: &Skips) -> Decoded<Shared> {
        let first = self.items.partition_point(|item| item.position <= after);
        let mut events = Vec::with_capacity(self.items.len() - first);
        for item in self.items.range(first..).filter(|item| item.concerns::<M>()) {
            let position = item.position;
            if skips.has(position, M::NAME) {
                continue;
            }
            match &item.event {
                Ok(event) => events.extend(event.clone()),
                Err(reason) => {
                    let unreadable = Some(reason.clone());
                    return Decoded { events, reached: position.saturating_sub(1), unreadable };
                }
            }
        }
        Decoded { events, reached: self.reached, unreadable: None }
    }
}

/// An event as it is kept; `Err` says why this program cannot read it.
struct Item {
    position: u64,
    event_type: String,
    bytes: usize,
    event: Result<Option<Shared>, String>,
}

impl Item {
    fn of(stored: StoredEvent) -> Self {
        let (position, bytes) = (stored.position, stored.payload.len());
        let event_type = stored.event_type.to_string();
        let decoded = Recorded::decode(stored);
        let event = decoded.map(|event| event.map(Arc::new));
        let event = event.map_err(|error| unreadable(position, &error));
        Self { position, event_type, bytes, event }
    }

    fn concerns<M: ReadModel>(&self) -> bool {
        M::EVENTS.is_empty() || M::EVENTS.contains(&self.event_type.as_str())
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
