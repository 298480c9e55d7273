//! `/graphiql`: GraphiQL, to write queries in with the documentation of the schema beside them.
//!
//! Everything it needs is in this binary; it talks to this server only. It holds no secret: who
//! uses it enters a token under "Headers", which the page forgets when it is closed.

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

/// What the page may load and do: its own parts, and calls to this server. Its editor and its menus
/// place style sheets of their own; scripts it may not.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Parts of the page by name, with their media types.
const PARTS: [(&str, &str, &str); 6] = [
    ("app.js", SCRIPT, include_str!("app.js")),
    ("page.css", STYLE, include_str!("page.css")),
    ("graphiql.css", STYLE, include_str!("vendor/graphiql.css")),
    ("graphiql.js", SCRIPT, include_str!("vendor/graphiql.js")),
    ("react-dom.js", SCRIPT, include_str!("vendor/react-dom.js")),
    ("react.js", SCRIPT, include_str!("vendor/react.js")),
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
