//! Reads a failed response: what kind of failure it is and what the operator should know.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use crate::{AskError, AskErrorKind, Request};

/// Longest wait that is taken from a response; longer ones are a mistake or beyond any budget.
const WAIT_LIMIT: Duration = Duration::from_secs(3600);
/// Code of a 429 that waiting does not cure.
const SPEND_LIMIT: &str = "enforced_spend_limit_reached";
/// Most characters of the provider's own explanation.
const EXPLANATION_LIMIT_CHARS: usize = 200;
/// From how many characters on an explanation that repeats the customer's words is left out.
const SHARED_CHARS: usize = 12;

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Explained,
}

#[derive(Default, Deserialize)]
struct Explained {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
}

/// The failure that a response other than 200 means.
pub(super) fn read(
    status: StatusCode,
    headers: &HeaderMap,
    bytes: &[u8],
    request: &Request,
    model: &str,
) -> AskError {
    let explained = serde_json::from_slice::<Body>(bytes).unwrap_or_default().error;
    let kind = kind(status, &explained, bytes);
    let mut message = describe(kind, status, model);
    if let Some(explanation) = explanation(&explained, request) {
        message = format!("{message}: {explanation}");
    }
    let retry_after = kind.retryable().then(|| retry_after(headers)).flatten();
    AskError { kind, message, retry_after }
}

fn kind(status: StatusCode, explained: &Explained, bytes: &[u8]) -> AskErrorKind {
    match status.as_u16() {
        401 => AskErrorKind::Unauthenticated,
        402 => AskErrorKind::SpendLimit,
        403 => AskErrorKind::Forbidden,
        // Other servers answer 404 too, but not in the API's words.
        404 if explained.kind == "not_found_error" => AskErrorKind::ModelNotFound,
        408 | 504 => AskErrorKind::Timeout,
        413 => AskErrorKind::TooLarge,
        429 if is_spend_limit(explained, bytes) => AskErrorKind::SpendLimit,
        429 => AskErrorKind::RateLimited,
        529 => AskErrorKind::Overloaded,
        409 | 500..=599 => AskErrorKind::ServerError,
        400 if explained.kind == "billing_error" => AskErrorKind::SpendLimit,
        400..=499 => AskErrorKind::InvalidRequest,
        _ => AskErrorKind::BadReply,
    }
}

/// Whether a 429 says that the account's limit is reached. The code stands in the error's
/// details, whose place differs between gateways.
fn is_spend_limit(explained: &Explained, bytes: &[u8]) -> bool {
    explained.kind == "billing_error" || String::from_utf8_lossy(bytes).contains(SPEND_LIMIT)
}

fn describe(kind: AskErrorKind, status: StatusCode, model: &str) -> String {
    let status = status.as_u16();
    match kind {
        AskErrorKind::Unauthenticated => {
            format!("the API key was not accepted ({status}); check it")
        }
        AskErrorKind::Forbidden => format!("the API key may not use this ({status})"),
        AskErrorKind::SpendLimit => {
            format!("the account's credit or spend limit is used up ({status}); raise it")
        }
        AskErrorKind::ModelNotFound => format!(
            "the model `{model}` is not available ({status}): it may have been retired; \
             configure a current model"
        ),
        AskErrorKind::TooLarge => format!("the request is too large ({status})"),
        AskErrorKind::RateLimited => format!("too many requests ({status})"),
        AskErrorKind::Overloaded => format!("the provider is overloaded ({status})"),
        AskErrorKind::Timeout => format!("the provider gave up on the request ({status})"),
        AskErrorKind::ServerError => format!("the provider failed ({status})"),
        AskErrorKind::InvalidRequest if status == 404 => {
            format!("there is no Messages API at the base URL ({status})")
        }
        AskErrorKind::InvalidRequest => format!("the request was not accepted ({status})"),
        AskErrorKind::Unreachable
        | AskErrorKind::Truncated
        | AskErrorKind::Refused
        | AskErrorKind::BadReply => format!("unexpected status {status}"),
    }
}

/// The provider's own words, cut, where they help and repeat nothing of the message.
fn explanation(explained: &Explained, request: &Request) -> Option<String> {
    let flat: String =
        explained.message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text: String = flat.chars().take(EXPLANATION_LIMIT_CHARS).collect();
    (!text.trim().is_empty() && !shares_words(&text, &request.user)).then_some(text)
}

/// Whether a stretch of `text` stands in `private` too.
fn shares_words(text: &str, private: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let window = SHARED_CHARS.min(chars.len().max(1));
    chars.windows(window).any(|part| private.contains(&part.iter().collect::<String>()))
}

/// The wait that a response asks for: seconds, or a date measured against the response's own, so
/// that our clock plays no part.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
            until.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(WAIT_LIMIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn wait(retry_after_text: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        let value = |text: &str| HeaderValue::from_str(text).expect("header");
        headers.insert(RETRY_AFTER, value(retry_after_text));
        if let Some(date) = date {
            headers.insert(DATE, value(date));
        }
        retry_after(&headers)
    }

    #[test]
    fn a_wait_is_read_from_seconds_or_dates_and_bounded() {
        let now = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(wait("12", None), Some(Duration::from_secs(12)));
        assert_eq!(wait("0.5", None), Some(Duration::from_millis(500)));
        assert_eq!(wait("Wed, 21 Oct 2026 07:29:00 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(wait("Wed, 21 Oct 2026 07:27:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(wait("99999999", None), Some(WAIT_LIMIT));
        for odd in ["-1", "NaN", "inf", "soon", "", "Wed, 21 Oct 2026 07:29:00 GMT"] {
            assert_eq!(wait(odd, None), None, "{odd}");
        }
    }
}
