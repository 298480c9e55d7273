//! Receives a message that another program already took out of its mail or chat, and answers as
//! the SOP's `cs-agent-triage` does.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use casebook_domain::address::parse_address;
use casebook_domain::channel::Channel;
use casebook_domain::mail::{Mailbox, ParsedMail, TextSource};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::answer::TriageAnswer;
use super::compose::Incoming;
use super::receive::Received;
use crate::policy::Route;
use crate::{Access, App, AppError, Permission, trace};

/// Longest identifier that a caller may give, in bytes.
const IDENTIFIER_BYTES_MAX: usize = 1000;

/// Body of `POST /intake/triage`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriageRequest {
    /// The tenant; may be left out where there is only one, or a default is set.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The inbox; else the tenant's first inbox of the channel.
    #[serde(default)]
    pub inbox: Option<String>,
    /// The customer's address.
    pub customer_email: String,
    /// The customer's name.
    #[serde(default)]
    pub customer_name: Option<String>,
    /// Subject, where the channel has one.
    #[serde(default)]
    pub subject: Option<String>,
    /// The text.
    pub body: String,
    /// Message-ID of the mail.
    #[serde(default)]
    pub email_message_id: Option<String>,
    /// Idempotency key: the same key gives the same answer.
    #[serde(default)]
    pub dedupe_key: Option<String>,
    /// How the customer writes; `email` when left out.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// The caller's own name for the thread.
    #[serde(default)]
    pub conversation: Option<String>,
    /// What was said before, in a chat that escalates.
    #[serde(default)]
    pub transcript: Option<Transcript>,
}

/// What was said before.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Transcript {
    /// As one text.
    Text(String),
    /// As a list of turns.
    Turns(Vec<Turn>),
}

/// One turn of a chat.
#[derive(Clone, Debug, Deserialize)]
pub struct Turn {
    /// Who spoke.
    #[serde(alias = "author", alias = "sender")]
    pub role: String,
    /// What they said.
    #[serde(alias = "content", alias = "body")]
    pub text: String,
}

