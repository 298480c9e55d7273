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
pub(crate) const AGENT: &str = "x-casebook-agent";

/// The agent when no header names one.
const DEFAULT_AGENT: &str = "agent:local";

/// An agent or an integration who presented a token, or any caller where loopback alone is
/// listened on and no token is set.
pub(crate) struct Caller(pub(crate) Access);

/// What somebody presents.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Credentials<'a> {
    /// `Bearer <token>`.
    pub(crate) authorization: Option<&'a [u8]>,
    /// The agent's name.
    pub(crate) agent: Option<&'a [u8]>,
}

impl<'a> Credentials<'a> {
    /// What the headers of a request present.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        Self {
            authorization: headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()),
            agent: headers.get(AGENT).map(|value| value.as_bytes()),
        }
    }
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(authorise(&shared.settings.api, Credentials::of(&parts.headers))?))
    }
}

/// The access that credentials open.
///
/// # Errors
/// `UNAUTHENTICATED`; `INVALID` for an agent's name that is none.
pub(crate) fn authorise(
    settings: &ApiSettings,
    credentials: Credentials<'_>,
) -> Result<Access, AppError> {
    let given = credentials.authorization.and_then(bearer).unwrap_or_default();
    // Every token is compared, whichever matches, so that the time tells nothing.
    let mut integration = None;
    for (name, of) in &settings.integrations {
        if of.token.as_ref().is_some_and(|token| token.matches(given)) {
            integration = Some(Access::integration(name, of.tenants.clone(), of.personal));
        }
    }
    let is_agent = match settings.token() {
        Some(token) => token.matches(given),
        // Who presents a token where there are some wants to be known by it.
        None => settings.integrations.is_empty() || credentials.authorization.is_none(),
    };
    if let Some(access) = integration {
        return Ok(access);
    }
    if !is_agent {
        return Err(AppError::Unauthenticated);
    }
    match credentials.agent {
        None => Access::agent(DEFAULT_AGENT),
        // A name that is no text is refused like any other that does not fit.
        Some(name) => Access::agent(std::str::from_utf8(name).unwrap_or_default()),
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
    use crate::{IntegrationSettings, Secret};

    fn call(token: Option<&str>, headers: &[(&str, &[u8])]) -> Result<Access, AppError> {
        let settings = ApiSettings { token: token.map(Secret::new), ..ApiSettings::default() };
        call_with(&settings, headers)
    }

    fn call_with(settings: &ApiSettings, headers: &[(&str, &[u8])]) -> Result<Access, AppError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: header::HeaderName = name.parse().expect("a name");
            map.insert(name, header::HeaderValue::from_bytes(value).expect("a value"));
        }
        authorise(settings, Credentials::of(&map))
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

    #[test]
    fn an_integration_is_known_by_its_own_token() {
        let crm = IntegrationSettings {
            token: Some(Secret::new("crm-token")),
            tenants: vec!["a".to_owned()],
            personal: false,
        };
        let integrations = [("crm".to_owned(), crm)].into();
        let open = ApiSettings { integrations, ..ApiSettings::default() };
        let closed = ApiSettings { token: Some(Secret::new("t0ken")), ..open.clone() };
        let named = |settings: &ApiSettings, token: &[u8]| {
            let headers: &[(&str, &[u8])] = &[("authorization", token), (AGENT, b"agent:ada")];
            call_with(settings, headers).map(|access| access.actor().to_string()).ok()
        };
        for settings in [&open, &closed] {
            let crm = named(settings, b"Bearer crm-token");
            assert_eq!(crm.as_deref(), Some("integration:crm"));
            assert_eq!(named(settings, b"Bearer wrong"), None);
        }
        assert_eq!(named(&closed, b"Bearer t0ken").as_deref(), Some("agent:ada"));
        assert!(call_with(&open, &[]).is_ok() && call_with(&closed, &[]).is_err());
    }
}
