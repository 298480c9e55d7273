//! Asks a tenant's own system for replacements, by HTTP.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use casebook_app::{ReplacementDesk, ReplacementOrder, TransportError};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Longest reference that is kept, in characters.
const REFERENCE_CHARS_MAX: usize = 200;

/// Section `[replacement]` of the configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReplacementSettings {
    /// Address that takes requests, by tenant.
    pub urls: BTreeMap<String, String>,
    /// Time-out of a request, in seconds.
    pub timeout_seconds: u64,
}

impl Default for ReplacementSettings {
    fn default() -> Self {
        Self { urls: BTreeMap::new(), timeout_seconds: 30 }
    }
}

/// `POST`s requests as JSON with an `Idempotency-Key`.
pub struct ReplacementWebhook {
    client: Client,
    urls: BTreeMap<String, String>,
    token: Option<String>,
}

impl ReplacementWebhook {
    /// A desk for the addresses in `settings`; `token` is sent as bearer token.
    ///
    /// # Errors
    /// When an address is no `https` URL (`http` on this machine), or the client cannot be built.
    pub fn new(settings: &ReplacementSettings, token: Option<String>) -> Result<Self, String> {
        for (tenant, url) in &settings.urls {
            let url = reqwest::Url::parse(url).map_err(|error| format!("{tenant}: {error}"))?;
            let here = url.host_str().is_some_and(is_this_machine);
            if url.scheme() != "https" && !(url.scheme() == "http" && here) {
                return Err(format!("{tenant}: use an https address; http only on this machine"));
            }
        }
        let client = Client::builder()
            .user_agent(concat!("casebook/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .timeout(Duration::from_secs(settings.timeout_seconds))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, urls: settings.urls.clone(), token })
    }
}

#[async_trait]
impl ReplacementDesk for ReplacementWebhook {
    async fn place(&self, order: &ReplacementOrder) -> Result<Option<String>, TransportError> {
        let Some(url) = self.urls.get(&order.tenant) else {
            return Err(TransportError::permanent("the tenant has no system for replacements"));
        };
        let body = json!({
            "replacement_id": order.replacement_id,
            "ticket_id": order.ticket_id,
            "customer_email": order.customer_email,
            "order_reference": order.order_reference,
            "reason": order.reason,
        });
        let mut request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("idempotency-key", order.replacement_id.to_string())
            .body(body.to_string());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        // The error of the library names the address, which may hold a secret.
        let answer = request.send().await.map_err(|error| match error.is_timeout() {
            true => TransportError::uncertain("the tenant's system did not answer in time"),
            false => TransportError::temporary("the tenant's system could not be reached"),
        })?;
        match answer.status() {
            status if status.is_success() => Ok(reference(answer).await),
            status if may_pass(status) => Err(TransportError::temporary(said(status))),
            status => Err(TransportError::permanent(said(status))),
        }
    }
}

/// Whether a host is this machine, so that nobody can listen in.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn said(status: StatusCode) -> String {
    format!("the tenant's system answered {}", status.as_u16())
}

/// Whether another attempt may help; a redirect is a fault of the set-up.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_EARLY
                | StatusCode::TOO_MANY_REQUESTS
                | StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
        )
}

/// What the tenant's system calls it: `reference` or `id` of a JSON answer.
async fn reference(mut answer: reqwest::Response) -> Option<String> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_BYTES_MAX {
            return None;
        }
    }
    let answer: Value = serde_json::from_slice(&bytes).ok()?;
    let text = match answer.get("reference").or_else(|| answer.get("id"))? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text.chars().take(REFERENCE_CHARS_MAX).collect())
}
