//! Who calls: the bearer token opens, a header names the agent.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use casebook_app::{Access, AppError};
use std::sync::Arc;

use crate::ApiSettings;
use crate::problem::Problem;
use crate::state::Shared;

/// Header that names the agent.
const AGENT: &str = "x-casebook-agent";

/// The agent when no header names one.
const DEFAULT_AGENT: &str = "agent:local";

/// An agent who presented the token, or any caller where loopback alone is listened on.
pub(crate) struct Caller(pub(crate) Access);

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(authorise(&shared.settings.api, &parts.headers)?))
    }
}

fn authorise(settings: &ApiSettings, headers: &HeaderMap) -> Result<Access, AppError> {
    if let Some(token) = settings.token() {
        let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
        let given = given.and_then(bearer).unwrap_or_default();
        if !token.matches(given) {
            return Err(AppError::Unauthenticated);
        }
    }
    match headers.get(AGENT) {
        None => Access::agent(DEFAULT_AGENT),
        // A name that is no text is refused like any other that does not fit.
        Some(name) => Access::agent(name.to_str().unwrap_or_default()),
    }
}

/// The token of `Bearer <token>`; the scheme is in any case (RFC 9110 section 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn call(token: Option<&str>, headers: &[(&str, &[u8])]) -> Result<Access, AppError> {
        let settings = ApiSettings { token: token.map(Secret::new), ..ApiSettings::default() };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: header::HeaderName = name.parse().expect("a name");
            map.insert(name, header::HeaderValue::from_bytes(value).expect("a value"));
        }
        authorise(&settings, &map)
    }

    #[test]
    fn the_token_opens_in_any_case_of_its_scheme() {
        for value in [&b"Bearer t0ken"[..], b"bearer t0ken", b"BEARER  t0ken "] {
            assert!(call(Some("t0ken"), &[("authorization", value)]).is_ok());
        }
        for value in [&b"Bearer t0ke"[..], b"Bearer", b"Bearer ", b"Basic t0ken", b"t0ken", b"\xff"]
        {
            let refused = call(Some("t0ken"), &[("authorization", value)]);
            assert!(matches!(refused, Err(AppError::Unauthenticated)));
        }
        assert!(matches!(call(Some("t0ken"), &[]), Err(AppError::Unauthenticated)));
    }

    #[test]
    fn without_a_token_the_header_names_the_agent() {
        let named = |headers: &[(&str, &[u8])]| {
            call(None, headers).map(|access| access.actor().to_string()).ok()
        };
        assert_eq!(named(&[]).as_deref(), Some("agent:local"));
        assert_eq!(named(&[(AGENT, b"agent:ada")]).as_deref(), Some("agent:ada"));
        assert_eq!(named(&[(AGENT, b"agent:\xff")]), None);
    }
}
