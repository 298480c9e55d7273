//! One span and one measurement for each request. Neither holds more of it than method and route:
//! paths and query strings may tell something about a person.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

/// Measures a request under the names of OpenTelemetry.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let span =
        tracing::info_span!("http.request", http.request.method = method, http.route = route);
    let response = next.run(request).instrument(span).await;
    let status = response.status().as_u16().to_string();
    let labels = [
        ("http_request_method", known(&method)),
        ("http_route", route),
        ("http_response_status_code", status),
    ];
    metrics::histogram!("http_server_request_duration_seconds", &labels)
        .record(started.elapsed().as_secs_f64());
    response
}

/// The method, when it is one that is served; others are told apart by nobody.
fn known(method: &str) -> String {
    match method {
        "GET" | "POST" | "HEAD" | "OPTIONS" => method.to_owned(),
        _ => "_OTHER".to_owned(),
    }
}
