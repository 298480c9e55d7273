//! Aggregates as they stood before an event.

use std::sync::Arc;

use casebook_domain::event::LogEvent;
use casebook_store::{Log, StoreError, StoredEvent, StreamId};
use cqrs_es::Aggregate;
use quick_cache::sync::Cache;

/// Aggregates of a kind that are kept.
const KEPT: usize = 2000;
/// Events of a stream that are read at a time.
const PAGE: usize = 500;

/// An aggregate, how many events made it, and the position of the last of them.
#[derive(Clone)]
struct Known<A> {
    version: u64,
    position: u64,
    state: Arc<A>,
}

impl<A: Default> Known<A> {
    fn nothing() -> Self {
        Self { version: 0, position: 0, state: Arc::default() }
    }
}

/// Reads aggregates as of a version or position. Readers go forward, so each is folded from where
/// it was left.
pub(super) struct States<A> {
    log: Log,
    kept: Cache<String, Known<A>>,
}

impl<A> States<A>
where
    A: Aggregate + Clone,
    A::Event: LogEvent,
{
    pub(super) fn new(log: Log) -> Self {
        Self { log, kept: Cache::new(KEPT) }
    }

    /// The aggregate after its first `version` events.
    ///
    /// # Errors
    /// When the stream cannot be read or decoded.
    pub(super) async fn at(&mut self, id: &str, version: u64) -> Result<Arc<A>, StoreError> {
        let known = self.kept.get(id).filter(|known| known.version <= version);
        let known = known.unwrap_or_else(Known::nothing);
        let missing = usize::try_from(version - known.version).unwrap_or(PAGE);
        if missing == 0 {
            return Ok(known.state);
        }
        let wanted = |event: &StoredEvent| event.version <= version;
        Ok(self.read(id, known, missing.min(PAGE), wanted).await?.state)
    }

    /// The aggregate before everything from `position` on, and its version.
    ///
    /// # Errors
    /// As [`Self::at`].
    pub(super) async fn before(
        &mut self,
        id: &str,
        position: u64,
    ) -> Result<(u64, Arc<A>), StoreError> {
        let known = self.kept.get(id).filter(|known| known.position < position);
        let known = known.unwrap_or_else(Known::nothing);
        let wanted = |event: &StoredEvent| event.position < position;
        let known = self.read(id, known, PAGE, wanted).await?;
        Ok((known.version, known.state))
    }

    async fn read(
        &mut self,
        id: &str,
        known: Known<A>,
        page: usize,
        wanted: impl Fn(&StoredEvent) -> bool,
    ) -> Result<Known<A>, StoreError> {
        let stream = StreamId::new(A::TYPE, id);
        let Known { mut version, mut position, state } = known;
        let mut state = (*state).clone();
        'pages: loop {
            let events = self.log.read_stream(&stream, version, page).await?;
            let complete = events.len() < page;
            for event in events {
                if !wanted(&event) {
                    break 'pages;
                }
                let form =
                    A::Event::decode(&event.event_type, &event.event_version, &event.payload);
                state.apply(form.map_err(|error| StoreError::Undecodable {
                    stream: stream.clone(),
                    position: event.position,
                    reason: error.to_string(),
                })?);
                (version, position) = (event.version, event.position);
            }
            if complete {
                break;
            }
        }
        let known = Known { version, position, state: Arc::new(state) };
        self.kept.insert(id.to_owned(), known.clone());
        Ok(known)
    }
}
