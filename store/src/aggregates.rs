//! Aggregates read from their streams, with a bounded cache.
//!
//! A cached aggregate may be behind the log. Appends check versions, so it cannot write wrongly;
//! whoever is refused loads afresh.

use std::sync::Arc;

use casebook_domain::event::LogEvent;
use cqrs_es::Aggregate;
use quick_cache::sync::Cache;

use crate::StoreError;
use crate::log::{Log, StreamId};

/// Events of one stream that are read at a time.
const PAGE: usize = 1000;

/// An aggregate at a version.
#[derive(Debug)]
pub struct Loaded<A> {
    /// Version of its stream; 0 when it does not exist.
    pub version: u64,
    /// Its state.
    pub state: Arc<A>,
    /// Whether it was in the cache, and so may be behind the log.
    pub from_cache: bool,
}

/// Reads aggregates of one kind.
#[derive(Debug)]
pub struct Aggregates<A> {
    log: Log,
    cache: Cache<String, (u64, Arc<A>)>,
}

impl<A> Aggregates<A>
where
    A: Aggregate + Clone,
    A::Event: LogEvent,
{
    /// A reader over `log` that keeps at most `max` aggregates.
    pub fn new(log: Log, max: usize) -> Self {
        Self { log, cache: Cache::new(max) }
    }

    /// The aggregate as this process knows it, read from the log when it does not.
    ///
    /// # Errors
    /// When the stream cannot be read or decoded.
    pub async fn load(&self, id: &str) -> Result<Loaded<A>, StoreError> {
        if let Some((version, state)) = self.cache.get(id) {
            return Ok(Loaded { version, state, from_cache: true });
        }
        self.read(id, 0, A::default()).await
    }

    /// The aggregate as this process knows it; one that it does not know is taken as not there,
    /// without a look into the log. Only for decisions whose append expects version 0 then: where
    /// the stream does exist, the append is refused and the caller loads afresh.
    pub fn known_or_new(&self, id: &str) -> Loaded<A> {
        match self.cache.get(id) {
            Some((version, state)) => Loaded { version, state, from_cache: true },
            None => Loaded { version: 0, state: Arc::new(A::default()), from_cache: false },
        }
    }

    /// The aggregate with everything that the log holds now.
    ///
    /// # Errors
    /// When the stream cannot be read or decoded.
    pub async fn load_fresh(&self, id: &str) -> Result<Loaded<A>, StoreError> {
        match self.cache.get(id) {
            Some((version, state)) => self.read(id, version, (*state).clone()).await,
            None => self.read(id, 0, A::default()).await,
        }
    }

    /// Keeps a state that a successful append led to, unless a newer one is kept already.
    pub fn put(&self, id: &str, version: u64, state: Arc<A>) {
        if self.cache.get(id).is_none_or(|(kept, _)| kept < version) {
            self.cache.insert(id.to_owned(), (version, state));
        }
    }

    /// Forgets an aggregate.
    pub fn evict(&self, id: &str) {
        self.cache.remove(id);
    }

    async fn read(&self, id: &str, from: u64, state: A) -> Result<Loaded<A>, StoreError> {
        let stream = StreamId::new(A::TYPE, id);
        let (mut version, mut state) = (from, state);
        loop {
            let events = self.log.read_stream(&stream, version, PAGE).await?;
            let complete = events.len() < PAGE;
            for event in events {
                let decoded =
                    A::Event::decode(&event.event_type, &event.event_version, &event.payload)
                        .map_err(|error| StoreError::Undecodable {
                            stream: stream.clone(),
                            position: event.position,
                            reason: error.to_string(),
                        })?;
                state.apply(decoded);
                version = event.version;
            }
            if complete {
                break;
            }
        }
        let state = Arc::new(state);
        if version > 0 {
            self.put(id, version, state.clone());
        }
        Ok(Loaded { version, state, from_cache: false })
    }
}
