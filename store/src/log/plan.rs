//! Decides a batch of appends: who wins, at which positions, and what each is answered.
//!
//! Pure, and the same for both databases: the facts were read under the lock of the log, and the
//! plan is written before the lock is let go.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use casebook_domain::Timestamp;
use uuid::Uuid;

use super::{Append, AppendError, Appended, Expected, NewEvent, RecordedCommand, StreamId};
use super::{StreamVersion, prepare::Prepared};

/// A key with its tenant and kind: (tenant, kind, key).
pub(crate) type KeyRef<'a> = (&'a str, &'a str, &'a str);

/// What the log says about a batch, read under its lock.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// Last position, 0 for an empty log.
    pub last_position: u64,
    /// When the last event was recorded.
    pub last_recorded_at: Timestamp,
    /// Versions of the streams that exist.
    pub versions: HashMap<&'a StreamId, u64>,
    /// Commands that were recorded before.
    pub commands: HashMap<Uuid, RecordedCommand>,
    /// Keys that are taken, with what they stand for.
    pub keys: HashMap<KeyRef<'a>, Cow<'a, str>>,
}

/// What becomes of one append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is to be written.
    Write(Appended),
    /// It was written before.
    Repeat(Appended),
    /// It is refused.
    Refuse(AppendError),
}

impl Verdict {
    /// The answer for the caller, once the batch is committed.
    pub fn into_answer(self) -> Result<Appended, AppendError> {
        match self {
            Self::Write(appended) | Self::Repeat(appended) => Ok(appended),
            Self::Refuse(error) => Err(error),
        }
    }
}

/// A batch decided: one verdict for each append, and where the log stands after it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub verdicts: Vec<Verdict>,
    pub last_position: u64,
    pub recorded_at: Timestamp,
}

impl Plan {
    /// Appends that are to be written, with what they get.
    pub fn winners<'p>(
        &'p self,
        appends: impl IntoIterator<Item = &'p Prepared>,
    ) -> impl Iterator<Item = (&'p Prepared, &'p Appended)> {
        appends.into_iter().zip(&self.verdicts).filter_map(|(prepared, verdict)| match verdict {
            Verdict::Write(appended) => Some((prepared, appended)),
            Verdict::Repeat(_) | Verdict::Refuse(_) => None,
        })
    }
}

/// Decides `appends` in their order. Later ones see what earlier winners of the batch do.
pub(crate) fn plan<'a>(
    appends: impl IntoIterator<Item = &'a Append>,
    mut facts: Facts<'a>,
    now: Timestamp,
) -> Plan {
    let recorded_at = now.max(facts.last_recorded_at);
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut winners: HashMap<Uuid, (&Append, usize)> = HashMap::new();
    for append in appends {
        let earlier = winners.get(&append.command_id).map(|&(first, index)| {
            let Verdict::Write(appended) = &verdicts[index] else {
                return Verdict::Refuse(mismatch(append));
            };
            repeat(append, &first.tenant, &first.fingerprint, appended)
        });
        let recorded = || {
            let command = facts.commands.get(&append.command_id)?;
            Some(repeat(append, &command.tenant, &command.fingerprint, &command.appended))
        };
        let verdict = match earlier.or_else(recorded) {
            Some(verdict) => verdict,
            None => match refusal(append, &facts) {
                Some(error) => Verdict::Refuse(error),
                None => {
                    winners.insert(append.command_id, (append, verdicts.len()));
                    Verdict::Write(win(append, &mut facts, recorded_at))
                }
            },
        };
        verdicts.push(verdict);
    }
    Plan { verdicts, last_position: facts.last_position, recorded_at }
}

fn repeat(append: &Append, tenant: &str, fingerprint: &str, first: &Appended) -> Verdict {
    if append.tenant != tenant || append.fingerprint != fingerprint {
        return Verdict::Refuse(mismatch(append));
    }
    Verdict::Repeat(Appended { repeated: true, ..first.clone() })
}

const fn mismatch(append: &Append) -> AppendError {
    AppendError::IdempotencyMismatch { command_id: append.command_id }
}

/// Keys first: a known identity says more than a version that moved because of it.
fn refusal(append: &Append, facts: &Facts<'_>) -> Option<AppendError> {
    for claim in &append.keys {
        let key: KeyRef<'_> = (&append.tenant, &claim.kind, &claim.key);
        if let Some(value) = facts.keys.get(&key) {
            return Some(AppendError::KeyTaken {
                kind: claim.kind.clone(),
                key: claim.key.clone(),
                value: value.clone().into_owned(),
            });
        }
    }
    append.writes.iter().find_map(|write| {
        let present = facts.versions.get(&write.stream).copied().unwrap_or(0);
        match write.expected {
            Expected::Version(expected) if expected != present => {
                Some(AppendError::Conflict { stream: write.stream.clone(), expected, present })
            }
            Expected::Version(_) | Expected::Any => None,
        }
    })
}

/// Gives `append` its positions and versions and moves the facts on.
fn win<'a>(append: &'a Append, facts: &mut Facts<'a>, recorded_at: Timestamp) -> Appended {
    let first_position = facts.last_position + 1;
    let mut versions = Vec::with_capacity(append.writes.len());
    for write in &append.writes {
        let count = write.events.len() as u64;
        facts.last_position += count;
        let version = match facts.versions.entry(&write.stream) {
            Entry::Occupied(mut entry) => {
                *entry.get_mut() += count;
                *entry.get()
            }
            Entry::Vacant(entry) => *entry.insert(count),
        };
        versions.push(StreamVersion { stream: write.stream.clone(), version });
    }
    for claim in &append.keys {
        let key: KeyRef<'_> = (&append.tenant, &claim.kind, &claim.key);
        facts.keys.insert(key, Cow::Borrowed(&claim.value));
    }
    Appended {
        first_position,
        last_position: facts.last_position,
        versions,
        recorded_at,
        outcome: append.outcome.clone(),
        repeated: false,
    }
}

/// One row of the events table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventRow<'a> {
    pub position: u64,
    pub version: u64,
    pub stream: &'a StreamId,
    pub event: &'a NewEvent,
    pub metadata: &'a str,
}

/// The rows that a winner writes, by position.
pub(crate) fn rows<'a>(
    prepared: &'a Prepared,
    appended: &'a Appended,
) -> impl Iterator<Item = EventRow<'a>> {
    let writes = prepared.append.writes.iter().zip(&appended.versions);
    let events = writes.flat_map(|(write, reached)| {
        let before = reached.version - write.events.len() as u64;
        (before + 1..).zip(&write.events).map(|(version, event)| (&write.stream, version, event))
    });
    events.zip(&prepared.metadata).zip(appended.first_position..).map(
        |(((stream, version, event), metadata), position)| EventRow {
            position,
            version,
            stream,
            event,
            metadata,
        },
    )
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
