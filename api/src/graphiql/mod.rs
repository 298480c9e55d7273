//! `/graphiql`: a page to write queries in, with the documentation of the schema beside them.
//!
//! Everything it needs is in this binary; it talks to this server only. It holds no secret: who
//! uses it enters a token, which the page keeps until it is closed.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use casebook_app::AppError;

use crate::ApiSettings;
use crate::problem::Problem;
use crate::state::Shared;

/// What the page may load and do: its own parts, and calls to this server. Nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Parts of the page by name, with their media types.
const PARTS: [(&str, &str, &str); 6] = [
    ("app.js", SCRIPT, include_str!("app.js")),
    ("client.js", SCRIPT, include_str!("client.js")),
    ("docs.js", SCRIPT, include_str!("docs.js")),
    ("hints.js", SCRIPT, include_str!("hints.js")),
    ("schema.js", SCRIPT, include_str!("schema.js")),
    ("style.css", STYLE, include_str!("style.css")),
];

/// `/graphiql` and its parts.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/graphiql", get(page)).route("/graphiql/{part}", get(part))
}

async fn page(State(shared): State<Arc<Shared>>) -> Result<Response, Problem> {
    is_offered(&shared.settings.api)?;
    Ok(file(HTML, include_str!("index.html")))
}

async fn part(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    is_offered(&shared.settings.api)?;
    let found = PARTS.iter().find(|(known, _, _)| *known == name);
    let (_, media, text) = found.ok_or(AppError::NotFound("page"))?;
    Ok(file(media, text))
}

/// Without introspection the page would know nothing.
fn is_offered(settings: &ApiSettings) -> Result<(), AppError> {
    let offered = settings.graphiql && settings.introspection;
    if offered { Ok(()) } else { Err(AppError::NotFound("page")) }
}

fn file(media: &'static str, text: &'static str) -> Response {
    let mut response = text.into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
