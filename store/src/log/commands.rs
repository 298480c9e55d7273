//! Recorded commands: the versions that they reached, as text in their table.

use casebook_domain::Timestamp;

use super::{Appended, StreamId, StreamVersion};
use crate::StoreError;

/// A command that was recorded, with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCommand {
    /// Tenant that gave it.
    pub tenant: String,
    /// Hash over what was asked.
    pub fingerprint: String,
    /// What came of it.
    pub appended: Appended,
}

/// The columns of a recorded command, as both databases return them.
pub(crate) struct CommandColumns {
    pub tenant: String,
    pub fingerprint: String,
    pub first_position: u64,
    pub last_position: u64,
    pub versions: String,
    pub outcome: Option<String>,
    pub recorded_at: i64,
}

impl TryFrom<CommandColumns> for RecordedCommand {
    type Error = StoreError;

    fn try_from(columns: CommandColumns) -> Result<Self, Self::Error> {
        let versions = decode_versions(&columns.versions)?;
        Ok(Self {
            tenant: columns.tenant,
            fingerprint: columns.fingerprint,
            appended: Appended {
                first_position: columns.first_position,
                last_position: columns.last_position,
                versions,
                recorded_at: Timestamp::from_micros(columns.recorded_at),
                outcome: columns.outcome,
                repeated: false,
            },
        })
    }
}

/// `[["ticket","id",5], ...]`, in the order of the writes.
pub(crate) fn encode_versions(versions: &[StreamVersion]) -> String {
    let rows: Vec<_> = versions.iter().map(|v| (&v.stream.kind, &v.stream.id, v.version)).collect();
    // Strings and numbers always serialise.
    serde_json::to_string(&rows).unwrap_or_default()
}

fn decode_versions(text: &str) -> Result<Vec<StreamVersion>, StoreError> {
    let rows: Vec<(String, String, u64)> = serde_json::from_str(text).map_err(|_| {
        StoreError::Column { column: "versions".into(), problem: "is not a list of versions" }
    })?;
    Ok(rows
        .into_iter()
        .map(|(kind, id, version)| StreamVersion { stream: StreamId::new(kind, id), version })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_survive_their_text() {
        let versions = vec![
            StreamVersion { stream: StreamId::new("ticket", "a\"b"), version: 7 },
            StreamVersion { stream: StreamId::new("contact", "ä"), version: 1 },
        ];
        assert_eq!(decode_versions(&encode_versions(&versions)).expect("decode"), versions);
        assert!(decode_versions("x").is_err());
    }
}
