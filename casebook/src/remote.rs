//! Asks a running server over its GraphQL, for commands that must not write beside it.

use std::time::Duration;

use reqwest::{Client, Url};
use serde_json::{Value, json};

use crate::exit::Failure;

/// Time that a server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Who asks, in the audit trail.
const AGENT: &str = "casebook-command";

/// A running server.
pub struct Remote {
    client: Client,
    url: Url,
    token: Option<String>,
}

impl Remote {
    /// The server at `url`, for example `http://127.0.0.1:8080`; `token` is its `api.token`.
    ///
    /// # Errors
    /// A usage failure when it is no HTTP address.
    pub fn new(url: &str, token: Option<&String>) -> Result<Self, Failure> {
        let wrong = |error: String| Failure::usage(format!("--server {url}: {error}"));
        let address = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        if !matches!(address.scheme(), "http" | "https") {
            return Err(wrong("use an http or https address".to_owned()));
        }
        let address = address.join("graphql").map_err(|error| wrong(error.to_string()))?;
        let client = Client::builder()
            .user_agent(concat!("casebook/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Self { client, url: address, token: token.cloned() })
    }

    /// Asks, and gives the data of the answer.
    ///
    /// # Errors
    /// What the server says, or that it cannot be reached.
    pub async fn ask(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("x-casebook-agent", AGENT)
            .body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let failed = |error: reqwest::Error| Failure::failed(format!("the server: {error}"));
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(failed)?;
        let answer: Value = serde_json::from_slice(&bytes)
            .map_err(|_| Failure::failed(format!("the server answers {status}, and no JSON")))?;
        if let Some(message) = message(&answer) {
            return Err(Failure::failed(format!("the server: {message}")));
        }
        // Others than Casebook answer with JSON, too.
        match answer.get("data") {
            Some(data) if data.is_object() => Ok(data.clone()),
            _ => Err(Failure::failed(format!("the server answers {status}, and no data"))),
        }
    }
}

/// What an answer says went wrong, in any of its forms.
fn message(answer: &Value) -> Option<String> {
    let error = answer["errors"].get(0).or_else(|| answer.get("error"))?;
    Some(error["message"].as_str().unwrap_or("it failed").to_owned())
}
