//! A receiver of events that does as the test says, and a check of signatures that shares no code
//! with what makes them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casebook_app::{
    WebhookAnswer, WebhookKey, WebhookParts, WebhookPost, WebhookSettings, WebhookTransport,
};
use casebook_domain::webhook::Failure;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

/// Key of the subscriptions of tests.
pub const KEY: &str = "a key that only the tests of Casebook know";

/// What a receiver answers to a post.
pub type Answer = Result<u16, Failure>;

type Judge = Box<dyn Fn(&Value, usize) -> Answer + Send + Sync>;

/// Takes what it likes and remembers everything.
pub struct Receiver {
    judge: Mutex<Judge>,
    seen: Mutex<HashMap<String, usize>>,
    taken: Mutex<Vec<WebhookPost>>,
    refused: Mutex<Vec<WebhookPost>>,
    open: watch::Sender<bool>,
}

impl Receiver {
    /// A receiver that takes everything.
    pub fn new() -> Arc<Self> {
        Self::that(|_, _| Ok(200))
    }

    /// A receiver that judges by the event and the number of times that it was seen before.
    pub fn that(judge: impl Fn(&Value, usize) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            judge: Mutex::new(Box::new(judge)),
            seen: Mutex::default(),
            taken: Mutex::default(),
            refused: Mutex::default(),
            open: watch::Sender::new(true),
        })
    }

    /// Judges in another way from now on.
    pub fn now(&self, judge: impl Fn(&Value, usize) -> Answer + Send + Sync + 'static) {
        *self.judge.lock().expect("the judge") = Box::new(judge);
    }

    /// Keeps everybody waiting, or no longer.
    pub fn hold(&self, hold: bool) {
        self.open.send_replace(!hold);
    }

    /// The posts that were taken, in their order.
    pub fn taken(&self) -> Vec<WebhookPost> {
        self.taken.lock().expect("the posts").clone()
    }

    /// The posts that were not.
    pub fn refused(&self) -> Vec<WebhookPost> {
        self.refused.lock().expect("the posts").clone()
    }

    /// The parts of an application that sends to this receiver.
    pub fn parts(self: &Arc<Self>, settings: WebhookSettings) -> WebhookParts {
        let key = Some(WebhookKey::new(KEY).expect("a long key"));
        WebhookParts { settings, transport: Arc::clone(self) as _, key }
    }
}

#[async_trait]
impl WebhookTransport for Receiver {
    fn check(&self, url: &str) -> Result<(), String> {
        if url.starts_with("https://") { Ok(()) } else { Err("use https".to_owned()) }
    }

    async fn post(&self, post: &WebhookPost) -> Result<WebhookAnswer, Failure> {
        let event: Value = serde_json::from_str(&post.body).expect("an event");
        let answer = {
            let mut seen = self.seen.lock().expect("the counts");
            let times = seen.entry(post.id.clone()).or_default();
            *times += 1;
            (self.judge.lock().expect("the judge"))(&event, *times - 1)
        };
        let mut open = self.open.subscribe();
        open.wait_for(|open| *open).await.expect("the receiver stands");
        let good = matches!(answer, Ok(status) if (200..300).contains(&status));
        let list = if good { &self.taken } else { &self.refused };
        list.lock().expect("the posts").push(post.clone());
        answer.map(|status| WebhookAnswer { status, retry_after_seconds: None })
    }
}

/// The signature that a secret (`whsec_...`) makes of a message, by RFC 2104 written out.
///
/// # Panics
/// When it is no secret.
pub fn signature(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let encoded = secret.strip_prefix("whsec_").expect("a secret");
    let mut key = STANDARD.decode(encoded).expect("Base64");
    assert!((24..=64).contains(&key.len()), "as long as the specification says");
    key.resize(64, 0);
    let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let message = format!("{id}.{timestamp}.{body}");
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    format!("v1,{}", STANDARD.encode(outer))
}
