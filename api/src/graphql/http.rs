//! `/graphql`, as "GraphQL over HTTP" has it: POST with JSON, GET for queries.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response as Answer, Value};
use axum::Router;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use casebook_app::Access;

use super::document;
use super::execute;
use super::params;
use super::ws;
use crate::accept;
use crate::auth::Caller;
use crate::body::{self, BodyLimit};
use crate::json;
use crate::problem::Problem;
use crate::state::Shared;

/// Media type of answers whose status tells about the request.
const GRAPHQL_JSON: &str = "application/graphql-response+json";

/// `/graphql`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/graphql", get(by_get).post(by_post))
}

async fn by_post(
    State(shared): State<Arc<Shared>>,
    caller: Result<Caller, Problem>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let access = match caller {
        Ok(Caller(access)) => access,
        Err(problem) => return refuse(&headers, problem),
    };
    match read_post(&shared, &headers, body).await {
        Err(problem) => refuse(&headers, problem),
        Ok(params) => match params.into_request(&shared.documents) {
            Ok(request) => answer(&shared, access, &headers, request).await,
            Err(problem) => refuse_document(&headers, problem),
        },
    }
}

async fn read_post(
    shared: &Shared,
    headers: &HeaderMap,
    body: Body,
) -> Result<params::Params, Problem> {
    // Only JSON: what a form of a stranger's page can send is no JSON.
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        let message = "send application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID", message));
    }
    let settings = &shared.settings.api;
    let limit = BodyLimit {
        name: "api.graphql_bytes_max",
        bytes_max: settings.graphql_bytes_max,
        timeout: Duration::from_millis(settings.body_timeout_ms),
    };
    let bytes = body::read(headers, body, limit).await?;
    json::read(&bytes)
}

async fn by_get(
    State(shared): State<Arc<Shared>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    caller: Result<Caller, Problem>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Ok(upgrade) = upgrade {
        return ws::open(shared, upgrade, &headers);
    }
    match caller {
        Ok(Caller(access)) => ask_by_get(&shared, access, query.as_deref(), &headers).await,
        Err(problem) => refuse(&headers, problem),
    }
}

async fn ask_by_get(
    shared: &Arc<Shared>,
    access: Access,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Response {
    let settings = &shared.settings.api;
    let params = match params::Params::from_query(settings, query.unwrap_or_default()) {
        Ok(params) => params,
        Err(problem) => return refuse(headers, problem),
    };
    match params.into_request(&shared.documents) {
        Err(problem) => refuse_document(headers, problem),
        Ok(mut request) => {
            let name = request.operation_name.clone();
            let document = request.parsed_query().ok();
            let kind = document.and_then(|document| document::operation(document, name.as_deref()));
            if kind.is_some_and(|kind| kind != OperationType::Query) {
                let message = "GET is for queries; send this by POST";
                let status = StatusCode::METHOD_NOT_ALLOWED;
                let refused = refuse(headers, Problem::new(status, "INVALID", message));
                return ([(header::ALLOW, "POST")], refused).into_response();
            }
            answer(shared, access, headers, request).await
        }
    }
}

async fn answer(
    shared: &Arc<Shared>,
    access: Access,
    headers: &HeaderMap,
    request: Request,
) -> Response {
    let timeout = Duration::from_millis(shared.settings.api.graphql_timeout_ms);
    match tokio::time::timeout(timeout, execute::execute(shared, access, request)).await {
        Ok(answer) => respond(headers, &answer),
        Err(_) => refuse(headers, overdue()),
    }
}

/// The refusal of a request that took too long.
pub(super) fn overdue() -> Problem {
    let message = "the query took too long; ask for less";
    let mut problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "LIMIT", message);
    problem.body.limit = Some("api.graphql_timeout_ms");
    problem
}

/// The answer of an executed request.
fn respond(headers: &HeaderMap, answer: &Answer) -> Response {
    // Without data and without a path to a field, nothing was executed: the request was wrong.
    let unexecuted = answer.data == Value::Null
        && !answer.errors.is_empty()
        && answer.errors.iter().all(|error| error.path.is_empty());
    let graphql = wants_graphql_json(headers);
    let status = match unexecuted && graphql {
        true if answer.errors.iter().any(is_unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        true => StatusCode::BAD_REQUEST,
        false => StatusCode::OK,
    };
    let media = if graphql { GRAPHQL_JSON } else { "application/json" };
    let json = if unexecuted {
        serde_json::to_vec(&serde_json::json!({ "errors": answer.errors }))
    } else {
        serde_json::to_vec(answer)
    };
    match json {
        Ok(json) => (status, [(header::CONTENT_TYPE, media)], json).into_response(),
        Err(error) => Problem::from(casebook_app::AppError::fault(error)).into_response(),
    }
}

/// Whether the answer was there and may not be shown.
fn is_unavailable(error: &async_graphql::ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    code == Some(&Value::from("UNAVAILABLE"))
}

/// The answer to a request whose document cannot be executed: where the media type does not let
/// the status tell about it, the request itself was fine.
fn refuse_document(headers: &HeaderMap, mut problem: Problem) -> Response {
    if problem.status == StatusCode::BAD_REQUEST && !wants_graphql_json(headers) {
        problem.status = StatusCode::OK;
    }
    refuse(headers, problem)
}

/// The answer to what is no request: an error in GraphQL's form under the status of the problem.
fn refuse(headers: &HeaderMap, problem: Problem) -> Response {
    let media = if wants_graphql_json(headers) { GRAPHQL_JSON } else { "application/json" };
    let (status, head) = (problem.status, problem.headers());
    let json = serde_json::json!({ "errors": [problem.into_error()] }).to_string();
    (status, head, [(header::CONTENT_TYPE, media)], json).into_response()
}

/// Whether the caller takes the media type whose status tells about the request.
fn wants_graphql_json(headers: &HeaderMap) -> bool {
    accept::takes(headers, GRAPHQL_JSON)
}
