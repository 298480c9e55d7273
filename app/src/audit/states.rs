//! What events changed: the states of their streams before and after, folded from the log.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use casebook_domain::audit::{
    Change, Facts, changes, of_contact, of_conversation, of_policy, of_ticket, of_webhook,
};
use casebook_domain::contact::Contact;
use casebook_domain::conversation::Conversation;
use casebook_domain::event::Event;
use casebook_domain::policy_log::PolicyLog;
use casebook_domain::ticket::Ticket;
use casebook_domain::webhook::{Webhook, WebhookEvent};
use casebook_store::{Log, StoredEvent, StreamId, StreamPart};
use cqrs_es::Aggregate;

use super::unreadable::pass_over;
use crate::AppError;

/// Events read at a time.
const PAGE: u64 = 1_000;

/// The event that holds a webhook's whole state.
const SUMMED: &str = "WebhookSummed";

/// Streams whose states are kept for the next page.
const KEPT_MAX: usize = 1_000;

/// The state of one stream.
enum State {
    Contact(Box<Contact>),
    Conversation(Box<Conversation>),
    Policy(Box<PolicyLog>),
    Ticket(Box<Ticket>),
    Webhook(Box<Webhook>),
}

impl State {
    /// The state before the first event; `None` for streams whose events stand for themselves.
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            Contact::TYPE => Self::Contact(Box::default()),
            Conversation::TYPE => Self::Conversation(Box::default()),
            PolicyLog::TYPE => Self::Policy(Box::default()),
            Ticket::TYPE => Self::Ticket(Box::default()),
            Webhook::TYPE => Self::Webhook(Box::default()),
            _ => return None,
        })
    }

    fn apply(&mut self, event: Event) {
        match (self, event) {
            (Self::Contact(state), Event::Contact(event)) => state.apply(event),
            (Self::Conversation(state), Event::Conversation(event)) => state.apply(event),
            (Self::Policy(state), Event::Policy(event)) => state.apply(event),
            (Self::Ticket(state), Event::Ticket(event)) => state.apply(event),
            (Self::Webhook(state), Event::Webhook(event)) => state.apply(*event),
            // The kind of a stream tells both: they always fit.
            _ => {}
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Contact(state) => of_contact(state),
            Self::Conversation(state) => of_conversation(state),
            Self::Policy(state) => of_policy(state),
            Self::Ticket(state) => of_ticket(state),
            Self::Webhook(state) => of_webhook(state),
        }
    }
}

/// A state with the version of its stream.
struct At {
    version: u64,
    state: State,
}

/// Versions of the events that are asked about.
type Wanted<'a> = BTreeMap<&'a StreamId, BTreeSet<u64>>;

/// What events changed, by position.
pub(super) type Found = HashMap<u64, Vec<Change>>;

/// Folds streams as far as pages of events need it. States are kept from page to page, so that an
/// export reads each stream about once.
#[derive(Default)]
pub(super) struct States {
    kept: HashMap<StreamId, At>,
}

impl States {
    /// What each of these events changed.
    ///
    /// # Errors
    /// When the log cannot be read, or an event in it.
    pub(super) async fn changes(
        &mut self,
        log: &Log,
        events: &[StoredEvent],
    ) -> Result<Found, AppError> {
        let mut wanted = Wanted::new();
        for event in events {
            wanted.entry(&event.stream).or_default().insert(event.version);
        }
        let mut found = Found::new();
        for batch in batches(self.missing(&wanted)) {
            let read = log.read_parts(&batch).await?;
            self.follow(log, read, &wanted, &mut found).await?;
        }
        for event in events.iter().filter(|event| is_decision(event)) {
            self.follow_webhook(log, event, &wanted, &mut found).await?;
        }
        if self.kept.len() > KEPT_MAX {
            self.kept.clear();
        }
        Ok(found)
    }

