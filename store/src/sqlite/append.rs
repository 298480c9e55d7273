//! Appends on SQLite: facts, plan and rows of one batch within one transaction.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use casebook_domain::Timestamp;
use quick_cache::unsync::Cache;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::value::Unsigned;
use crate::log::plan::{Facts, KeyRef, Plan, plan, rows};
use crate::log::prepare::Prepared;
use crate::log::queue::Queued;
use crate::log::{Append, Appended, CommandColumns, RecordedCommand, StreamId, encode_versions};
use crate::{Clock, StoreError};

const TAIL: &str = "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1";
const VERSION: &str = "SELECT max(sequence) FROM events \
     WHERE aggregate_type = ?1 AND aggregate_id = ?2";
const COMMAND: &str = "SELECT tenant, fingerprint, first_position, last_position, versions, \
     outcome, recorded_at FROM commands WHERE command_id = ?1";
const KEY: &str = "SELECT value FROM keys WHERE tenant = ?1 AND kind = ?2 AND key = ?3";
const INSERT_EVENT: &str = "INSERT INTO events (position, aggregate_type, aggregate_id, sequence, \
     event_type, event_version, payload, metadata, tenant, command_id, recorded_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const INSERT_COMMAND: &str = "INSERT INTO commands (command_id, tenant, fingerprint, \
     first_position, last_position, versions, outcome, recorded_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const INSERT_BLOB: &str = "INSERT INTO blobs (tenant, sha256, bytes) VALUES (?1, ?2, ?3) \
    ON CONFLICT DO NOTHING";
const INSERT_KEY: &str = "INSERT INTO keys (tenant, kind, key, value, position) \
     VALUES (?1, ?2, ?3, ?4, ?5)";

/// What the writer remembers of the log; nobody else writes while it holds the lock.
pub(super) struct Tail {
    pub last_position: u64,
    pub last_recorded_at: Timestamp,
    versions: Cache<StreamId, u64>,
}

impl Tail {
    /// Reads the end of the log.
    pub fn load(conn: &Connection, versions_max: usize) -> Result<Self, StoreError> {
        let last = conn
            .prepare_cached(TAIL)?
            .query_row([], |row| Ok((row.get::<_, Unsigned>(0)?.0, row.get::<_, i64>(1)?)))
            .optional()?;
        let (last_position, recorded_at) = last.unwrap_or((0, 0));
        Ok(Self {
            last_position,
            last_recorded_at: Timestamp::from_micros(recorded_at),
            versions: Cache::new(versions_max.max(1)),
        })
    }

    /// Takes over what a committed plan did.
    pub fn advance(&mut self, plan: &Plan, batch: &[Queued]) {
        self.last_position = plan.last_position;
        for (_, appended) in plan.winners(batch.iter().map(|queued| &queued.prepared)) {
            self.last_recorded_at = plan.recorded_at;
            for reached in &appended.versions {
                match self.versions.get_mut(&reached.stream) {
                    Some(mut version) => *version = reached.version,
                    None => self.versions.insert(reached.stream.clone(), reached.version),
                }
            }
        }
    }
}

/// Decides the batch and writes its rows. The caller has begun the transaction and ends it.
pub(super) fn append(
    conn: &Connection,
    tail: &Tail,
    batch: &[Queued],
    clock: &dyn Clock,
) -> Result<Plan, StoreError> {
    let appends = || batch.iter().map(|queued| &queued.prepared);
    let facts = facts(conn, tail, batch)?;
    let plan = plan(appends().map(|prepared| &prepared.append), facts, clock.now());
    let mut inserts = Inserts::prepare(conn)?;
    for (prepared, appended) in plan.winners(appends()) {
        inserts.write(prepared, appended)?;
    }
    Ok(plan)
}

fn facts<'a>(conn: &Connection, tail: &Tail, batch: &'a [Queued]) -> Result<Facts<'a>, StoreError> {
    let mut facts = Facts {
        last_position: tail.last_position,
        last_recorded_at: tail.last_recorded_at,
        versions: HashMap::with_capacity(batch.len()),
        ..Facts::default()
    };
    let mut commands = conn.prepare_cached(COMMAND)?;
    let mut keys = conn.prepare_cached(KEY)?;
    let mut versions = conn.prepare_cached(VERSION)?;
    for queued in batch {
        let append = &queued.prepared.append;
        if let Some(command) = read_command(&mut commands, &queued.prepared.command_id)? {
            facts.commands.insert(append.command_id, command);
        }
        read_keys(&mut keys, append, &mut facts)?;
        for write in &append.writes {
            let Entry::Vacant(entry) = facts.versions.entry(&write.stream) else { continue };
            let present = match tail.versions.peek(&write.stream) {
                Some(version) => Some(*version),
                None => versions
                    .query_row(params![write.stream.kind, write.stream.id], |row| {
                        row.get::<_, Option<Unsigned>>(0)
                    })?
                    .map(|version| version.0),
            };
            if let Some(version) = present {
                entry.insert(version);
            }
        }
    }
    Ok(facts)
}

