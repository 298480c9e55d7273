//! Checks the log from its first event, and every blob that an event names.

use std::collections::HashMap;
use std::fmt;

use casebook_domain::Timestamp;
use casebook_domain::conversation::{Body, ConversationEvent};
use casebook_domain::event::Event;
use casebook_domain::ids::derive;
use casebook_domain::policy_log::PolicyEvent;
use casebook_domain::ticket::TicketEvent;
use casebook_projections::Skips;
use casebook_store::{BlobError, Filter, StoreError, StoredEvent};
use serde::Serialize;
use uuid::Uuid;

use crate::{Access, App, AppError, Permission};

/// Events read at a time.
const PAGE: usize = 5000;

/// Something in the store is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum LogProblem {
    /// A position is missing.
    Hole {
        /// The first position that is missing.
        position: u64,
    },
    /// A stream's versions do not follow one another.
    StreamHole {
        /// Where it shows.
        position: u64,
        /// Version that should stand there.
        expected: u64,
        /// Version that stands there.
        found: u64,
    },
    /// Time runs backwards.
    TimeStepsBack {
        /// Where it shows.
        position: u64,
    },
    /// An event cannot be read.
    Undecodable {
        /// Its position.
        position: u64,
        /// Which form it has.
        reason: String,
    },
    /// The bytes that an event names are not there.
    BlobMissing {
        /// Position of the event.
        position: u64,
        /// Their SHA-256 in hex.
        sha256: String,
    },
    /// The bytes that an event names have another hash.
    BlobDamaged {
        /// Position of the event.
        position: u64,
        /// The SHA-256 in hex that they should have.
        sha256: String,
    },
}

impl fmt::Display for LogProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hole { position } => write!(f, "position {position} is missing from the log"),
            Self::StreamHole { position, expected, found } => write!(
                f,
                "position {position}: its stream has version {found} where {expected} must follow"
            ),
            Self::TimeStepsBack { position } => {
                write!(f, "position {position} was recorded before its predecessor")
            }
            Self::Undecodable { position, reason } => write!(f, "position {position}: {reason}"),
            Self::BlobMissing { position, sha256 } => {
                write!(f, "position {position}: the bytes {sha256} are missing")
            }
            Self::BlobDamaged { position, sha256 } => {
                write!(f, "position {position}: the bytes {sha256} are damaged")
            }
        }
    }
}

/// What a check of the log saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogCheck {
    /// Events read.
    pub events: u64,
    /// Streams among them.
    pub streams: u64,
    /// Blobs read and hashed.
    pub blobs: u64,
    /// What is wrong.
    pub problems: Vec<LogProblem>,
}

/// What is kept while reading. Streams by a hash of their name, so that millions fit in memory.
#[derive(Default)]
struct Seen {
    versions: HashMap<Uuid, u64>,
    recorded_at: Timestamp,
    /// Events that an operator decided to pass over.
    skips: Skips,
    check: LogCheck,
}

impl App {
    /// Checks the log up to its present end: positions dense, streams without holes, time
    /// monotone, every event readable or passed over by decision, every blob present and of its
    /// hash.
    ///
    /// # Errors
    /// When the store cannot be read at all; what it holds wrongly is part of the answer.
    pub async fn verify_log(
        &self,
        access: &Access,
        mut progress: impl FnMut(&LogCheck),
    ) -> Result<LogCheck, AppError> {
        access.require(Permission::Administer)?;
        let end = self.store().log().last_position().await?;
        let skips = Skips::load(self.store().log()).await?;
        let recorded_at = Timestamp::from_micros(i64::MIN);
        let mut seen = Seen { recorded_at, skips, ..Seen::default() };
        let mut after = 0;
        while after < end {
            let page = self.store().log().read(after, &Filter::default(), PAGE).await;
            let page = match page {
                Err(StoreError::Hole { position }) => {
                    seen.check.problems.push(LogProblem::Hole { position });
                    break;
                }
                page => page?,
            };
            if page.events.is_empty() {
                seen.check.problems.push(LogProblem::Hole { position: after + 1 });
                break;
            }
            for event in &page.events {
                seen.order(event);
                for sha256 in seen.named(event) {
                    self.verify_blob(&mut seen, event, sha256).await?;
                }
            }
            after = page.reached;
            progress(&seen.check);
        }
        seen.check.streams = seen.versions.len() as u64;
        Ok(seen.check)
    }

    async fn verify_blob(
        &self,
        seen: &mut Seen,
        event: &StoredEvent,
        sha256: String,
    ) -> Result<(), AppError> {
        let position = event.position;
        let got = self.stored_blob(&event.tenant, &sha256).await?.map(|_| ());
        seen.check.blobs += 1;
        match got {
            Ok(()) => {}
            Err(BlobError::Corrupt { .. }) => {
                seen.check.problems.push(LogProblem::BlobDamaged { position, sha256 });
            }
            Err(BlobError::Missing { .. } | BlobError::Invalid(_)) => {
                seen.check.problems.push(LogProblem::BlobMissing { position, sha256 });
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl Seen {
    fn order(&mut self, event: &StoredEvent) {
        self.check.events += 1;
        let position = event.position;
        if event.recorded_at < self.recorded_at {
            self.check.problems.push(LogProblem::TimeStepsBack { position });
        }
        self.recorded_at = event.recorded_at;
        let stream = derive(&[&event.stream.kind, &event.stream.id]);
        let version = self.versions.entry(stream).or_insert(0);
        if event.version != *version + 1 {
            let (expected, found) = (*version + 1, event.version);
            self.check.problems.push(LogProblem::StreamHole { position, expected, found });
        }
        *version = event.version;
    }

    /// The blobs that an event names.
    fn named(&mut self, event: &StoredEvent) -> Vec<String> {
        let kind = event.stream.kind.as_str();
        match Event::decode(kind, &event.event_type, &event.event_version, &event.payload) {
            Ok(Some(Event::Conversation(ConversationEvent::MessageReceived(message)))) => {
                let long = |body: &Body| match body {
                    Body::Blob { sha256, .. } => Some(sha256.clone()),
                    Body::Inline(_) => None,
                };
                let bodies = [Some(&message.text), message.new_text.as_ref()];
                let bodies = bodies.into_iter().flatten().filter_map(long);
                std::iter::once(message.receipt.sha256.clone()).chain(bodies).collect()
            }
            Ok(Some(Event::Conversation(ConversationEvent::MessageSent(sent)))) => {
                vec![sent.raw_sha256]
            }
            // A reply that could not be written has no bytes.
            Ok(Some(Event::Ticket(TicketEvent::DeliveryStarted(started)))) => {
                Some(started.raw_sha256).filter(|sha256| !sha256.is_empty()).into_iter().collect()
            }
            Ok(Some(Event::Ticket(TicketEvent::TicketClassified(decision)))) => {
                let run = decision.run;
                vec![run.system_sha256, run.user_sha256, run.facts_sha256, run.raw_sha256]
            }
            Ok(Some(Event::Policy(PolicyEvent::PolicyPublished(published)))) => {
                vec![published.blob]
            }
            Ok(_) => Vec::new(),
            Err(_) if self.skips.anybody(event.position) => Vec::new(),
            Err(error) => {
                let (position, reason) = (event.position, error.to_string());
                self.check.problems.push(LogProblem::Undecodable { position, reason });
                Vec::new()
            }
        }
    }
}
