//! Keeps web pages of strangers out: only known hosts and origins are answered.
//!
//! A page of a stranger can make a browser call this server, and by DNS rebinding even under the
//! page's own name. Such calls carry the stranger's name in `Host` or `Origin`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::ApiSettings;
use crate::problem::Problem;
use crate::state::Shared;

/// Lets requests through whose `Host` and `Origin` are known.
pub(crate) async fn guard(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    match check(&shared.settings.api, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(settings: &ApiSettings, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let host = authority(uri, headers).unwrap_or_default();
    if !is_known_host(settings, &host) {
        let message = "this host name is not known here; add it to api.hosts";
        return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "FORBIDDEN", message));
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    if origin.to_str().is_ok_and(|origin| is_known_origin(settings, origin, &host)) {
        return Ok(());
    }
    let message = "web pages of this origin may not call; add it to api.origins";
    Err(Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", message))
}

/// Host and port that the request is for.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let named = headers.get(header::HOST).map(|value| value.to_str().unwrap_or_default());
    // HTTP/2 names the host in the request line.
    let named = named.or_else(|| uri.authority().map(|authority| authority.as_str()))?;
    Some(named.to_ascii_lowercase())
}

fn is_known_host(settings: &ApiSettings, authority: &str) -> bool {
    let host = host_of(authority);
    if host.is_empty() {
        return false;
    }
    if host == "localhost" || host.ends_with(".localhost") {
        return true;
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback()) {
        return true;
    }
    let known =
        |own: &String| own.eq_ignore_ascii_case(authority) || own.eq_ignore_ascii_case(host);
    settings.hosts.iter().any(known)
}

/// The host of `host[:port]`, without the final dot of a full name.
fn host_of(authority: &str) -> &str {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    };
    host.strip_suffix('.').unwrap_or(host)
}

fn is_known_origin(settings: &ApiSettings, origin: &str, authority: &str) -> bool {
    let Some((scheme, of_origin)) = authority_of_origin(origin) else { return false };
    let port = if scheme == "https" { ":443" } else { ":80" };
    let bare = |authority: &str| authority.strip_suffix(port).unwrap_or(authority).to_owned();
    bare(&of_origin) == bare(authority)
        || settings.origins.iter().any(|own| own.trim_end_matches('/').eq_ignore_ascii_case(origin))
}

/// Scheme and `host[:port]` of an origin; `None` for `null` and what else is no web page.
pub(crate) fn authority_of_origin(origin: &str) -> Option<(&'static str, String)> {
    let origin = origin.trim_end_matches('/');
    let lower = origin.to_ascii_lowercase();
    let (scheme, authority) = match lower.split_once("://")? {
        ("http", authority) => ("http", authority),
        ("https", authority) => ("https", authority),
        _ => return None,
    };
    let fits = !authority.is_empty() && !authority.contains(['/', '?', '#', '@', ' ']);
    fits.then(|| (scheme, authority.to_owned()))
}

#[cfg(test)]
mod tests;
