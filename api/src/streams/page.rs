//! A page of events: a batch of CloudEvents in its JSON format.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use casebook_app::{Access, EventPage};

use super::params::Params;
use crate::problem::Problem;
use crate::state::Shared;

/// Media type of a batch (CloudEvents 1.0, JSON format, section 4.2).
const MEDIA: &str = "application/cloudevents-batch+json; charset=utf-8";
/// Header with the cursor of the next page.
const POSITION: &str = "x-casebook-position";

/// Answers with a page.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    access: &Access,
    mut params: Params,
) -> Result<Response, Problem> {
    let settings = &shared.settings.api.streams;
    let limit = params.limit.unwrap_or(settings.page_events_default);
    if limit > settings.page_events_max {
        let message =
            format!("is more than {} (api.streams.page_events_max)", settings.page_events_max);
        return Err(Problem::invalid("limit", message));
    }
    params.request.start = params.after.unwrap_or_default();
    let page = shared.app.events_page(access, &params.request, limit).await?;
    let mut response = batch(&page, params.request.personal).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    let cursor = page.reached.to_string();
    if page.has_more
        && let Ok(link) = HeaderValue::from_str(&next(&cursor, &params.chosen))
    {
        headers.insert(header::LINK, link);
    }
    if let Ok(cursor) = HeaderValue::from_str(&cursor) {
        headers.insert(POSITION, cursor);
    }
    metrics::counter!("casebook_stream_events_total", "kind" => "page")
        .increment(page.events.len() as u64);
    Ok(response)
}

fn batch(page: &EventPage, personal: bool) -> String {
    let mut body = String::from("[");
    for (number, event) in page.events.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        body.push_str(&event.json(personal));
    }
    body.push(']');
    body
}

/// The link to the next page (RFC 8288).
fn next(cursor: &str, chosen: &[(String, String)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("after", cursor);
    for (name, value) in chosen {
        query.append_pair(name, value);
    }
    format!("</events?{}>; rel=\"next\"", query.finish())
}
