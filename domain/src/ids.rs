//! Typed identifiers, and how identifiers of things from outside are derived.
//!
//! What comes from outside gets a UUIDv5 of its keys, so that the same mail seen twice, by two
//! processes or after a restore, is the same conversation, message and ticket.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of all derived identifiers.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_52c4_93a7_4e0b_8a58_0c7e_11ba_d3f2);

/// Derives an identifier from its parts; parts are length-prefixed, so that no two lists collide.
pub fn derive(parts: &[&str]) -> Uuid {
    let mut name = Vec::new();
    for part in parts {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part.as_bytes());
    }
    Uuid::new_v5(&NAMESPACE, &name)
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        #[schemars(transparent)]
        pub struct $name(#[schemars(with = "String")] pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

typed_id!(
    /// The person who writes. Random, so that it says nothing about them.
    ContactId
);
typed_id!(
    /// The thread with a contact.
    ConversationId
);
typed_id!(
    /// The outcome of triage for one message.
    DecisionId
);
typed_id!(
    /// One entry in a conversation.
    MessageId
);
typed_id!(
    /// The piece of work that an inbound message opens.
    TicketId
);
typed_id!(
    /// A note that agents leave for each other.
    NoteId
);
typed_id!(
    /// A replacement of an order that was asked for.
    ReplacementId
);
typed_id!(
    /// A subscription by which a tenant's events are sent to an address.
    WebhookId
);

impl ConversationId {
    /// The conversation that the mail thread beginning with `root` opens in an inbox.
    pub fn of_thread(tenant: &str, inbox: &str, root: &str) -> Self {
        Self(derive(&["conversation", tenant, inbox, root]))
    }

    /// The conversation of a sender who wrote into `other` without taking part in it.
    pub fn beside(other: Self, address: &str) -> Self {
        Self(derive(&["conversation-beside", &other.to_string(), address]))
    }
}

impl MessageId {
    /// The message with this key in an inbox.
    pub fn of_key(tenant: &str, inbox: &str, key: &str) -> Self {
        Self(derive(&["message", tenant, inbox, key]))
    }
}

impl TicketId {
    /// The ticket that a message opens.
    pub fn opened_by(message: MessageId) -> Self {
        Self(derive(&["ticket", &message.to_string()]))
    }
}

impl DecisionId {
    /// The decision that classification makes about a message.
    pub fn by_model(message: MessageId) -> Self {
        Self(derive(&["model-decision", &message.to_string()]))
    }

    /// The decision that gates make about a message.
    pub fn by_gates(message: MessageId) -> Self {
        Self(derive(&["gate-decision", &message.to_string()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_repeat_and_parts_do_not_run_together() {
        assert_eq!(derive(&["a", "b"]), derive(&["a", "b"]));
        assert_ne!(derive(&["ab", "c"]), derive(&["a", "bc"]));
    }
}
