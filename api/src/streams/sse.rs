//! Events as Server-Sent Events: history first, then live, until somebody hangs up.
//!
//! The next events are read when the connection can take them, so a slow reader is slowed down and
//! nothing piles up here. Who takes nothing at all is cut off by the listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use casebook_app::{Access, EventFeed, StreamEvent};
use futures::Stream;
use futures::stream::unfold;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::params::{Params, start};
use super::{Seat, stopped};
use crate::problem::{Problem, report};
use crate::state::Shared;

/// Media type of Server-Sent Events.
pub(super) const MEDIA: &str = "text/event-stream";
/// Header with the cursor of the last event that a client has seen.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Answers with a stream. `Last-Event-ID` goes before `after`: it is where the client has come to
/// by itself.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    access: &Access,
    mut params: Params,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    if params.limit.is_some() {
        return Err(Problem::invalid("limit", "is for pages; a stream has no end"));
    }
    let last = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or_default());
    let begun = last.filter(|last| !last.is_empty()).map(|last| start("last-event-id", last));
    params.request.start = begun.transpose()?.or(params.after).unwrap_or_default();
    let settings = &shared.settings.api.streams;
    let seat = shared.seats.take("sse")?;
    let feed = shared.app.follow_events(access, &params.request, settings.buffer_events).await?;
    let stream = Following {
        feed,
        heartbeat: heartbeat(Duration::from_millis(settings.heartbeat_ms)),
        stopping: shared.stopping.clone(),
        greeted: false,
        _seat: seat,
    };
    let mut response = Body::from_stream(chunks(stream)).into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, MEDIA),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::VARY, "accept"),
        // Proxies of the nginx kind would hold back what is not yet a bufferful.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

struct Following {
    feed: EventFeed,
    heartbeat: Interval,
    stopping: watch::Receiver<bool>,
    greeted: bool,
    _seat: Seat,
}

fn heartbeat(pause: Duration) -> Interval {
    let mut interval = interval_at(tokio::time::Instant::now() + pause, pause);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

fn chunks(stream: Following) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    unfold(stream, |mut stream| async move {
        let chunk = stream.next().await?;
        Some((Ok(chunk), stream))
    })
}

impl Following {
    /// What is sent next; `None` when the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.greeted {
            self.greeted = true;
            return Some(self.greeting());
        }
        loop {
            let page = tokio::select! {
                biased;
                () = stopped(&mut self.stopping) => return None,
                page = self.feed.next_page() => Some(page),
                _ = self.heartbeat.tick() => None,
            };
            match page {
                None => return Some(self.sign_of_life()),
                Some(Ok(events)) if events.is_empty() => {}
                Some(Ok(events)) => {
                    self.heartbeat.reset();
                    return Some(frames(&events, self.feed.is_personal()));
                }
                Some(Err(error)) => {
                    // The client comes back to where it was.
                    report(&error);
                    return None;
                }
            }
        }
    }

    /// What every stream begins with: it is open, clients come back after two seconds, and to here,
    /// whatever happens before the first event.
    fn greeting(&self) -> Bytes {
        format!(": casebook\nretry: 2000\nid: {}\n\n", self.feed.position()).into()
    }

    /// A comment, and the cursor alone: it dispatches nothing, but the client comes back to it, so
    /// that nobody searches twice what holds nothing for them.
    fn sign_of_life(&self) -> Bytes {
        format!(": heartbeat\nid: {}\n\n", self.feed.position()).into()
    }
}

fn frames(events: &[Arc<StreamEvent>], personal: bool) -> Bytes {
    let mut text = String::new();
    for event in events {
        let cursor = &event.public(personal).position;
        // JSON on one line holds no line break.
        text.push_str(&format!("id: {cursor}\ndata: {}\n\n", event.json(personal)));
    }
    metrics::counter!("casebook_stream_events_total", "kind" => "sse")
        .increment(events.len() as u64);
    text.into()
}
