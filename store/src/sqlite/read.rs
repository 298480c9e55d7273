//! Reading the log on SQLite.

use rusqlite::{Connection, Row, params_from_iter};
use uuid::Uuid;

use super::value::Unsigned;
use crate::StoreError;
use crate::db::Value;
use crate::log::{COLUMNS, Filter, Page, StoredEvent, StreamId, unfiltered_page};
use casebook_domain::Timestamp;

/// The last position, 0 for an empty log.
pub(super) fn last_position(conn: &Connection) -> Result<u64, StoreError> {
    let mut statement = conn.prepare_cached("SELECT coalesce(max(position), 0) FROM events")?;
    Ok(statement.query_row([], |row| row.get::<_, Unsigned>(0))?.0)
}

/// A page of the log after position `after`.
pub(super) fn page(
    conn: &Connection,
    after: u64,
    filter: &Filter,
    limit: usize,
    window: u64,
) -> Result<Page, StoreError> {
    if filter.is_empty() {
        let sql =
            format!("SELECT {COLUMNS} FROM events WHERE position > ?1 ORDER BY position LIMIT ?2");
        return unfiltered_page(after, events(conn, &sql, &[after.into(), limit.into()])?);
    }
    // The head is read first: whatever lies at or below it is visible to the next statement.
    let head = last_position(conn)?;
    let end = head.min(after.saturating_add(window));
    let mut params: Vec<Value> = vec![after.into(), end.into(), limit.into()];
    let mut sql = format!("SELECT {COLUMNS} FROM events WHERE position > ?1 AND position <= ?2");
    let mut one_of = |column: &str, values: &[String]| {
        if values.is_empty() {
            return;
        }
        let first = params.len() + 1;
        params.extend(values.iter().map(Value::from));
        let marks: Vec<_> = (first..=params.len()).map(|n| format!("?{n}")).collect();
        sql.push_str(&format!(" AND {column} IN ({})", marks.join(", ")));
    };
    one_of("event_type", &filter.event_types);
    one_of("aggregate_type", &filter.stream_kinds);
    one_of("tenant", filter.tenant.as_slice());
    sql.push_str(" ORDER BY position LIMIT ?3");
    let events = events(conn, &sql, &params)?;
    Ok(Page::of_window(after, end, events, limit))
}

/// Events of one stream after `version`.
pub(super) fn stream(
    conn: &Connection,
    stream: &StreamId,
    version: u64,
    limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events \
         WHERE aggregate_type = ?1 AND aggregate_id = ?2 AND sequence > ?3 \
         ORDER BY sequence LIMIT ?4"
    );
    let params = [Value::from(&stream.kind), Value::from(&stream.id), version.into(), limit.into()];
    events(conn, &sql, &params)
}

/// Events of these types at or below a position, of several streams of one kind, by position.
pub(super) fn streams(
    conn: &Connection,
    kind: &str,
    ids: &[String],
    event_types: &[&str],
    up_to: u64,
) -> Result<Vec<StoredEvent>, StoreError> {
    // The plus keeps SQLite from walking along all positions instead of the streams.
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE aggregate_type = ?1 \
         AND aggregate_id IN (SELECT value FROM json_each(?2)) AND +position <= ?3 \
         AND event_type IN (SELECT value FROM json_each(?4)) ORDER BY +position"
    );
    let list = |names: serde_json::Value| Value::from(names.to_string());
    let params = [kind.into(), list(ids.into()), up_to.into(), list(event_types.into())];
    events(conn, &sql, &params)
}

/// The events of the parts in a JSON array, in no order.
pub(super) fn parts(conn: &Connection, parts: String) -> Result<Vec<StoredEvent>, StoreError> {
    let field = |name: &str| format!("json_extract(part.value, '$.{name}')");
    let (kind, id, after, up_to) = (field("kind"), field("id"), field("after"), field("up_to"));
    // CROSS JOIN keeps SQLite from walking along the log instead of the parts.
    let sql = format!(
        "SELECT {COLUMNS} FROM json_each(?1) AS part CROSS JOIN events \
         WHERE aggregate_type = {kind} AND aggregate_id = {id} \
         AND sequence > {after} AND sequence <= {up_to}"
    );
    events(conn, &sql, &[parts.into()])
}

/// The events at the positions of a JSON array, by position.
pub(super) fn at(conn: &Connection, positions: String) -> Result<Vec<StoredEvent>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events \
         WHERE position IN (SELECT value FROM json_each(?1)) ORDER BY position"
    );
    events(conn, &sql, &[positions.into()])
}

fn events(conn: &Connection, sql: &str, params: &[Value]) -> Result<Vec<StoredEvent>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(params))?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event(row)?);
    }
    Ok(events)
}

fn event(row: &Row<'_>) -> Result<StoredEvent, StoreError> {
    let command_id = row.get_ref(9)?.as_str().ok().and_then(|text| Uuid::parse_str(text).ok());
    let command_id = command_id.ok_or_else(|| StoreError::Column {
        column: "command_id".into(),
        problem: "is not a UUID",
    })?;
    Ok(StoredEvent {
        position: row.get::<_, Unsigned>(0)?.0,
        stream: StreamId { kind: row.get(1)?, id: row.get(2)? },
        version: row.get::<_, Unsigned>(3)?.0,
        event_type: row.get(4)?,
        event_version: row.get(5)?,
        payload: row.get(6)?,
        metadata: row.get(7)?,
        tenant: row.get(8)?,
        command_id,
        recorded_at: Timestamp::from_micros(row.get(10)?),
    })
}
