//! Messages of `graphql-transport-ws`.

use async_graphql::{Response, ServerError};
use axum::extract::ws::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::params::Params;

/// Longest id of an operation, in bytes.
const ID_BYTES_MAX: usize = 256;

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Said {
    /// It wants to be let in.
    ConnectionInit {
        /// Its credentials, and whatever else.
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// It asks whether anybody is there.
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// It is there.
    Pong {},
    /// It asks for an operation.
    Subscribe {
        /// Its name for the operation.
        id: String,
        /// The operation.
        payload: Box<Params>,
    },
    /// It wants no more of an operation.
    Complete {
        /// Its name for the operation.
        id: String,
    },
}

impl Said {
    /// Reads a message; `None` when it is none of the protocol.
    pub(super) fn read(text: &str) -> Option<Self> {
        let said = serde_json::from_str(text).ok()?;
        let named = |id: &str| !id.is_empty() && id.len() <= ID_BYTES_MAX;
        match &said {
            Self::Subscribe { id, .. } | Self::Complete { id } if !named(id) => None,
            _ => Some(said),
        }
    }
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Say<'a> {
    /// The client is let in.
    ConnectionAck,
    /// Somebody is there.
    Pong {
        /// What the ping carried.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    /// A result of an operation.
    Next {
        /// The client's name for the operation.
        id: &'a str,
        /// The result.
        payload: &'a Response,
    },
    /// An operation was not begun; there is nothing more of it.
    Error {
        /// The client's name for the operation.
        id: &'a str,
        /// Why.
        payload: &'a [ServerError],
    },
    /// There is nothing more of an operation.
    Complete {
        /// The client's name for the operation.
        id: &'a str,
    },
}

impl Say<'_> {
    /// The message as it is sent.
    pub(super) fn text(&self) -> Message {
        // Results hold JSON only: nothing in them can fail to be written.
        Message::text(serde_json::to_string(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_of_the_protocol_are_read() {
        for good in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"pong","payload":{"a":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ position }"}}"#,
            r#"{"id":"1","payload":{"query":"{ position }","variables":null},"type":"subscribe"}"#,
            r#"{"type":"complete","id":"1"}"#,
        ] {
            assert!(Said::read(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "ping",
            "[]",
            "null",
            r#"{"type":"connection_init","payload":7}"#,
            r#"{"type":"nonsense"}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ position }"}}"#,
            r#"{"type":"subscribe","payload":{"query":"{ position }"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":"x"}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"complete","id":7}"#,
        ] {
            assert!(Said::read(bad).is_none(), "{bad}");
        }
    }
}
