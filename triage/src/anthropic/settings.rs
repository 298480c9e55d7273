//! How the Messages API is reached and used.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Usage;

/// Settings of the provider; every field has a default.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnthropicSettings {
    /// Where the API is, without `/v1/messages`.
    pub base_url: String,
    /// Id of the model.
    pub model: String,
    /// Most tokens of an answer.
    pub max_tokens: u32,
    /// Time for a whole answer, in seconds.
    pub timeout_seconds: u64,
    /// Time for connecting, in seconds.
    pub connect_timeout_seconds: u64,
    /// Largest answer in bytes.
    pub response_limit_bytes: usize,
    /// How the form of the answer is asked for.
    pub mode: OutputMode,
    /// Whether the model may think before it answers.
    pub thinking: Thinking,
    /// How long the provider keeps the system prompt.
    pub cache_ttl: CacheTtl,
    /// What tokens cost.
    pub prices: Prices,
}

impl Default for AnthropicSettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.anthropic.com".to_owned(),
            model: "claude-sonnet-5".to_owned(),
            max_tokens: 2_048,
            timeout_seconds: 60,
            connect_timeout_seconds: 10,
            response_limit_bytes: 1024 * 1024,
            mode: OutputMode::default(),
            thinking: Thinking::default(),
            cache_ttl: CacheTtl::default(),
            prices: Prices::default(),
        }
    }
}

/// How the form of the answer is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputMode {
    /// By `output_config.format` with the schema.
    #[default]
    JsonSchema,
    /// By a strict tool that the model must call.
    StrictTool,
}

/// Whether the model may think before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thinking {
    /// Switched off in so many words: models think by default from Claude Sonnet 5 on.
    #[default]
    Disabled,
    /// As much as the model finds right.
    Adaptive,
    /// Not mentioned, for models that cannot switch it off.
    Unset,
}

/// How long the provider keeps the system prompt after each use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheTtl {
    /// Five minutes; writing costs 1.25 times the plain price.
    #[default]
    FiveMinutes,
    /// One hour; writing costs twice the plain price.
    OneHour,
}

/// Prices in US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prices {
    /// Input without the cache.
    pub input: f64,
    /// Output.
    pub output: f64,
    /// Input from the cache.
    pub cache_read: f64,
    /// Input put into the cache.
    pub cache_write: f64,
}

impl Default for Prices {
    /// Claude Sonnet's, with writes for five minutes.
    fn default() -> Self {
        Self { input: 3.0, output: 15.0, cache_read: 0.3, cache_write: 3.75 }
    }
}

impl Prices {
    /// What an answer cost, in millionths of a US dollar, rounded.
    pub fn cost_micro_usd(&self, usage: &Usage) -> u64 {
        let parts = [
            (usage.input_tokens, self.input),
            (usage.output_tokens, self.output),
            (usage.cache_read_tokens, self.cache_read),
            (usage.cache_write_tokens, self.cache_write),
        ];
        // Dollars for a million tokens are millionths of a dollar for one. The cast saturates, and
        // token counts stay far below 2^53.
        parts.iter().map(|(tokens, price)| *tokens as f64 * price.max(0.0)).sum::<f64>().round()
            as u64
    }
}

/// Settings that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The address is no address, or would send the key unprotected over a network.
    #[error("the Messages API's base URL must begin with https:// (http:// only for this machine)")]
    BaseUrl,
    /// A forced tool cannot be called by a model that thinks.
    #[error("mode `strict_tool` needs thinking `disabled` or `unset`")]
    ThinkingWithTool,
    /// A limit is zero, or the model has no name.
    #[error("`{0}` must not be empty or 0")]
    Empty(&'static str),
    /// The client cannot be built, for example without certificates.
    #[error("the HTTP client cannot be built: {0}")]
    Client(String),
}

impl AnthropicSettings {
    /// The address that questions are posted to.
    ///
    /// # Errors
    /// [`SettingsError`] when these settings cannot work together.
    pub fn endpoint(&self) -> Result<reqwest::Url, SettingsError> {
        for (name, empty) in [
            ("model", self.model.trim().is_empty()),
            ("max_tokens", self.max_tokens == 0),
            ("timeout_seconds", self.timeout_seconds == 0),
            ("connect_timeout_seconds", self.connect_timeout_seconds == 0),
            ("response_limit_bytes", self.response_limit_bytes == 0),
        ] {
            if empty {
                return Err(SettingsError::Empty(name));
            }
        }
        if self.mode == OutputMode::StrictTool && self.thinking == Thinking::Adaptive {
            return Err(SettingsError::ThinkingWithTool);
        }
        let text = format!("{}/v1/messages", self.base_url.trim_end_matches('/'));
        let url = reqwest::Url::parse(&text).map_err(|_| SettingsError::BaseUrl)?;
        let sound = match url.scheme() {
            "https" => true,
            "http" => url.host_str().is_some_and(is_this_machine),
            _ => false,
        };
        if sound && url.username().is_empty() { Ok(url) } else { Err(SettingsError::BaseUrl) }
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(change: impl FnOnce(&mut AnthropicSettings)) -> Result<String, SettingsError> {
        let mut settings = AnthropicSettings::default();
        change(&mut settings);
        settings.endpoint().map(String::from)
    }

    #[test]
    fn the_default_reaches_the_api_and_a_key_never_leaves_unprotected() {
        assert_eq!(endpoint(|_| ()).as_deref(), Ok("https://api.anthropic.com/v1/messages"));
        let at = |url: &str| endpoint(|settings| url.clone_into(&mut settings.base_url));
        assert_eq!(at("http://127.0.0.1:9/").as_deref(), Ok("http://127.0.0.1:9/v1/messages"));
        assert!(at("http://[::1]:9").is_ok() && at("http://localhost").is_ok());
        for url in ["http://api.example", "ftp://x", "", "api.anthropic.com", "https://k@x.example"]
        {
            assert_eq!(at(url), Err(SettingsError::BaseUrl), "{url}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let tool = endpoint(|settings| {
            settings.mode = OutputMode::StrictTool;
            settings.thinking = Thinking::Adaptive;
        });
        assert_eq!(tool, Err(SettingsError::ThinkingWithTool));
        let unnamed = endpoint(|settings| settings.model = " ".to_owned());
        assert_eq!(unnamed, Err(SettingsError::Empty("model")));
    }

    #[test]
    fn a_cost_is_the_sum_over_the_kinds_of_tokens() {
        let usage = Usage {
            input_tokens: 1_000,
            output_tokens: 200,
            cache_read_tokens: 10_000,
            cache_write_tokens: 4,
        };
        assert_eq!(Prices::default().cost_micro_usd(&usage), 3_000 + 3_000 + 3_000 + 15);
        assert_eq!(Prices::default().cost_micro_usd(&Usage::default()), 0);
    }
}