impl Transcript {
    fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Turns(turns) => {
                let lines = turns.iter().map(|turn| format!("{}: {}", turn.role, turn.text));
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

impl App {
    /// Receives a message and answers what triage decided; `raw` is the request as it came.
    ///
    /// # Errors
    /// `INVALID` with the field named, `NOT_FOUND` for an unknown tenant or inbox.
    pub async fn receive_triage(
        &self,
        access: &Access,
        request: TriageRequest,
        raw: Bytes,
    ) -> Result<(TriageAnswer, Received), AppError> {
        let span = trace::receiving();
        let taken = self.receive_triage_untold(access, request, raw).instrument(span.clone()).await;
        trace::received(&span, taken.as_ref().ok().map(|(_, received)| received));
        trace::ended(&span, taken)
    }

    async fn receive_triage_untold(
        &self,
        access: &Access,
        request: TriageRequest,
        raw: Bytes,
    ) -> Result<(TriageAnswer, Received), AppError> {
        access.require(Permission::Intake)?;
        let started = Instant::now();
        let request = without_nul(request);
        check(&request)?;
        let route = self.triage_route(access, &request)?;
        let tenant = route.in_force.policy.tenant.clone();
        let inline_max = self.inner.parts.intake.inline_raw_bytes_max;
        let raw = self.keep_raw(&tenant, raw, inline_max).await?;
        let now = self.clock().now();
        let read = Reread::of(self.as_mail(&request), request);
        let incoming = Incoming {
            live: true,
            route,
            mail: Arc::new(read.mail),
            raw,
            transport: "http_triage",
            envelope_to: None,
            envelope_from: None,
            received_at: now,
            at: now,
            thread: read.thread,
            own_id: read.own_id,
            dedupe_key: read.dedupe_key,
            customer_name: read.customer_name,
            started,
        };
        let received = self.receive(access, incoming).await?;
        Ok((self.triage_answer(&received).await?, received))
    }

    /// Reads a request again from its bytes; `None` when they are none.
    pub(super) fn reread_triage(&self, raw: &[u8]) -> Option<Reread> {
        let request = without_nul(serde_json::from_slice::<TriageRequest>(raw).ok()?);
        Some(Reread::of(self.as_mail(&request), request))
    }

    fn triage_route(&self, access: &Access, request: &TriageRequest) -> Result<Route, AppError> {
        let visible = access.visible(self.policies().tenants());
        let default = || match visible.as_slice() {
            [only] => Some(only.clone()),
            _ => self.inner.parts.intake.default_tenant.clone(),
        };
        let tenant = request.tenant.clone().or_else(default);
        let tenant = tenant.ok_or_else(|| AppError::invalid("tenant", "name one"))?;
        if !access.sees(&tenant) {
            return Err(AppError::Unauthenticated);
        }
        let in_force = self.policies().get(&tenant).ok_or(AppError::NotFound("tenant"))?;
        let channel = request.channel.unwrap_or_default();
        let of_channel = in_force.policy.inboxes.iter().find(|inbox| inbox.channel == channel);
        let name = request.inbox.clone().or_else(|| of_channel.map(|inbox| inbox.name.clone()));
        let mut route = self.inbox_route(in_force, name.as_deref())?;
        route.channel = channel;
        Ok(route)
    }

    fn as_mail(&self, request: &TriageRequest) -> ParsedMail {
        let body = request.body.clone();
        let (new_text, signature) = self.parser().split(&body);
        let text = match &request.transcript {
            None => body,
            Some(transcript) => {
                format!("{body}\n\n{}", transcript.to_text().replace('\0', "\u{fffd}"))
            }
        };
        let subject = request.subject.as_deref().map(str::trim).filter(|text| !text.is_empty());
        ParsedMail {
            message_id: request.email_message_id.as_deref().map(bare_id),
            from: vec![Mailbox {
                name: request.customer_name.clone(),
                address: request.customer_email.trim().to_lowercase(),
            }],
            subject: subject.map(str::to_owned),
            content_digest: digest(request, &text),
            text,
            text_source: TextSource::Plain,
            new_text,
            signature,
            ..ParsedMail::default()
        }
    }
}

/// What a request says, as intake takes it.
pub(super) struct Reread {
    /// The message in the form of a mail.
    pub(super) mail: ParsedMail,
    /// How the customer writes.
    pub(super) channel: Channel,
    /// The caller's own name for the thread.
    pub(super) thread: Option<String>,
    /// By what a repeat is known.
    pub(super) own_id: Option<String>,
    /// Idempotency key.
    pub(super) dedupe_key: Option<String>,
    /// The customer's name.
    pub(super) customer_name: Option<String>,
}

impl Reread {
    fn of(mail: ParsedMail, request: TriageRequest) -> Self {
        Self {
            mail,
            channel: request.channel.unwrap_or_default(),
            thread: request.conversation.map(|name| format!("conversation:{name}")),
            own_id: own_id(request.email_message_id, request.dedupe_key.as_deref()),
            dedupe_key: request.dedupe_key,
            customer_name: request.customer_name,
        }
    }
}

/// NUL, which no text in a database holds, becomes U+FFFD; the raw request keeps it.
fn without_nul(mut request: TriageRequest) -> TriageRequest {
    let optional = [
        &mut request.customer_name,
        &mut request.subject,
        &mut request.email_message_id,
        &mut request.dedupe_key,
        &mut request.conversation,
    ];
    let texts = optional.into_iter().flatten();
    for text in texts.chain([&mut request.customer_email, &mut request.body]) {
        if text.contains('\0') {
            *text = text.replace('\0', "\u{fffd}");
        }
    }
    request
}

fn check(request: &TriageRequest) -> Result<(), AppError> {
    let wrong = |error| AppError::invalid("customer_email", format!("{error}"));
    parse_address(&request.customer_email).map_err(wrong)?;
    for (field, value) in [
        ("email_message_id", &request.email_message_id),
        ("dedupe_key", &request.dedupe_key),
        ("conversation", &request.conversation),
    ] {
        if value.as_ref().is_some_and(|text| text.len() > IDENTIFIER_BYTES_MAX) {
            return Err(too_long(field));
        }
        if value.as_ref().is_some_and(|text| text.trim().is_empty()) {
            return Err(AppError::invalid(field, "is blank; leave it out instead"));
        }
    }
    if request.customer_name.as_ref().is_some_and(|name| name.len() > IDENTIFIER_BYTES_MAX) {
        return Err(too_long("customer_name"));
    }
    let says_something = !request.body.trim().is_empty()
        || request.subject.as_deref().is_some_and(|text| !text.trim().is_empty())
        || request.transcript.is_some();
    if says_something {
        return Ok(());
    }
    Err(AppError::invalid("body", "is blank, and there is no subject or transcript either"))
}

fn too_long(field: &str) -> AppError {
    AppError::invalid(field, format!("is longer than {IDENTIFIER_BYTES_MAX} bytes"))
}

fn bare_id(id: &str) -> String {
    id.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

/// By what a repeat is known: the idempotency key, which callers with mail set to its Message-ID.
fn own_id(email_message_id: Option<String>, dedupe_key: Option<&str>) -> Option<String> {
    let mail = email_message_id.as_deref().map(bare_id);
    match dedupe_key.map(bare_id) {
        Some(key) if mail.as_ref() == Some(&key) => Some(key),
        Some(key) => Some(format!("dedupe:{key}")),
        None => mail,
    }
}

fn digest(request: &TriageRequest, text: &str) -> String {
    let mut hash = Sha256::new();
    let subject = request.subject.as_deref().unwrap_or_default();
    for part in [request.customer_email.as_str(), subject, text] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
