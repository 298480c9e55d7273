//! The Messages API against a stand-in on loopback that misbehaves in every documented way.

mod failures;
mod stand_in;
mod successes;

use std::sync::Arc;

use casebook_domain::policy::Policy;
use casebook_domain::triage::MessageFacts;
use casebook_triage::anthropic::{Anthropic, AnthropicSettings, ApiKey};
use casebook_triage::{AskError, Provider, Reply, Request};
use stand_in::{Answer, StandIn};

/// Protocol Raw's shipped policy.
pub fn policy() -> Policy {
    let files = [
        ("policy.toml", include_str!("../../../tenants/protocol-raw/policy.toml")),
        ("gates.toml", include_str!("../../../tenants/protocol-raw/gates.toml")),
        ("prompt.md", include_str!("../../../tenants/protocol-raw/prompt.md")),
        ("knowledge/a.md", include_str!("../../../tenants/protocol-raw/knowledge/delivery.md")),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    Policy::from_files(&files.into()).expect("sound files")
}

/// A question about a late box.
pub fn question() -> Request {
    let facts = MessageFacts {
        new_text: "Where is my box? Call me at the Old Mill, Ada".to_owned(),
        ..MessageFacts::default()
    };
    Request::new(Arc::new(policy()), "v1".to_owned(), facts)
}

/// Settings that reach the server and give up quickly.
pub fn settings(url: String) -> AnthropicSettings {
    AnthropicSettings {
        base_url: url,
        timeout_seconds: 1,
        connect_timeout_seconds: 1,
        response_limit_bytes: 64 * 1024,
        ..AnthropicSettings::default()
    }
}

/// A provider with these settings.
pub fn provider(settings: AnthropicSettings) -> Anthropic {
    Anthropic::new(settings, ApiKey::new("sk-test-key").expect("key")).expect("settings")
}

/// Asks a server that treats its connection so.
pub async fn ask(answer: Answer) -> Result<Reply, AskError> {
    let server = StandIn::start(answer).await;
    provider(settings(server.url())).ask(&question()).await
}
