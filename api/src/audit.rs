//! `GET /audit.jsonl` and `GET /audit.csv`: the audit trail as a file, written while it is read.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use casebook_app::queries::{Cursor, Timestamp};
use casebook_app::{Access, AppError, AuditExport, AuditFormat, AuditRequest, AuditSubject};
use futures::stream;

use crate::auth::Caller;
use crate::problem::{Problem, once, report};
use crate::state::Shared;

/// Longest query string that is looked at, in bytes.
const QUERY_BYTES_MAX: usize = 16 * 1024;

/// `/audit.jsonl` and `/audit.csv`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/audit.jsonl", get(json_lines)).route("/audit.csv", get(csv))
}

async fn json_lines(
    State(shared): State<Arc<Shared>>,
    Caller(access): Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    export(&shared, &access, query.as_deref(), AuditFormat::JsonLines).await
}

async fn csv(
    State(shared): State<Arc<Shared>>,
    Caller(access): Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    export(&shared, &access, query.as_deref(), AuditFormat::Csv).await
}

async fn export(
    shared: &Shared,
    access: &Access,
    query: Option<&str>,
    format: AuditFormat,
) -> Result<Response, Problem> {
    let request = read_query(query.unwrap_or_default())?;
    let app = &shared.app;
    // The index is complete before it is asked: the file holds everything up to now.
    let position = app.last_position(access).await?;
    let now = Cursor { log_id: app.log_id(), position };
    let patience = Duration::from_millis(shared.settings.api.wait_max_ms);
    app.wait_for_trail(access, &shared.projections, now, patience).await?;
    let export = app.audit_export(access, &request, format, position).await?;
    let (content_type, name) = match format {
        AuditFormat::JsonLines => ("application/x-ndjson", "attachment; filename=\"audit.jsonl\""),
        AuditFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
    };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, name),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    let parts = stream::try_unfold(export, part);
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// The next part of the file. A failure in the middle breaks the connection off, so that nobody
/// takes half a file for a whole one.
async fn part(mut export: AuditExport) -> Result<Option<(String, AuditExport)>, AppError> {
    match export.next().await {
        Ok(part) => Ok(part.map(|text| (text, export))),
        Err(error) => {
            report(&error);
            Err(error)
        }
    }
}

/// The filters, by the names that `auditTrail` of GraphQL gives them; `event` may stand several
/// times.
fn read_query(query: &str) -> Result<AuditRequest, Problem> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(Problem::invalid("$", "the query string is too long"));
    }
    let mut request = AuditRequest::default();
    let mut subjects = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "ticket" => subjects.push(AuditSubject::Ticket(id("ticket", &value)?)),
            "conversation" => {
                subjects.push(AuditSubject::Conversation(id("conversation", &value)?));
            }
            "contact" => subjects.push(AuditSubject::Contact(id("contact", &value)?)),
            "policies" if value == "true" => subjects.push(AuditSubject::Policies),
            "policies" if value == "false" => {}
            "policies" => return Err(Problem::invalid("policies", "is true or false")),
            "tenant" => once("tenant", &mut request.tenant, value.into_owned())?,
            "actor" => once("actor", &mut request.actor, value.into_owned())?,
            "event" => request.event_types.push(value.into_owned()),
            "from" => once("from", &mut request.from, instant("from", &value)?)?,
            "until" => once("until", &mut request.until, instant("until", &value)?)?,
            other => return Err(Problem::invalid(other, "is not a known parameter")),
        }
    }
    request.subject = subjects.pop().unwrap_or_default();
    if !subjects.is_empty() {
        let message = "give at most one of ticket, conversation, contact and policies";
        return Err(Problem::invalid("$", message));
    }
    Ok(request)
}

fn id<T: std::str::FromStr>(field: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::invalid(field, "is not a UUID"))
}

fn instant(field: &str, text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| Problem::invalid(field, "is not an RFC 3339 instant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_and_what_is_none_is_refused() {
        let id = "0195c1a0-0000-7000-8000-000000000001";
        let query = format!("ticket={id}&event=A&event=B&from=2026-04-08T12%3A00%3A00Z&actor=a");
        let request = read_query(&query).expect("a request");
        assert_eq!(request.subject, AuditSubject::Ticket(id.parse().expect("an id")));
        assert_eq!(request.event_types, ["A", "B"]);
        assert_eq!(request.from.map(|at| at.as_micros()), Some(1_775_649_600_000_000));
        for (query, field) in [
            ("ticket=x", "ticket"),
            ("until=yesterday", "until"),
            ("policies=perhaps", "policies"),
            ("colour=red", "colour"),
        ] {
            let problem = read_query(query).expect_err("refused");
            assert_eq!(problem.body.field.as_deref(), Some(field), "{query}");
        }
        let two = read_query(&format!("ticket={id}&policies=true")).expect_err("refused");
        assert_eq!(two.body.code, "INVALID");
    }
}
