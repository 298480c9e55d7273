//! What events changed: the states of their streams before and after, folded from the log.

use std::collections::{BTreeMap, HashMap};

use casebook_domain::audit::{
    Change, Facts, changes, of_contact, of_conversation, of_policy, of_ticket,
};
use casebook_domain::contact::Contact;
use casebook_domain::conversation::Conversation;
use casebook_domain::event::{DecodeError, Event};
use casebook_domain::policy_log::PolicyLog;
use casebook_domain::ticket::Ticket;
use casebook_store::{Log, StoredEvent, StreamId};
use cqrs_es::Aggregate;

use super::unreadable::pass_over;
use crate::AppError;

/// Events read at a time.
const PAGE: usize = 1000;

/// Streams whose states are kept for the next page.
const KEPT_MAX: usize = 1_000;

/// The state of one stream.
enum State {
    Contact(Box<Contact>),
    Conversation(Box<Conversation>),
    Policy(Box<PolicyLog>),
    Ticket(Box<Ticket>),
    /// Of streams that have no state: each event stands for itself.
    None,
}

impl State {
    fn of(kind: &str) -> Self {
        match kind {
            Contact::TYPE => Self::Contact(Box::default()),
            Conversation::TYPE => Self::Conversation(Box::default()),
            PolicyLog::TYPE => Self::Policy(Box::default()),
            Ticket::TYPE => Self::Ticket(Box::default()),
            _ => Self::None,
        }
    }

    fn apply(&mut self, event: Event) {
        match (self, event) {
            (Self::Contact(state), Event::Contact(event)) => state.apply(event),
            (Self::Conversation(state), Event::Conversation(event)) => state.apply(event),
            (Self::Policy(state), Event::Policy(event)) => state.apply(event),
            (Self::Ticket(state), Event::Ticket(event)) => state.apply(event),
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
            Self::None => Facts::default(),
        }
    }
}

/// A state with the version of its stream.
struct At {
    version: u64,
    state: State,
}

/// Folds streams as far as pages of events need it. States are kept from page to page, so that an
/// export reads each stream about once.
#[derive(Default)]
pub(super) struct States {
    kept: HashMap<StreamId, At>,
}

impl States {
    /// What each of these events changed, by position.
    ///
    /// # Errors
    /// When the log cannot be read, or an event in it.
    pub(super) async fn changes(
        &mut self,
        log: &Log,
        events: &[StoredEvent],
    ) -> Result<HashMap<u64, Vec<Change>>, AppError> {
        let mut wanted: BTreeMap<&StreamId, Vec<&StoredEvent>> = BTreeMap::new();
        for event in events {
            wanted.entry(&event.stream).or_default().push(event);
        }
        let mut found = HashMap::new();
        for (stream, mut events) in wanted {
            events.sort_unstable_by_key(|event| event.version);
            self.follow(log, stream, &events, &mut found).await?;
        }
        if self.kept.len() > KEPT_MAX {
            self.kept.clear();
        }
        Ok(found)
    }

    async fn follow(
        &mut self,
        log: &Log,
        stream: &StreamId,
        wanted: &[&StoredEvent],
        found: &mut HashMap<u64, Vec<Change>>,
    ) -> Result<(), AppError> {
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(()) };
        let kept = self.kept.remove(stream).filter(|at| at.version < first.version);
        let mut at = kept.unwrap_or_else(|| At { version: 0, state: State::of(&stream.kind) });
        if matches!(at.state, State::None) {
            return Ok(());
        }
        while at.version < last.version {
            let missing = usize::try_from(last.version - at.version).unwrap_or(PAGE);
            let page = log.read_stream(stream, at.version, missing.min(PAGE)).await?;
            if page.is_empty() {
                break;
            }
            for stored in &page {
                let is_wanted =
                    wanted.binary_search_by_key(&stored.version, |event| event.version).is_ok();
                let before = is_wanted.then(|| at.state.facts());
                match decode(stored) {
                    Ok(event) => event.into_iter().for_each(|event| at.state.apply(event)),
                    Err(error) => pass_over(log, stored, error).await?,
                }
                at.version = stored.version;
                if let Some(before) = before {
                    found.insert(stored.position, changes(&before, &at.state.facts()));
                }
            }
        }
        self.kept.insert(stream.clone(), at);
        Ok(())
    }
}

fn decode(stored: &StoredEvent) -> Result<Option<Event>, DecodeError> {
    let (kind, name) = (&stored.stream.kind, &stored.event_type);
    Event::decode(kind, name, &stored.event_version, &stored.payload)
}
