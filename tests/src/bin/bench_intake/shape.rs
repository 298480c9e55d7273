//! What the mails made in the database: the bare appends are given the same to do.

use casebook_store::Dialect;
use casebook_tests::TestDatabase;

/// Sums over a whole database.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    commands: i64,
    events: i64,
    payload: i64,
    keys: i64,
    blobs: i64,
    blob: i64,
}

/// What one mail makes, on average.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Events.
    pub events: f64,
    /// Bytes of payload of one event.
    pub payload_bytes: usize,
    /// Keys.
    pub keys: f64,
    /// Bytes of the raw mail.
    pub blob_bytes: usize,
}

impl Totals {
    /// Reads them.
    pub async fn read(database: &TestDatabase) -> Self {
        let mut raw = database.raw().await;
        let payload = match database.dialect() {
            Dialect::Sqlite => "length(payload)",
            Dialect::Postgres => "octet_length(payload::text)",
        };
        let payload = format!("SELECT coalesce(sum({payload}), 0) FROM events");
        Self {
            commands: raw.number("SELECT count(*) FROM commands").await,
            events: raw.number("SELECT count(*) FROM events").await,
            payload: raw.number(&payload).await,
            keys: raw.number("SELECT count(*) FROM keys").await,
            blobs: raw.number("SELECT count(*) FROM blobs").await,
            blob: raw.number("SELECT coalesce(sum(length(bytes)), 0) FROM blobs").await,
        }
    }
}

impl Shape {
    /// What one of the mails between two readings made.
    pub fn between(before: Totals, after: Totals) -> Self {
        let each = |all: i64, of: i64| all as f64 / of.max(1) as f64;
        let commands = after.commands - before.commands;
        let events = after.events - before.events;
        Self {
            events: each(events, commands),
            payload_bytes: each(after.payload - before.payload, events) as usize,
            keys: each(after.keys - before.keys, commands),
            blob_bytes: each(after.blob - before.blob, after.blobs - before.blobs) as usize,
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { events, payload_bytes, keys, blob_bytes } = self;
        write!(
            f,
            "{events:.2} events of {payload_bytes} bytes, {keys:.2} keys, {blob_bytes} bytes raw"
        )
    }
}
