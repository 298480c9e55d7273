//! Events that operators decided to pass over.
//!
//! A skip is part of the log, so every reader passes over the same events, however often it reads.

use std::sync::Arc;

use casebook_domain::event::LogEvent;
use casebook_domain::operations::{Operations, OperationsEvent};
use casebook_store::{Log, StoreError};

/// Events read at a time.
const PAGE: usize = 1_000;

/// What every reader of the log passes over, as it was recorded when this was read.
#[derive(Clone, Debug, Default)]
pub struct Skips(Arc<Operations>);

impl Skips {
    /// Reads all skips. They are few, and found by the index over streams.
    ///
    /// # Errors
    /// When the log cannot be read, or an operator's decision cannot be understood.
    pub async fn load(log: &Log) -> Result<Self, StoreError> {
        // Positions are those of the whole log, so all tenants fit into one state.
        let mut all = Operations::default();
        for stream in log.streams(OperationsEvent::STREAM_KIND).await? {
            let mut after = 0;
            loop {
                let events = log.read_stream(&stream, after, PAGE).await?;
                for stored in &events {
                    let (name, version) = (&stored.event_type, &stored.event_version);
                    let event = OperationsEvent::decode(name, version, &stored.payload);
                    all.note(event.map_err(|error| StoreError::Invalid(error.to_string()))?);
                    after = stored.version;
                }
                if events.len() < PAGE {
                    break;
                }
            }
        }
        Ok(Self(Arc::new(all)))
    }

    /// Whether anybody passes over the event at a position.
    pub fn anybody(&self, position: u64) -> bool {
        self.0.knows(position)
    }

    /// Whether a read model or errand passes over the event at a position.
    pub fn has(&self, position: u64, reader: &str) -> bool {
        self.0.skips(position, reader)
    }
}
