//! Addresses and accounts through which people write.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;

/// One address or account of a channel. Credentials are settings of the server, never policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// Stable name, unique in the tenant.
    pub name: String,
    /// What carries its messages to people.
    pub channel: Channel,
    /// Mail addresses, for e-mail; the first one is the sender of replies.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Where this inbox's mail without content goes on to; else the tenant's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_to: Option<String>,
    /// Personas of this inbox; else the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personas: Option<Vec<String>>,
    /// Subject prefix of this inbox, empty for none; else the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_prefix: Option<String>,
    /// Time in which an approved reply can be taken back, in seconds; else the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_delay_seconds: Option<u32>,
    /// Whether sending resolves the ticket; else as the tenant says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_on_send: Option<bool>,
    /// Team that takes this inbox's tickets when no routing rule applies; else the default team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}
