//! Sending events to subscribers' addresses by HTTP, with the headers of Standard Webhooks 1.0.

mod network;
mod resolver;
mod rules;

use std::error::Error as StdError;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use casebook_app::{WebhookAnswer, WebhookPost, WebhookSettings, WebhookTransport};
use casebook_domain::webhook::Failure;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tokio_rustls::rustls;

use resolver::{Guarded, SystemLookup};
use rules::{NotAllowed, Rules};

pub use resolver::Lookup;

/// Bytes of an answer's body that are read, so that the connection can be used again.
const BODY_BYTES_MAX: usize = 8 * 1024;
/// Longest time for that.
const BODY_TIME_MAX: Duration = Duration::from_secs(1);
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// `POST`s events as `application/cloudevents+json`.
pub struct WebhookPoster {
    rules: Rules,
    timeout: Duration,
    lookup: Arc<dyn Lookup>,
    /// Made when the first event is sent: most programs send none.
    client: OnceLock<Option<Client>>,
}

impl WebhookPoster {
    /// A poster that looks hosts up as the machine does.
    pub fn new(settings: &WebhookSettings) -> Self {
        Self::with_lookup(settings, Arc::new(SystemLookup))
    }

    /// A poster that looks hosts up in its own way.
    pub fn with_lookup(settings: &WebhookSettings, lookup: Arc<dyn Lookup>) -> Self {
        let timeout = Duration::from_secs(settings.timeout_seconds.max(1));
        Self { rules: Rules::of(settings), timeout, lookup, client: OnceLock::new() }
    }

    fn client(&self) -> Option<&Client> {
        let made = self.client.get_or_init(|| {
            let guarded = Guarded { rules: self.rules.clone(), lookup: Arc::clone(&self.lookup) };
            Client::builder()
                .user_agent(concat!("casebook/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .dns_resolver(Arc::new(guarded))
                .pool_idle_timeout(IDLE)
                .connect_timeout(self.timeout)
                .build()
                .ok()
        });
        made.as_ref()
    }
}

#[async_trait]
impl WebhookTransport for WebhookPoster {
    fn check(&self, url: &str) -> Result<(), String> {
        self.rules.check(url).map(|_| ())
    }

    async fn post(&self, request: &WebhookPost) -> Result<WebhookAnswer, Failure> {
        // The settings may have changed since somebody subscribed.
        let url = self.rules.check(&request.url).map_err(|_| Failure::NotAllowed)?;
        let client = self.client().ok_or(Failure::Tls)?;
        let sent = client
            .post(url)
            .header("content-type", "application/cloudevents+json")
            .header("webhook-id", &request.id)
            .header("webhook-timestamp", request.timestamp.to_string())
            .header("webhook-signature", &request.signature)
            .body(request.body.as_bytes().to_vec())
            .send();
        let answer = match tokio::time::timeout(self.timeout, sent).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(failure(&error)),
            Err(_) => return Err(Failure::TimedOut),
        };
        let status = answer.status().as_u16();
        let retry_after_seconds = retry_after(answer.headers());
        // What it says beside is nobody's business.
        let _ = tokio::time::timeout(BODY_TIME_MAX, drain(answer)).await;
        Ok(WebhookAnswer { status, retry_after_seconds })
    }
}

/// Reads as much of the body as it takes for the connection to be of use again.
async fn drain(mut answer: Response) {
    let mut bytes = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        bytes += chunk.len();
        if bytes > BODY_BYTES_MAX {
            return;
        }
    }
}

/// Why there was no answer. The words of the library are not kept: they name the address.
fn failure(error: &reqwest::Error) -> Failure {
    if has::<NotAllowed>(error) {
        return Failure::NotAllowed;
    }
    if error.is_timeout() {
        return Failure::TimedOut;
    }
    if has::<rustls::Error>(error) {
        return Failure::Tls;
    }
    if error.is_connect() { Failure::Unreachable } else { Failure::Broken }
}

/// Whether an error of this type is among the causes.
fn has<E: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<E>() {
            return true;
        }
        // An error of input and output hides its own cause behind that cause's cause.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| has::<E>(inner)) {
            return true;
        }
        next = error.source();
    }
    false
}

/// Seconds that an answer asks to wait (RFC 9110 section 10.2.3); a date is read against the
/// answer's own.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(until.duration_since(now).unwrap_or_default().as_secs())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_wait_is_read_as_seconds_or_against_the_answers_own_date() {
        let wait = |text: &'static str, date: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            retry_after(&headers)
        };
        let (now, then) = ("Wed, 08 Apr 2026 12:00:00 GMT", "Wed, 08 Apr 2026 12:02:00 GMT");
        assert_eq!(wait("30", None), Some(30));
        assert_eq!(wait(then, Some(now)), Some(120));
        assert_eq!(wait(now, Some(then)), Some(0));
        assert_eq!(wait(then, None), None);
        assert_eq!(wait("soon", Some(now)), None);
        assert_eq!(wait("-5", Some(now)), None);
    }
}
