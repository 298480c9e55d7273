//! Reading the log on PostgreSQL.

use casebook_domain::Timestamp;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::{Arguments, Row};
use uuid::Uuid;

use super::pool::fetch_all;
use crate::StoreError;
use crate::db::Value;
use crate::log::{COLUMNS, Filter, Page, StoredEvent, StreamId, unfiltered_page};

/// The last position, 0 for an empty log.
pub(super) async fn last_position(pool: &PgPool) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(max(position), 0) FROM events";
    let rows = fetch_all(pool, sql, &PgArguments::default).await?;
    rows.first().map_or(Ok(0), |row| unsigned(row, 0))
}

/// A page of the log after position `after`.
pub(super) async fn page(
    pool: &PgPool,
    after: u64,
    filter: &Filter,
    limit: usize,
    window: u64,
) -> Result<Page, StoreError> {
    if filter.is_empty() {
        let sql =
            format!("SELECT {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT $2");
        let params = [after.into(), limit.into()];
        return unfiltered_page(after, events(pool, &sql, &params, &[]).await?);
    }
    // The head is read first: whatever lies at or below it is visible to the next statement.
    let head = last_position(pool).await?;
    let end = head.min(after.saturating_add(window));
    let tenant: Vec<String> = filter.tenant.iter().cloned().collect();
    let mut sql = format!("SELECT {COLUMNS} FROM events WHERE position > $1 AND position <= $2");
    let mut lists: Vec<&[String]> = Vec::new();
    for (column, values) in [
        ("event_type", &filter.event_types),
        ("aggregate_type", &filter.stream_kinds),
        ("tenant", &tenant),
    ] {
        if !values.is_empty() {
            lists.push(values);
            sql.push_str(&format!(" AND {column} = ANY(${})", lists.len() + 3));
        }
    }
    sql.push_str(" ORDER BY position LIMIT $3");
    let params = [after.into(), end.into(), limit.into()];
    let events = events(pool, &sql, &params, &lists).await?;
    Ok(Page::of_window(after, end, events, limit))
}

/// Events of one stream after `version`.
pub(super) async fn stream(
    pool: &PgPool,
    stream: &StreamId,
    version: u64,
    limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events \
         WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 \
         ORDER BY sequence LIMIT $4"
    );
    let params = [Value::from(&stream.kind), Value::from(&stream.id), version.into(), limit.into()];
    events(pool, &sql, &params, &[]).await
}

/// Events of these types at or below a position, of several streams of one kind, by position.
pub(super) async fn streams(
    pool: &PgPool,
    kind: &str,
    ids: &[String],
    event_types: &[&str],
    up_to: u64,
) -> Result<Vec<StoredEvent>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE aggregate_type = $1 AND position <= $2 \
         AND aggregate_id = ANY($3) AND event_type = ANY($4)"
    );
    let types: Vec<String> = event_types.iter().map(ToString::to_string).collect();
    let mut found = events(pool, &sql, &[kind.into(), up_to.into()], &[ids, &types]).await?;
    // Asked to sort, the server might walk along all positions instead of the streams.
    found.sort_unstable_by_key(|event| event.position);
    Ok(found)
}

/// The events of the parts in a JSON array, in no order.
pub(super) async fn parts(pool: &PgPool, parts: String) -> Result<Vec<StoredEvent>, StoreError> {
    // A subquery that sorts is not merged into the outer one: each part is looked up by its key.
    let sql = format!(
        "SELECT event.* FROM json_to_recordset($1::text::json) \
         AS part(kind text, id text, after bigint, up_to bigint) CROSS JOIN LATERAL \
         (SELECT {COLUMNS} FROM events WHERE aggregate_type = part.kind \
         AND aggregate_id = part.id AND sequence > part.after AND sequence <= part.up_to \
         ORDER BY sequence) AS event"
    );
    events(pool, &sql, &[parts.into()], &[]).await
}

/// The events at the positions of a JSON array, by position.
pub(super) async fn at(pool: &PgPool, positions: String) -> Result<Vec<StoredEvent>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE position IN \
         (SELECT value::bigint FROM json_array_elements_text($1::text::json)) ORDER BY position"
    );
    events(pool, &sql, &[positions.into()], &[]).await
}

async fn events(
    pool: &PgPool,
    sql: &str,
    params: &[Value],
    lists: &[&[String]],
) -> Result<Vec<StoredEvent>, StoreError> {
    let mut arguments = super::value::arguments(params)?;
    for list in lists {
        arguments.add(list).map_err(|_| StoreError::Invalid("a filter cannot be sent".into()))?;
    }
    let rows = fetch_all(pool, sql, &|| arguments.clone()).await?;
    rows.iter().map(event).collect()
}

fn event(row: &PgRow) -> Result<StoredEvent, StoreError> {
    let command_id = Uuid::parse_str(row.try_get(9)?).map_err(|_| StoreError::Column {
        column: "command_id".into(),
        problem: "is not a UUID",
    })?;
    Ok(StoredEvent {
        position: unsigned(row, 0)?,
        stream: StreamId { kind: row.try_get(1)?, id: row.try_get(2)? },
        version: unsigned(row, 3)?,
        event_type: row.try_get(4)?,
        event_version: row.try_get(5)?,
        // JSON is sent as its text.
        payload: row.try_get_unchecked(6)?,
        metadata: row.try_get_unchecked(7)?,
        tenant: row.try_get(8)?,
        command_id,
        recorded_at: Timestamp::from_micros(row.try_get(10)?),
    })
}

/// A position or a version.
pub(super) fn unsigned(row: &PgRow, index: usize) -> Result<u64, StoreError> {
    let number: i64 = row.try_get(index)?;
    u64::try_from(number)
        .map_err(|_| StoreError::Column { column: format!("#{index}"), problem: "is negative" })
}
