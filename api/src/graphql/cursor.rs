//! Cursors of connections: the place of an entry in its order, opaque to clients.

use async_graphql::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use casebook_app::queries::{
    ContactKey, ConversationKey, DecisionKey, MessageKey, QueueKey, TicketKey, Timestamp,
};
use casebook_domain::ticket::Priority;

use super::error;

/// Longest cursor that is looked at, in bytes.
const BYTES_MAX: usize = 200;

/// A place in an ordered list that can be given to clients.
pub(super) trait Place: Sized {
    /// The place as text without `BASE64`.
    fn write(&self) -> String;

    /// Reads the text back.
    fn read(text: &str) -> Option<Self>;
}

/// The cursor of a place.
pub(super) fn encode(place: &impl Place) -> String {
    BASE64.encode(place.write())
}

/// Reads the cursor that a client gave for the argument `field`.
pub(super) fn decode<P: Place>(field: &str, cursor: &str) -> Result<P> {
    let bytes = if cursor.len() <= BYTES_MAX { BASE64.decode(cursor).ok() } else { None };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.and_then(|text| P::read(&text));
    place.ok_or_else(|| error::invalid(field, "is not a cursor of this connection"))
}

impl Place for QueueKey {
    fn write(&self) -> String {
        let micros = self.received_at.as_micros();
        format!("queue:{}:{micros}:{}", self.priority.number(), self.ticket_id)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("queue:")?.splitn(3, ':');
        Some(Self {
            priority: Priority::from_number(parts.next()?.parse().ok()?)?,
            received_at: Timestamp::from_micros(parts.next()?.parse().ok()?),
            ticket_id: parts.next()?.parse().ok()?,
        })
    }
}

impl Place for ContactKey {
    fn write(&self) -> String {
        format!("contact:{}", self.0)
    }

    fn read(text: &str) -> Option<Self> {
        Some(Self(text.strip_prefix("contact:")?.parse().ok()?))
    }
}

/// Places that are an instant and an identifier.
macro_rules! timed_places {
    ($($key:ident is $name:literal, $at:ident, $id:ident;)*) => {$(
        impl Place for $key {
            fn write(&self) -> String {
                format!(concat!($name, ":{}:{}"), self.$at.as_micros(), self.$id)
            }

            fn read(text: &str) -> Option<Self> {
                let text = text.strip_prefix(concat!($name, ":"))?;
                let (micros, id) = text.split_once(':')?;
                let $at = Timestamp::from_micros(micros.parse().ok()?);
                Some(Self { $at, $id: id.parse().ok()? })
            }
        }
    )*};
}

timed_places! {
    ConversationKey is "conversation", last_message_at, conversation_id;
    DecisionKey is "decision", created_at, decision_id;
    MessageKey is "message", counted_at, message_id;
    TicketKey is "ticket", received_at, ticket_id;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_and_others_are_refused() {
        let key = QueueKey {
            priority: Priority::HIGH,
            received_at: Timestamp::from_micros(-5),
            ticket_id: "0195c1a0-0000-7000-8000-000000000001".parse().expect("an id"),
        };
        assert_eq!(decode::<QueueKey>("after", &encode(&key)).ok(), Some(key));
        assert!(decode::<MessageKey>("after", &encode(&key)).is_err());
        let ticket = TicketKey { received_at: key.received_at, ticket_id: key.ticket_id };
        assert_eq!(decode::<TicketKey>("after", &encode(&ticket)).ok(), Some(ticket));
        assert!(decode::<ConversationKey>("after", &encode(&ticket)).is_err());
        let contact = ContactKey("0195c1a0-0000-7000-8000-000000000002".parse().expect("an id"));
        assert_eq!(decode::<ContactKey>("after", &encode(&contact)).ok(), Some(contact));
        for wrong in ["", "x", "cXVldWU6OTow", &"A".repeat(1000)] {
            assert!(decode::<QueueKey>("after", wrong).is_err(), "{wrong}");
        }
    }
}
