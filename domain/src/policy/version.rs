//! The identity of a policy: a hash of its content.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Policy;

/// Hex digits of a short version.
const SHORT: usize = 12;
/// Hex digits of a full version.
const FULL: usize = 64;

/// SHA-256 over the canonical JSON of a policy, as 64 lower-case hex digits.
///
/// Canonical JSON: object keys sorted by their bytes, no white space, strings and numbers as
/// `serde_json` writes them. `Display` gives the short form for people, `v` and 12 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct PolicyVersion(String);

impl PolicyVersion {
    /// All 64 hex digits, as recorded in events.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` names this version: in full, or by a beginning of at least four hex digits,
    /// with or without the leading `v`.
    pub fn matches(&self, text: &str) -> bool {
        let digits = text.strip_prefix('v').unwrap_or(text);
        digits.len() >= 4 && self.0.starts_with(digits)
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0.get(..SHORT).unwrap_or(&self.0))
    }
}

impl fmt::Debug for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not the full form of a policy version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a policy version is 64 lower-case hex digits")]
pub struct InvalidVersion;

impl FromStr for PolicyVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for PolicyVersion {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() == FULL && hex { Ok(Self(text)) } else { Err(InvalidVersion) }
    }
}

impl From<PolicyVersion> for String {
    fn from(version: PolicyVersion) -> Self {
        version.0
    }
}

impl Policy {
    /// The identity of this policy's content.
    pub fn version(&self) -> PolicyVersion {
        let digest = Sha256::digest(self.canonical_json().as_bytes());
        PolicyVersion(hex::encode(digest))
    }

    /// The text that [`Policy::version`] is the hash of; reading it gives an equal policy.
    pub fn canonical_json(&self) -> String {
        canonical(&self.value())
    }

    /// The policy as a JSON value. Every key is text and every number finite in what can be read
    /// from a file, so writing it cannot fail; a value built otherwise gives `null`.
    pub(super) fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

/// Writes a value with sorted keys, whatever order the map type of this build keeps.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_bytes());
            let members: Vec<String> = entries
                .into_iter()
                .map(|(key, member)| format!("{}:{}", Value::from(key.as_str()), canonical(member)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_is_sorted_at_every_depth() {
        let value: Value =
            serde_json::from_str(r#"{"b":[{"z":1,"a":0.70}],"a":"\u00fc\n"}"#).expect("json");
        assert_eq!(canonical(&value), "{\"a\":\"ü\\n\",\"b\":[{\"a\":0.7,\"z\":1}]}");
    }

    #[test]
    fn a_version_is_read_from_its_full_form_only() {
        let full = "0123456789abcdef".repeat(4);
        let version: PolicyVersion = full.parse().expect("full form");
        assert_eq!(version.to_string(), "v0123456789ab");
        assert!(
            version.matches("v0123456789ab") && version.matches("0123") && version.matches(&full)
        );
        assert!(!version.matches("v012") && !version.matches("v1234"));
        assert_eq!("v0123".parse::<PolicyVersion>(), Err(InvalidVersion));
        assert_eq!(full.to_uppercase().parse::<PolicyVersion>(), Err(InvalidVersion));
    }
}
