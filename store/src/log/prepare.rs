//! Checks and serialises an append on its caller's task, before the writer sees it.

use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde::ser::{SerializeMap, Serializer};
use uuid::Uuid;

use super::{Append, AppendError, MAX_EVENT_BYTES, MAX_LOG_BLOB_BYTES, NewEvent};

/// Most events in one append.
pub const MAX_APPEND_EVENTS: usize = 10_000;
/// Largest sum of payloads in one append, in bytes.
pub const MAX_APPEND_BYTES: usize = 32 * 1024 * 1024;
/// Longest key, stream identifier or fingerprint, in bytes.
pub const MAX_KEY_BYTES: usize = 512;
/// Longest name (tenant, kind, event type, event version), in bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// Largest shared metadata or stored outcome of one command, in bytes.
pub const MAX_METADATA_BYTES: usize = 64 * 1024;
/// Most keys that one append may claim.
pub const MAX_KEYS: usize = 1_000;

/// An append that is well formed, with the metadata of each event as JSON text.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub append: Append,
    /// The command id in its text form.
    pub command_id: String,
    /// Metadata of each event, in the order of the writes.
    pub metadata: Vec<String>,
    /// Payload bytes, for the size of a batch.
    pub bytes: usize,
}

/// Checks `append` and serialises its metadata.
///
/// # Errors
/// [`AppendError::Invalid`] or [`AppendError::TooLarge`].
pub(crate) fn prepare(append: Append) -> Result<Prepared, AppendError> {
    name("tenant", &append.tenant)?;
    text("fingerprint", &append.fingerprint, MAX_KEY_BYTES)?;
    if let Some(outcome) = &append.outcome {
        text("outcome", outcome, MAX_METADATA_BYTES)?;
    }
    check_keys(&append)?;
    let bytes = check_writes(&append)? + check_blobs(&append)?;
    let metadata = append
        .writes
        .iter()
        .flat_map(|write| &write.events)
        .map(|event| metadata(&append, event))
        .collect::<Result<Vec<_>, _>>()?;
    let command_id = append.command_id.to_string();
    Ok(Prepared { append, command_id, metadata, bytes })
}

fn check_keys(append: &Append) -> Result<(), AppendError> {
    if append.keys.len() > MAX_KEYS {
        return Err(AppendError::TooLarge {
            what: "keys",
            bytes: append.keys.len(),
            limit: MAX_KEYS,
        });
    }
    let mut seen = HashSet::with_capacity(append.keys.len());
    for claim in &append.keys {
        name("kind of a key", &claim.kind)?;
        filled("key", &claim.key, MAX_KEY_BYTES)?;
        text("value of a key", &claim.value, MAX_KEY_BYTES)?;
        if !seen.insert((&claim.kind, &claim.key)) {
            return Err(AppendError::Invalid(format!("a {} key is claimed twice", claim.kind)));
        }
    }
    Ok(())
}

fn check_blobs(append: &Append) -> Result<usize, AppendError> {
    let mut bytes = 0;
    for blob in &append.blobs {
        let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        if blob.sha256.len() != 64 || !blob.sha256.bytes().all(is_hex) {
            return Err(AppendError::Invalid("a blob is named by 64 hexadecimal digits".into()));
        }
        limit("blob", blob.bytes.len(), MAX_LOG_BLOB_BYTES)?;
        bytes += blob.bytes.len();
    }
    Ok(bytes)
}

fn check_writes(append: &Append) -> Result<usize, AppendError> {
    if append.writes.is_empty() {
        return Err(AppendError::Invalid("an append needs at least one event".into()));
    }
    let mut streams = HashSet::with_capacity(append.writes.len());
    let (mut events, mut bytes) = (0, 0);
    for write in &append.writes {
        name("kind of a stream", &write.stream.kind)?;
        filled("identifier of a stream", &write.stream.id, MAX_KEY_BYTES)?;
        if !streams.insert(&write.stream) {
            return Err(AppendError::Invalid(format!("stream {} is written twice", write.stream)));
        }
        if write.events.is_empty() {
            return Err(AppendError::Invalid(format!("no events for stream {}", write.stream)));
        }
        for event in &write.events {
            check_event(event)?;
            events += 1;
            bytes += event.payload.len();
        }
    }
    limit("events of an append", events, MAX_APPEND_EVENTS)?;
    limit("payloads of an append", bytes, MAX_APPEND_BYTES)?;
    Ok(bytes)
}

fn check_event(event: &NewEvent) -> Result<(), AppendError> {
    name("event type", &event.event_type)?;
    name("event version", &event.event_version)?;
    limit("event", event.payload.len(), MAX_EVENT_BYTES)?;
    serde_json::from_str::<IgnoredAny>(&event.payload)
        .map(drop)
        .map_err(|_| AppendError::Invalid(format!("payload of {} is not JSON", event.event_type)))
}

