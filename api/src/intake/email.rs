//! `POST /intake/email`: a raw mail with its envelope.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use casebook_app::{AppError, Arrival, ReceiveEmail, Received};

use super::receipt::Receipt;
use super::{secrets, wait};
use crate::body::{self, BodyLimit};
use crate::detached::run;
use crate::problem::Problem;
use crate::state::Shared;

/// Header with the recipient on the envelope.
const ENVELOPE_TO: &str = "x-envelope-to";
/// Header with the sender on the envelope.
const ENVELOPE_FROM: &str = "x-envelope-from";

/// Receives a raw mail; the answer says that it is safe on disk. With `wait=true` it is the result
/// of triage, when there is one in time.
pub(super) async fn receive(
    State(shared): State<Arc<Shared>>,
    options: Result<Query<wait::Options>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let wait = wait::wanted(options, false)?;
    let known = shared.app.policies().tenants();
    let access = secrets::authorise(&shared.settings, known, &headers)?;
    let envelope_to = envelope(&headers, ENVELOPE_TO).ok_or(AppError::NotFound("address"))?;
    let raw = body::read(&headers, body, limit(&shared)).await?;
    let arrival = Arrival::Live { envelope_to, envelope_from: envelope(&headers, ENVELOPE_FROM) };
    let app = shared.app.clone();
    let request = ReceiveEmail { raw, arrival };
    let received = run(async move { app.receive_email(&access, request).await }).await?;
    metrics::counter!("casebook_intake_messages_total", "route" => "email").increment(1);
    answer(&shared, received, wait).await
}

async fn answer(shared: &Shared, received: Received, wait: bool) -> Result<Response, Problem> {
    if wait && received.ticket_id.is_some() {
        // The mail is safe: a failure to read its decision must not look like a failure to
        // receive it, or it would be sent again.
        match wait::for_triage(shared, &received).await {
            Ok(answer) if answer.is_decided() => {
                return Ok((StatusCode::OK, Json(answer)).into_response());
            }
            Ok(_) => {}
            Err(error) => crate::problem::report(&error),
        }
    }
    let receipt = Receipt::new(&shared.app, received);
    Ok((StatusCode::ACCEPTED, Json(receipt)).into_response())
}

fn limit(shared: &Shared) -> BodyLimit {
    BodyLimit {
        name: "intake.mail_bytes_max",
        bytes_max: shared.settings.intake.mail_bytes_max,
        timeout: Duration::from_millis(shared.settings.api.body_timeout_ms),
    }
}

/// An address on the envelope, without angle brackets; `None` when it is absent or blank.
///
/// Bytes that are no UTF-8 become U+FFFD: the domain behind a broken local part still tells whose
/// mail it is.
fn envelope(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    let address = value.trim().trim_start_matches('<').trim_end_matches('>').trim();
    (!address.is_empty()).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(value: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(ENVELOPE_TO, HeaderValue::from_bytes(value).expect("a header"));
        envelope(&headers, ENVELOPE_TO)
    }

    #[test]
    fn envelope_addresses_are_read_whatever_their_bytes() {
        assert_eq!(read(b"a@b.example").as_deref(), Some("a@b.example"));
        assert_eq!(read(b" <a@b.example> ").as_deref(), Some("a@b.example"));
        assert_eq!(read("jürgen@b.example".as_bytes()).as_deref(), Some("jürgen@b.example"));
        assert_eq!(read(b"j\xfcrgen@b.example").as_deref(), Some("j\u{fffd}rgen@b.example"));
        assert_eq!(read(b"<>"), None);
        assert_eq!(read(b""), None);
    }
}