    /// The parts of streams that are still to be folded, but for those of webhooks.
    fn missing(&mut self, wanted: &Wanted<'_>) -> Vec<StreamPart> {
        let mut parts = Vec::new();
        for (stream, versions) in wanted {
            let (Some(first), Some(up_to)) = (versions.first(), versions.last()) else { continue };
            if stream.kind == Webhook::TYPE || State::of(&stream.kind).is_none() {
                continue;
            }
            if self.kept.get(stream).is_some_and(|at| at.version >= *first) {
                self.kept.remove(stream);
            }
            let after = self.kept.get(stream).map_or(0, |at| at.version);
            parts.push(StreamPart { stream: (*stream).clone(), after, up_to: *up_to });
        }
        parts
    }

    /// What a decision about a webhook subscription changed, from the state that was last summed
    /// before it: letters on their way are events by the million.
    async fn follow_webhook(
        &mut self,
        log: &Log,
        decision: &StoredEvent,
        wanted: &Wanted<'_>,
        found: &mut Found,
    ) -> Result<(), AppError> {
        let (stream, version) = (&decision.stream, decision.version);
        let summed = log.latest(stream, SUMMED, Some(version)).await?;
        let (stream, after) = (stream.clone(), summed.saturating_sub(1));
        let part = StreamPart { stream: stream.clone(), after, up_to: version };
        self.kept.remove(&stream);
        for batch in batches(vec![part]) {
            let read = log.read_parts(&batch).await?;
            self.follow(log, read, wanted, found).await?;
        }
        self.kept.remove(&stream);
        Ok(())
    }

    async fn follow(
        &mut self,
        log: &Log,
        events: Vec<StoredEvent>,
        wanted: &Wanted<'_>,
        found: &mut Found,
    ) -> Result<(), AppError> {
        for stored in events {
            let is_wanted = wanted
                .get(&stored.stream)
                .is_some_and(|versions| versions.contains(&stored.version));
            let Some(fresh) = State::of(&stored.stream.kind) else { continue };
            let at = self.kept.entry(stored.stream.clone());
            let at = at.or_insert(At { version: 0, state: fresh });
            let before = is_wanted.then(|| at.state.facts());
            let (kind, name) = (&stored.stream.kind, &stored.event_type);
            match Event::decode(kind, name, &stored.event_version, &stored.payload) {
                Ok(event) => event.into_iter().for_each(|event| at.state.apply(event)),
                Err(error) => pass_over(log, &stored, error).await?,
            }
            at.version = stored.version;
            if let Some(before) = before {
                found.insert(stored.position, changes(&before, &at.state.facts()));
            }
        }
        Ok(())
    }
}

/// Whether it says what is sent where and whether; letters on their way change nothing that is told.
fn is_decision(event: &StoredEvent) -> bool {
    event.stream.kind == Webhook::TYPE
        && WebhookEvent::DECISIONS.contains(&event.event_type.as_str())
}

/// Cuts parts of streams into what one statement reads.
fn batches(parts: Vec<StreamPart>) -> Vec<Vec<StreamPart>> {
    let (mut batches, mut batch, mut room) = (Vec::new(), Vec::new(), PAGE);
    for StreamPart { stream, mut after, up_to } in parts {
        while after < up_to {
            let end = up_to.min(after + room);
            batch.push(StreamPart { stream: stream.clone(), after, up_to: end });
            room -= end - after;
            after = end;
            if room == 0 {
                batches.push(std::mem::take(&mut batch));
                room = PAGE;
            }
        }
    }
    batches.push(batch);
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_reads_a_page_at_most_and_all_of_them_everything_once() {
        let part = |id: &str, after, up_to| StreamPart {
            stream: StreamId::new("ticket", id),
            after,
            up_to,
        };
        let cut = batches(vec![part("a", 0, 3), part("b", 5, PAGE * 2), part("c", 7, 7)]);
        assert_eq!(cut[0], [part("a", 0, 3), part("b", 5, PAGE + 2)]);
        assert_eq!(cut[1], [part("b", PAGE + 2, PAGE * 2)]);
        assert_eq!(cut.len(), 2);
    }
}
