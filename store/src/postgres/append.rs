//! Appends on PostgreSQL: lock, facts, plan, rows and commit of one batch.

use std::borrow::Cow;
use std::collections::HashMap;

use casebook_domain::Timestamp;
use futures::future::BoxFuture;
use sqlx::postgres::PgRow;
use sqlx::{Executor, PgConnection, Row};

use super::read::unsigned;
use crate::log::plan::{Facts, KeyRef, Plan, plan, rows};
use crate::log::queue::Queued;
use crate::log::{Append, CommandColumns, RecordedCommand, StreamId, encode_versions};
use crate::{Clock, StoreError};

/// The lock that orders all appends of a database ("caselog").
pub(super) const LOG_LOCK: i64 = 0x0063_6173_656C_6F67;

/// Begins and takes the lock. The lock is a statement of its own, so that the next statement sees
/// everything that was committed before it was granted.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
     SET LOCAL synchronous_commit = on; \
     SELECT pg_advisory_xact_lock(27973170945093479)";

/// Everything that a batch needs to know, in one round trip; `what` tells the rows apart.
const FACTS: &str = "
SELECT 0 AS what, 0::bigint AS ord, l.position AS n1, l.recorded_at AS n2, 0::bigint AS n3,
       NULL::text AS t1, NULL::text AS t2, NULL::text AS t3, NULL::text AS t4
FROM (SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1) l
UNION ALL
SELECT 1, s.ord, v.sequence, 0, 0, NULL, NULL, NULL, NULL
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY s(kind, id, ord)
CROSS JOIN LATERAL (
    SELECT sequence FROM events
    WHERE aggregate_type = s.kind AND aggregate_id = s.id ORDER BY sequence DESC LIMIT 1) v
UNION ALL
SELECT 2, i.ord, c.first_position, c.last_position, c.recorded_at,
       c.tenant, c.fingerprint, c.versions, c.outcome
FROM unnest($3::text[]) WITH ORDINALITY i(id, ord) JOIN commands c ON c.command_id = i.id
UNION ALL
SELECT 3, i.ord, 0, 0, 0, k.value, NULL, NULL, NULL
FROM unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY i(tenant, kind, key, ord)
JOIN keys k ON k.tenant = i.tenant AND k.kind = i.kind AND k.key = i.key";

const INSERT: &str = "
WITH e AS (
    INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type,
        event_version, payload, metadata, tenant, command_id, recorded_at)
    SELECT a, b, c, d, e, f, g::json, h::json, i, j, $1
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[]) u(a, b, c, d, e, f, g, h, i, j)
), c AS (
    INSERT INTO commands (command_id, tenant, fingerprint, first_position, last_position,
        versions, outcome, recorded_at)
    SELECT a, b, c, d, e, f, g, $1
    FROM unnest($12::text[], $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::text[],
        $18::text[]) u(a, b, c, d, e, f, g)
), k AS (
    INSERT INTO keys (tenant, kind, key, value, position)
    SELECT a, b, c, d, e
    FROM unnest($19::text[], $20::text[], $21::text[], $22::text[], $23::bigint[])
        u(a, b, c, d, e)
), b AS (
    INSERT INTO blobs (tenant, sha256, bytes)
    SELECT a, b, c FROM unnest($24::text[], $25::text[], $26::bytea[]) u(a, b, c)
    ON CONFLICT DO NOTHING
)
SELECT 1";

/// Begins a transaction that holds the log's lock.
pub(super) async fn begin(connection: &mut PgConnection) -> Result<(), StoreError> {
    connection.execute(BEGIN).await?;
    Ok(())
}

/// Decides and writes a batch under the lock that [`begin`] took, up to but without its commit.
pub(super) fn append<'a>(
    connection: &'a mut PgConnection,
    batch: &'a [Queued],
    clock: &'a dyn Clock,
) -> BoxFuture<'a, Result<Plan, StoreError>> {
    Box::pin(async move {
        let facts = facts(connection, batch).await?;
        let plan = plan(batch.iter().map(|queued| &queued.prepared.append), facts, clock.now());
        insert(connection, batch, &plan).await?;
        Ok(plan)
    })
}

/// Makes a batch durable.
pub(super) async fn commit(connection: &mut PgConnection) -> Result<(), StoreError> {
    connection.execute("COMMIT").await?;
    Ok(())
}

async fn facts<'a>(
    connection: &mut PgConnection,
    batch: &'a [Queued],
) -> Result<Facts<'a>, StoreError> {
    let appends = || batch.iter().map(|queued| &queued.prepared.append);
    let streams: Vec<&StreamId> =
        appends().flat_map(|append| &append.writes).map(|write| &write.stream).collect();
    let keys: Vec<KeyRef<'a>> = appends().flat_map(key_refs).collect();
    let found = sqlx::query(FACTS)
        .bind(streams.iter().map(|stream| stream.kind.as_str()).collect::<Vec<_>>())
        .bind(streams.iter().map(|stream| stream.id.as_str()).collect::<Vec<_>>())
        .bind(batch.iter().map(|q| q.prepared.command_id.as_str()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.0).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.1).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.2).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    let mut facts = Facts { versions: HashMap::with_capacity(streams.len()), ..Facts::default() };
    let out_of_order = || StoreError::database("facts without an order");
    for row in &found {
        let index = (unsigned(row, 1)? as usize).wrapping_sub(1);
        match row.try_get::<i32, _>(0)? {
            0 => {
                facts.last_position = unsigned(row, 2)?;
                facts.last_recorded_at = Timestamp::from_micros(row.try_get(3)?);
            }
            1 => {
                let stream = streams.get(index).ok_or_else(out_of_order)?;
                facts.versions.insert(stream, unsigned(row, 2)?);
            }
            2 => {
                let queued = batch.get(index).ok_or_else(out_of_order)?;
                facts.commands.insert(queued.prepared.append.command_id, command(row)?);
            }
            _ => {
                let key = keys.get(index).ok_or_else(out_of_order)?;
                facts.keys.insert(*key, Cow::Owned(row.try_get(5)?));
            }
        }
    }
    Ok(facts)
}

