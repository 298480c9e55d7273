//! The floor: every column of every event, read in order and not looked at further.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use casebook_store::DatabaseUrl;
use sqlx::{Connection, PgConnection};

/// Events of one page on PostgreSQL.
const PAGE: i64 = 10_000;
const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
    payload, metadata, tenant, command_id, recorded_at";

/// Reads the whole log; returns the number of its events and the time taken.
pub async fn read(url: &str) -> (u64, Duration) {
    let begun = Instant::now();
    let events = match url.parse().expect("a database address") {
        DatabaseUrl::Sqlite(path) => sqlite(&path).expect("the log is read"),
        DatabaseUrl::Postgres(url) => postgres(&url).await.expect("the log is read"),
    };
    (events, begun.elapsed())
}

/// One prepared cursor.
fn sqlite(path: &Path) -> rusqlite::Result<u64> {
    let connection = rusqlite::Connection::open(path)?;
    let sql = format!("SELECT {COLUMNS} FROM events ORDER BY position");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut events = 0;
    while let Some(row) = rows.next()? {
        for column in 0..11 {
            black_box(row.get_ref(column)?);
        }
        events += 1;
    }
    Ok(events)
}

type Row = (i64, String, String, i64, String, String, String, String, String, String, i64);

/// Pages by position.
async fn postgres(url: &str) -> sqlx::Result<u64> {
    let mut connection = PgConnection::connect(url).await?;
    let columns = COLUMNS.replace("payload, metadata", "payload::text, metadata::text");
    let sql =
        format!("SELECT {columns} FROM events WHERE position > $1 ORDER BY position LIMIT {PAGE}");
    let (mut after, mut events) = (0, 0);
    loop {
        let rows: Vec<Row> = sqlx::query_as(&sql).bind(after).fetch_all(&mut connection).await?;
        let Some(last) = rows.last() else { return Ok(events) };
        after = last.0;
        events += rows.len() as u64;
        black_box(rows);
    }
}