fn metadata(append: &Append, event: &NewEvent) -> Result<String, AppendError> {
    let text = serialise(append, event.event_id)
        .map_err(|_| AppendError::Invalid("metadata cannot be written as JSON".into()))?;
    limit("metadata", text.len(), MAX_METADATA_BYTES)?;
    Ok(text)
}

fn serialise(append: &Append, event_id: Uuid) -> Result<String, serde_json::Error> {
    let own = ["command_id", "event_id"];
    let mut bytes = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::new(&mut bytes);
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("event_id", &event_id)?;
    map.serialize_entry("command_id", &append.command_id)?;
    for (key, value) in &append.metadata {
        if !own.contains(&key.as_str()) {
            map.serialize_entry(key, value)?;
        }
    }
    map.end()?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

fn name(what: &'static str, value: &str) -> Result<(), AppendError> {
    filled(what, value, MAX_NAME_BYTES)
}

fn filled(what: &'static str, value: &str, max: usize) -> Result<(), AppendError> {
    if value.is_empty() {
        return Err(AppendError::Invalid(format!("{what} is empty")));
    }
    text(what, value, max)
}

fn text(what: &'static str, value: &str, max: usize) -> Result<(), AppendError> {
    limit(what, value.len(), max)?;
    // PostgreSQL has no NUL in text; both databases refuse it alike.
    if value.contains('\0') {
        return Err(AppendError::Invalid(format!("{what} contains NUL")));
    }
    Ok(())
}

const fn limit(what: &'static str, bytes: usize, limit: usize) -> Result<(), AppendError> {
    if bytes > limit {
        return Err(AppendError::TooLarge { what, bytes, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::testing::{append, event};
    use crate::log::{Expected, KeyClaim, StreamId, Write};

    fn refused(append: Append) -> AppendError {
        prepare(append).expect_err("must be refused")
    }

    #[test]
    fn adds_event_and_command_id_to_the_metadata() {
        let mut given = append("t", 1, &[("ticket", "a", Expected::Any, 2)]);
        given.metadata.insert("actor".into(), "agent:\"x\"".into());
        given.metadata.insert("event_id".into(), "forged".into());
        let prepared = prepare(given.clone()).expect("valid");
        assert_eq!(prepared.metadata.len(), 2);
        let read: serde_json::Value = serde_json::from_str(&prepared.metadata[1]).expect("JSON");
        assert_eq!(read["event_id"], given.writes[0].events[1].event_id.to_string());
        assert_eq!(read["command_id"], given.command_id.to_string());
        assert_eq!(read["actor"], "agent:\"x\"");
    }

    #[test]
    fn refuses_what_is_empty_or_twice() {
        let good = append("t", 1, &[("ticket", "a", Expected::Any, 1)]);
        let none = Append { writes: vec![], ..good.clone() };
        assert!(matches!(refused(none), AppendError::Invalid(_)));
        let mut no_events = good.clone();
        no_events.writes[0].events.clear();
        assert!(matches!(refused(no_events), AppendError::Invalid(_)));
        let mut twice = good.clone();
        twice.writes.push(good.writes[0].clone());
        assert!(matches!(refused(twice), AppendError::Invalid(_)));
        let claim = KeyClaim { kind: "message".into(), key: "k".into(), value: "v".into() };
        let keys = Append { keys: vec![claim.clone(), claim], ..good.clone() };
        assert!(matches!(refused(keys), AppendError::Invalid(_)));
        let tenant = Append { tenant: String::new(), ..good };
        assert!(matches!(refused(tenant), AppendError::Invalid(_)));
    }

    #[test]
    fn refuses_bad_payloads_and_sizes() {
        let with = |payload: String| {
            let mut given = append("t", 1, &[]);
            let event = NewEvent { payload, ..event(1) };
            given.writes = vec![Write {
                stream: StreamId::new("a", "b"),
                expected: Expected::Any,
                events: vec![event],
            }];
            given
        };
        assert!(matches!(refused(with("{".into())), AppendError::Invalid(_)));
        assert!(matches!(refused(with("[".repeat(4000))), AppendError::Invalid(_)));
        let fits = format!("\"{}\"", "x".repeat(MAX_EVENT_BYTES - 2));
        assert!(prepare(with(fits.clone())).is_ok());
        let error = refused(with(format!("{fits} ")));
        assert!(matches!(error, AppendError::TooLarge { what: "event", .. }), "{error}");
        let mut nul = with("1".into());
        nul.tenant = "a\0b".into();
        assert!(matches!(refused(nul), AppendError::Invalid(_)));
    }
}
