//! Which policy is in force: publications and rollbacks of one tenant, as a stream of its own.

mod history;

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::event::{DecodeError, LogEvent};

pub use history::{PolicyHistory, Term, VersionHistory};

/// What happened to a tenant's policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum PolicyEvent {
    /// A version came into force.
    PolicyPublished(PolicyPublished),
    /// An earlier version came into force again.
    PolicyRolledBack(PolicyRolledBack),
}

/// See [`PolicyEvent::PolicyPublished`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyPublished {
    /// SHA-256 in hex over the canonical JSON of the policy.
    pub version: String,
    /// Name of the policy among the tenant's, for example `default`.
    pub name: String,
    /// SHA-256 in hex of the blob that holds the canonical JSON; equal to `version`.
    pub blob: String,
    /// Number of bytes of the blob.
    pub size_bytes: u64,
    /// Why it was published, in the publisher's words.
    pub note: Option<String>,
}

/// See [`PolicyEvent::PolicyRolledBack`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyRolledBack {
    /// The version in force from now on.
    pub version: String,
    /// The version it replaces.
    pub replaced: String,
    /// Why, in the publisher's words.
    pub note: Option<String>,
}

/// What can be asked of a tenant's policy log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyCommand {
    /// Bring a version into force; a repeat of the one in force changes nothing.
    Publish {
        /// SHA-256 in hex over the canonical JSON; also the key of its blob.
        version: String,
        /// Name of the policy.
        name: String,
        /// Number of bytes of the blob.
        size_bytes: u64,
        /// Why.
        note: Option<String>,
    },
    /// Bring an earlier version into force again.
    Rollback {
        /// The version, or the beginning of it.
        version: String,
        /// Why.
        note: Option<String>,
    },
}

/// Why the policy log refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyLogError {
    /// No version was ever published that begins so.
    #[error("no published version begins with {0}; `casebook policy list` shows them")]
    UnknownVersion(String),
    /// Several versions begin so.
    #[error("several published versions begin with {0}; give more digits")]
    Ambiguous(String),
}

/// The versions of a tenant's policy, and the one in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyLog {
    in_force: Option<String>,
    versions: BTreeMap<String, String>,
}

impl PolicyLog {
    /// The version in force.
    pub fn in_force(&self) -> Option<&str> {
        self.in_force.as_deref()
    }

    /// Every version ever published, with its name.
    pub const fn versions(&self) -> &BTreeMap<String, String> {
        &self.versions
    }

    /// Decides what a command leads to.
    ///
    /// # Errors
    /// [`PolicyLogError`] when a rollback does not name one known version.
    pub fn decide(&self, command: PolicyCommand) -> Result<Vec<PolicyEvent>, PolicyLogError> {
        match command {
            PolicyCommand::Publish { version, .. } if self.in_force() == Some(&version) => {
                Ok(Vec::new())
            }
            PolicyCommand::Publish { version, name, size_bytes, note } => {
                Ok(vec![PolicyEvent::PolicyPublished(PolicyPublished {
                    blob: version.clone(),
                    version,
                    name,
                    size_bytes,
                    note,
                })])
            }
            PolicyCommand::Rollback { version, note } => {
                let version = self.find(&version)?;
                let Some(replaced) = self.in_force.clone().filter(|now| *now != version) else {
                    return Ok(Vec::new());
                };
                Ok(vec![PolicyEvent::PolicyRolledBack(PolicyRolledBack {
                    version,
                    replaced,
                    note,
                })])
            }
        }
    }

    fn find(&self, beginning: &str) -> Result<String, PolicyLogError> {
        let mut found = self.versions.keys().filter(|version| version.starts_with(beginning));
        match (found.next(), found.next()) {
            (Some(version), None) => Ok(version.clone()),
            (None, _) => Err(PolicyLogError::UnknownVersion(beginning.to_owned())),
            (Some(_), Some(_)) => Err(PolicyLogError::Ambiguous(beginning.to_owned())),
        }
    }
}

impl Aggregate for PolicyLog {
    const TYPE: &'static str = "policy";
    type Command = PolicyCommand;
    type Event = PolicyEvent;
    type Error = PolicyLogError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            PolicyEvent::PolicyPublished(published) => {
                self.versions.insert(published.version.clone(), published.name);
                self.in_force = Some(published.version);
            }
            PolicyEvent::PolicyRolledBack(back) => self.in_force = Some(back.version),
        }
    }
}

impl LogEvent for PolicyEvent {
    const STREAM_KIND: &'static str = "policy";

    fn upcast(
        event_type: &str,
        event_version: &str,
        _payload: serde_json::Value,
    ) -> Result<serde_json::Value, DecodeError> {
        Err(DecodeError::unknown(event_type, event_version))
    }

    fn is_present_form(_event_type: &str, event_version: &str) -> bool {
        event_version == "1"
    }
}

impl cqrs_es::DomainEvent for PolicyEvent {
    fn event_type(&self) -> String {
        match self {
            Self::PolicyPublished(_) => "PolicyPublished",
            Self::PolicyRolledBack(_) => "PolicyRolledBack",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
