//! A span in the log, a span of the trace and one measurement for each request. None holds more of
//! it than method and route: paths and query strings may tell something about a person.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use casebook_app::traces::TARGET;
use tracing::field::Empty;
use tracing::{Instrument, Span};

/// Routes that are asked every few seconds and tell nothing in a trace.
const UNTRACED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Measures a request under the names of OpenTelemetry.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let traced = traced(known(&method), &route, request.headers());
    let span = tracing::info_span!(
        parent: &traced,
        "http.request",
        http.request.method = method,
        http.route = route
    );
    let response = next.run(request).instrument(span).await;
    answered(&traced, response.status());
    let status = response.status().as_u16().to_string();
    let labels = [
        ("http_request_method", known(&method).to_owned()),
        ("http_route", route),
        ("http_response_status_code", status),
    ];
    metrics::histogram!("http_server_request_duration_seconds", &labels)
        .record(started.elapsed().as_secs_f64());
    response
}

/// The span of a request in a trace, by OpenTelemetry's conventions for HTTP servers.
fn traced(method: &'static str, route: &str, headers: &HeaderMap) -> Span {
    if UNTRACED.contains(&route) {
        return Span::none();
    }
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    tracing::info_span!(
        target: TARGET,
        "http",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        "error.type" = Empty,
        trace.parent = header("traceparent"),
    )
}

/// Notes the answer; only the server's own failures are errors of the server.
fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("error.type", status.as_str());
    }
}

/// The method, when it is one that is served; others are told apart by nobody.
fn known(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}
