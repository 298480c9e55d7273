//! `GET /events`: public events of the log, as pages and as a stream that stays open.

mod page;
mod params;
mod seats;
pub(crate) mod settings;
mod sse;

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use tokio::sync::watch;

use crate::accept;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::Shared;

pub(crate) use seats::{AtDoor, Seat, Seats};

/// `/events`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/events", get(events))
}

async fn events(
    State(shared): State<Arc<Shared>>,
    Caller(access): Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let params = params::Params::read(query.as_deref().unwrap_or_default())?;
    if accept::takes(&headers, sse::MEDIA) {
        sse::answer(&shared, &access, params, &headers).await
    } else {
        page::answer(&shared, &access, params).await
    }
}

/// Ends when the process is about to stop, or when nobody is left who could say so.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _told_or_left = stopping.wait_for(|stop| *stop).await.map(drop);
}
