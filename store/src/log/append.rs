//! What an append asks for and what it answers.

use std::collections::BTreeMap;

use bytes::Bytes;
use casebook_domain::Timestamp;
use uuid::Uuid;

use super::StreamId;

/// Version that a stream must have for a write to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The stream must stand at exactly this version; 0 means that it must not exist.
    Version(u64),
    /// Any version will do.
    Any,
}

/// An event to be appended, serialised by its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Identifier of the event (UUIDv7); stored in the metadata as `event_id`.
    pub event_id: Uuid,
    /// Name of the event.
    pub event_type: String,
    /// Version of the event's form.
    pub event_version: String,
    /// The event as JSON text, stored byte for byte; at most [`MAX_EVENT_BYTES`].
    pub payload: String,
}

/// Largest payload of one event, in bytes.
pub const MAX_EVENT_BYTES: usize = 256 * 1024;

/// Events for one stream within an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where they go.
    pub stream: StreamId,
    /// What the writer believes about the stream.
    pub expected: Expected,
    /// The events, in order; never empty.
    pub events: Vec<NewEvent>,
}

/// Claims an outside identity for ever: (tenant, kind, key) is unique over the whole log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyClaim {
    /// Kind of identity, for example `message`.
    pub kind: String,
    /// The identity itself; callers hash what is personal.
    pub key: String,
    /// What it stands for, for example `conversation/message`.
    pub value: String,
}

/// Bytes that are stored in the same transaction as the events that name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBlob {
    /// SHA-256 of the bytes, in lower-case hex.
    pub sha256: String,
    /// The bytes; at most [`MAX_LOG_BLOB_BYTES`].
    pub bytes: Bytes,
}

/// Largest blob that is stored beside events, in bytes; larger ones go to the blob store first.
pub const MAX_LOG_BLOB_BYTES: usize = 256 * 1024;

/// One command's events over all its streams, appended as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// Tenant that owns the events.
    pub tenant: String,
    /// Identifier of the command; a repeat returns the first result.
    pub command_id: Uuid,
    /// Hash over what was asked; a repeat with another fingerprint is refused.
    pub fingerprint: String,
    /// Outside identities to claim in the same transaction.
    pub keys: Vec<KeyClaim>,
    /// Small blobs that the events name; one that is there already is left as it is.
    pub blobs: Vec<NewBlob>,
    /// The events by stream; no stream twice.
    pub writes: Vec<Write>,
    /// Metadata that all events share (`actor`, `correlation_id`, ...); `event_id` is added to each.
    pub metadata: BTreeMap<String, String>,
    /// Answer of the command, kept with it and returned on a repeat; free of personal data.
    pub outcome: Option<String>,
}

/// Version that a stream has reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamVersion {
    /// The stream.
    pub stream: StreamId,
    /// Version of its last event.
    pub version: u64,
}

/// Result of an append that is safe on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Position of the first event.
    pub first_position: u64,
    /// Position of the last event.
    pub last_position: u64,
    /// Versions that the written streams reached, in the order of the writes.
    pub versions: Vec<StreamVersion>,
    /// When the events were recorded.
    pub recorded_at: Timestamp,
    /// What the command stored as its answer.
    pub outcome: Option<String>,
    /// Whether this answers a repeat of an earlier command.
    pub repeated: bool,
}