fn key_refs(append: &Append) -> impl Iterator<Item = KeyRef<'_>> {
    append
        .keys
        .iter()
        .map(|claim| (append.tenant.as_str(), claim.kind.as_str(), claim.key.as_str()))
}

fn command(row: &PgRow) -> Result<RecordedCommand, StoreError> {
    RecordedCommand::try_from(CommandColumns {
        tenant: row.try_get(5)?,
        fingerprint: row.try_get(6)?,
        first_position: unsigned(row, 2)?,
        last_position: unsigned(row, 3)?,
        versions: row.try_get(7)?,
        outcome: row.try_get(8)?,
        recorded_at: row.try_get(4)?,
    })
}

/// Columns of the rows to insert.
#[derive(Default)]
struct Columns<'a> {
    events: EventColumns<'a>,
    commands: CommandRows<'a>,
    keys: KeyColumns<'a>,
    blobs: BlobColumns<'a>,
}

#[derive(Default)]
struct EventColumns<'a> {
    position: Vec<i64>,
    kind: Vec<&'a str>,
    id: Vec<&'a str>,
    version: Vec<i64>,
    event_type: Vec<&'a str>,
    event_version: Vec<&'a str>,
    payload: Vec<&'a str>,
    metadata: Vec<&'a str>,
    tenant: Vec<&'a str>,
    command_id: Vec<&'a str>,
}

#[derive(Default)]
struct CommandRows<'a> {
    id: Vec<&'a str>,
    tenant: Vec<&'a str>,
    fingerprint: Vec<&'a str>,
    first: Vec<i64>,
    last: Vec<i64>,
    versions: Vec<String>,
    outcome: Vec<Option<&'a str>>,
}

#[derive(Default)]
struct KeyColumns<'a> {
    tenant: Vec<&'a str>,
    kind: Vec<&'a str>,
    key: Vec<&'a str>,
    value: Vec<&'a str>,
    position: Vec<i64>,
}

#[derive(Default)]
struct BlobColumns<'a> {
    tenant: Vec<&'a str>,
    sha256: Vec<&'a str>,
    bytes: Vec<&'a [u8]>,
}

fn columns<'a>(batch: &'a [Queued], plan: &'a Plan) -> Columns<'a> {
    let mut columns = Columns::default();
    for (prepared, appended) in plan.winners(batch.iter().map(|queued| &queued.prepared)) {
        let append = &prepared.append;
        for row in rows(prepared, appended) {
            let events = &mut columns.events;
            events.position.push(row.position as i64);
            events.kind.push(&row.stream.kind);
            events.id.push(&row.stream.id);
            events.version.push(row.version as i64);
            events.event_type.push(&row.event.event_type);
            events.event_version.push(&row.event.event_version);
            events.payload.push(&row.event.payload);
            events.metadata.push(row.metadata);
            events.tenant.push(&append.tenant);
            events.command_id.push(&prepared.command_id);
        }
        let commands = &mut columns.commands;
        commands.id.push(&prepared.command_id);
        commands.tenant.push(&append.tenant);
        commands.fingerprint.push(&append.fingerprint);
        commands.first.push(appended.first_position as i64);
        commands.last.push(appended.last_position as i64);
        commands.versions.push(encode_versions(&appended.versions));
        commands.outcome.push(append.outcome.as_deref());
        for blob in &append.blobs {
            let blobs = &mut columns.blobs;
            blobs.tenant.push(&append.tenant);
            blobs.sha256.push(&blob.sha256);
            blobs.bytes.push(&blob.bytes);
        }
        for claim in &append.keys {
            let keys = &mut columns.keys;
            keys.tenant.push(&append.tenant);
            keys.kind.push(&claim.kind);
            keys.key.push(&claim.key);
            keys.value.push(&claim.value);
            keys.position.push(appended.first_position as i64);
        }
    }
    columns
}

async fn insert(
    connection: &mut PgConnection,
    batch: &[Queued],
    plan: &Plan,
) -> Result<(), StoreError> {
    let Columns { events, commands, keys, blobs } = columns(batch, plan);
    if commands.id.is_empty() {
        return Ok(());
    }
    sqlx::query(INSERT)
        .bind(plan.recorded_at.as_micros())
        .bind(events.position)
        .bind(events.kind)
        .bind(events.id)
        .bind(events.version)
        .bind(events.event_type)
        .bind(events.event_version)
        .bind(events.payload)
        .bind(events.metadata)
        .bind(events.tenant)
        .bind(events.command_id)
        .bind(commands.id)
        .bind(commands.tenant)
        .bind(commands.fingerprint)
        .bind(commands.first)
        .bind(commands.last)
        .bind(commands.versions)
        .bind(commands.outcome)
        .bind(keys.tenant)
        .bind(keys.kind)
        .bind(keys.key)
        .bind(keys.value)
        .bind(keys.position)
        .bind(blobs.tenant)
        .bind(blobs.sha256)
        .bind(blobs.bytes)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_in_the_text_is_the_lock() {
        assert!(BEGIN.contains(&format!("({LOG_LOCK})")), "{LOG_LOCK}");
    }
}