fn read_keys<'a>(
    statement: &mut CachedStatement<'_>,
    append: &'a Append,
    facts: &mut Facts<'a>,
) -> Result<(), StoreError> {
    for claim in &append.keys {
        let key: KeyRef<'a> = (&append.tenant, &claim.kind, &claim.key);
        let value: Option<String> =
            statement.query_row(params![key.0, key.1, key.2], |row| row.get(0)).optional()?;
        if let Some(value) = value {
            facts.keys.insert(key, Cow::Owned(value));
        }
    }
    Ok(())
}

fn read_command(
    statement: &mut CachedStatement<'_>,
    command_id: &str,
) -> Result<Option<RecordedCommand>, StoreError> {
    let columns = statement
        .query_row([command_id], |row| {
            Ok(CommandColumns {
                tenant: row.get(0)?,
                fingerprint: row.get(1)?,
                first_position: row.get::<_, Unsigned>(2)?.0,
                last_position: row.get::<_, Unsigned>(3)?.0,
                versions: row.get(4)?,
                outcome: row.get(5)?,
                recorded_at: row.get(6)?,
            })
        })
        .optional()?;
    columns.map(RecordedCommand::try_from).transpose()
}

/// The statements that write, prepared once for a batch.
struct Inserts<'c> {
    events: CachedStatement<'c>,
    commands: CachedStatement<'c>,
    keys: CachedStatement<'c>,
    blobs: CachedStatement<'c>,
}

impl<'c> Inserts<'c> {
    fn prepare(conn: &'c Connection) -> Result<Self, StoreError> {
        Ok(Self {
            events: conn.prepare_cached(INSERT_EVENT)?,
            commands: conn.prepare_cached(INSERT_COMMAND)?,
            keys: conn.prepare_cached(INSERT_KEY)?,
            blobs: conn.prepare_cached(INSERT_BLOB)?,
        })
    }

    fn write(&mut self, prepared: &Prepared, appended: &Appended) -> Result<(), StoreError> {
        let append = &prepared.append;
        let recorded_at = appended.recorded_at.as_micros();
        for row in rows(prepared, appended) {
            self.events.execute(params![
                Unsigned(row.position),
                row.stream.kind,
                row.stream.id,
                Unsigned(row.version),
                row.event.event_type,
                row.event.event_version,
                row.event.payload,
                row.metadata,
                append.tenant,
                prepared.command_id,
                recorded_at,
            ])?;
        }
        self.commands.execute(params![
            prepared.command_id,
            append.tenant,
            append.fingerprint,
            Unsigned(appended.first_position),
            Unsigned(appended.last_position),
            encode_versions(&appended.versions),
            append.outcome,
            recorded_at,
        ])?;
        for blob in &append.blobs {
            self.blobs.execute(params![append.tenant, blob.sha256, blob.bytes.as_ref()])?;
        }
        for claim in &append.keys {
            self.keys.execute(params![
                append.tenant,
                claim.kind,
                claim.key,
                claim.value,
                Unsigned(appended.first_position),
            ])?;
        }
        Ok(())
    }
}
