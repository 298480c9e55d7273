//! Appends for the unit tests of this crate.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Append, Expected, NewEvent, StreamId, Write};

/// The `number`-th command of `tenant`, writing to (kind, id, expected, count of events).
pub(crate) fn append(
    tenant: &str,
    number: u128,
    writes: &[(&str, &str, Expected, usize)],
) -> Append {
    let writes = writes
        .iter()
        .map(|&(kind, id, expected, count)| Write {
            stream: StreamId::new(kind, id),
            expected,
            events: (0..count).map(|i| event(number * 1_000 + i as u128)).collect(),
        })
        .collect();
    Append {
        tenant: tenant.into(),
        command_id: Uuid::from_u128(number),
        fingerprint: format!("f{number}"),
        keys: vec![],
        blobs: vec![],
        writes,
        metadata: BTreeMap::new(),
        outcome: Some(format!("done {number}")),
    }
}

/// An event with the identifier `number`.
pub(crate) fn event(number: u128) -> NewEvent {
    NewEvent {
        event_id: Uuid::from_u128(number),
        event_type: "Noted".into(),
        event_version: "1".into(),
        payload: format!("{{\"Noted\":{{\"number\":{number}}}}}"),
    }
}
