//! GraphQL over WebSocket by the protocol `graphql-transport-ws`.
//!
//! Source of the rules: <https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md>.

mod close;
mod connection;
mod line;
mod message;
mod operations;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::auth::AGENT;
use crate::state::Shared;

use connection::{Connection, Handshake};
use line::Line;

/// The one subprotocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// Opens a WebSocket. Who the caller is, is asked by `connection_init`.
pub(super) fn open(
    shared: Arc<Shared>,
    upgrade: WebSocketUpgrade,
    headers: &HeaderMap,
) -> Response {
    let at_door = match shared.seats.knock() {
        Ok(at_door) => at_door,
        Err(problem) => return problem.into_response(),
    };
    let bytes = |value: &axum::http::HeaderValue| value.as_bytes().to_vec();
    let handshake = Handshake {
        authorization: headers.get(header::AUTHORIZATION).map(bytes),
        agent: headers.get(AGENT).map(bytes),
    };
    let api = &shared.settings.api;
    let stall_max = Duration::from_millis(api.streams.stall_ms_max);
    let bytes_max = api.graphql_bytes_max;
    upgrade.protocols([PROTOCOL]).max_message_size(bytes_max).max_frame_size(bytes_max).on_upgrade(
        move |socket| async move {
            let speaks = socket.protocol().is_some();
            let line = Line::new(socket, stall_max);
            Connection::new(shared, line, handshake, at_door).run(speaks).await;
        },
    )
}
