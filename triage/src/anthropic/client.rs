//! Asks the Messages API once.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy as Redirects;
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::Instant;

use super::{AnthropicSettings, ApiKey, SettingsError, body, failure, response};
use crate::{AskError, AskErrorKind, Provider, Reply, Request};

/// Version of the API that requests are written for.
const VERSION: &str = "2023-06-01";
/// Longest id of a request that is kept, in bytes.
const ID_LIMIT_BYTES: usize = 128;

/// The provider.
#[derive(Debug)]
pub struct Anthropic {
    settings: AnthropicSettings,
    key: ApiKey,
    endpoint: Url,
    client: Client,
}

impl Anthropic {
    /// A provider with these settings; nothing is sent yet.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot work.
    pub fn new(settings: AnthropicSettings, key: ApiKey) -> Result<Self, SettingsError> {
        let endpoint = settings.endpoint()?;
        let client = Client::builder()
            .user_agent(concat!("casebook/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry the key to another place.
            .redirect(Redirects::none())
            .connect_timeout(Duration::from_secs(settings.connect_timeout_seconds))
            .timeout(Duration::from_secs(settings.timeout_seconds))
            .build()
            .map_err(|error| SettingsError::Client(error.to_string()))?;
        Ok(Self { settings, key, endpoint, client })
    }

    async fn post(&self, request: &Request) -> Result<Response, AskError> {
        let body = body::body(&self.settings, request).to_string();
        let sent = self
            .client
            .post(self.endpoint.clone())
            .header("x-api-key", self.key.header())
            .header("anthropic-version", VERSION)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body)
            .send();
        sent.await.map_err(|error| broken(&error))
    }

    /// The body, as long as it keeps within the limit.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, AskError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
            if bytes.len() + chunk.len() > self.settings.response_limit_bytes {
                return Err(AskError::new(
                    AskErrorKind::BadReply,
                    format!("the response exceeds {} bytes", self.settings.response_limit_bytes),
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

#[async_trait]
impl Provider for Anthropic {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn model(&self) -> &str {
        &self.settings.model
    }

    async fn ask(&self, request: &Request) -> Result<Reply, AskError> {
        let started = Instant::now();
        let response = self.post(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let id = request_id(&response);
        let with_id = |mut error: AskError| {
            if let Some(id) = &id {
                error.message = format!("{} [request {id}]", error.message);
            }
            error
        };
        let bytes = self.read(response).await.map_err(with_id)?;
        if status != StatusCode::OK {
            let model = &self.settings.model;
            return Err(with_id(failure::read(status, &headers, &bytes, request, model)));
        }
        let answered = response::read(&bytes).map_err(with_id)?;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(request_id = id.as_deref(), duration_ms, "the model answered");
        Ok(Reply {
            raw: answered.raw,
            model: answered.model.unwrap_or_else(|| self.settings.model.clone()),
            request_id: id,
            cost_micro_usd: self.settings.prices.cost_micro_usd(&answered.usage),
            usage: answered.usage,
            duration_ms,
        })
    }
}

/// The provider's id of the request, when it has the form of one.
fn request_id(response: &Response) -> Option<String> {
    let id = response.headers().get("request-id")?.to_str().ok()?;
    let sound = id.len() <= ID_LIMIT_BYTES && id.bytes().all(|b| b.is_ascii_graphic());
    (sound && !id.is_empty()).then(|| id.to_owned())
}

/// A failure of the connection. The client's own words name the address, which is the operator's
/// business, but say nothing of the request.
fn broken(error: &reqwest::Error) -> AskError {
    if error.is_timeout() {
        return AskError::new(AskErrorKind::Timeout, "no complete answer in time");
    }
    if error.is_connect() {
        return AskError::new(AskErrorKind::Unreachable, "the provider cannot be reached");
    }
    AskError::new(AskErrorKind::Unreachable, "the connection was cut")
}
