//! How replies leave: brand, personas, prefix, time to undo.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Inbox, Policy};
use crate::channel::Channel;

/// The tenant's rules for replies; an [`Inbox`] may override them one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sending {
    /// Second line of the sign-off.
    pub brand: String,
    /// Names under which replies are signed; a person always gets the same one.
    pub personas: Vec<String>,
    /// Prefix of the subject of each reply; `None` sends the subject as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_prefix: Option<String>,
    /// Time in which an approved e-mail can be taken back, in seconds.
    #[serde(default = "ten_seconds")]
    pub undo_delay_seconds: u32,
    /// The same for chat, in seconds.
    #[serde(default)]
    pub chat_undo_delay_seconds: u32,
    /// Whether sending a reply resolves the ticket.
    #[serde(default = "yes")]
    pub resolve_on_send: bool,
}

const fn ten_seconds() -> u32 {
    10
}

const fn yes() -> bool {
    true
}

/// The rules that hold for one inbox, overrides applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendingFor<'a> {
    /// Second line of the sign-off.
    pub brand: &'a str,
    /// Names under which replies are signed.
    pub personas: &'a [String],
    /// Prefix of the subject of each reply.
    pub subject_prefix: Option<&'a str>,
    /// Time in which an approved reply can be taken back, in seconds.
    pub undo_delay_seconds: u32,
    /// Whether sending a reply resolves the ticket.
    pub resolve_on_send: bool,
}

impl Policy {
    /// The rules for replies through `inbox`, or the tenant's for e-mail when there is none.
    pub fn sending_for<'a>(&'a self, inbox: Option<&'a Inbox>) -> SendingFor<'a> {
        let own = &self.sending;
        let prefix = inbox
            .and_then(|inbox| inbox.subject_prefix.as_deref())
            .or(own.subject_prefix.as_deref());
        let tenant_delay = match inbox {
            Some(inbox) if is_chat(inbox.channel) => own.chat_undo_delay_seconds,
            _ => own.undo_delay_seconds,
        };
        SendingFor {
            brand: &own.brand,
            personas: inbox
                .and_then(|inbox| inbox.personas.as_deref())
                .unwrap_or(own.personas.as_slice()),
            subject_prefix: prefix.filter(|prefix| !prefix.trim().is_empty()),
            undo_delay_seconds: inbox
                .and_then(|inbox| inbox.undo_delay_seconds)
                .unwrap_or(tenant_delay),
            resolve_on_send: inbox
                .and_then(|inbox| inbox.resolve_on_send)
                .unwrap_or(own.resolve_on_send),
        }
    }
}

/// Whether messages of a channel are answered at the pace of a chat.
const fn is_chat(channel: Channel) -> bool {
    matches!(channel, Channel::WebWidget | Channel::Whatsapp | Channel::Telegram)
}
