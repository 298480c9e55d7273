//! Loads aggregates through the unmodified repositories.

use std::fmt::Display;

use casebook_domain::contact::Contact;
use casebook_domain::conversation::Conversation;
use casebook_domain::ticket::Ticket;
use cqrs_es::persist::{EventStoreAggregateContext, PersistedEventRepository, PersistedEventStore};
use cqrs_es::{Aggregate, EventStore};
use serde::{Deserialize, Serialize};

use crate::open::{Database, postgres_repository, sqlite_repository};
use crate::tally::Tally;
use crate::workload::LoadTicket;

/// An aggregate as one side sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Type of the aggregate.
    pub kind: String,
    /// Its identifier.
    pub id: String,
    /// Number of its events.
    pub version: u64,
    /// Its state as JSON.
    pub state: serde_json::Value,
}

/// Loads one aggregate of a known kind.
///
/// To read another aggregate, add its type here; the events that were appended for it are made in
/// `sample_log` of Casebook's tests.
///
/// # Errors
/// A text, when the kind is not known or the repository fails.
pub async fn load(database: &Database, kind: &str, id: &str) -> Result<Seen, String> {
    match kind {
        Tally::TYPE => load_as::<Tally>(database, id).await,
        LoadTicket::TYPE => load_as::<LoadTicket>(database, id).await,
        Contact::TYPE => load_as::<Contact>(database, id).await,
        Conversation::TYPE => load_as::<Conversation>(database, id).await,
        Ticket::TYPE => load_as::<Ticket>(database, id).await,
        other => Err(format!("aggregates of type {other} are not known here")),
    }
}

async fn load_as<A: Aggregate>(database: &Database, id: &str) -> Result<Seen, String> {
    match database {
        Database::Sqlite(pool) => through::<A, _>(sqlite_repository(pool), id).await,
        Database::Postgres(pool) => through::<A, _>(postgres_repository(pool), id).await,
    }
}

async fn through<A: Aggregate, R: PersistedEventRepository>(
    repository: R,
    id: &str,
) -> Result<Seen, String> {
    let store = PersistedEventStore::<R, A>::new_event_store(repository);
    let events = store.load_events(id).await.map_err(text)?;
    if let Some((index, event)) =
        events.iter().enumerate().find(|(index, event)| event.sequence != index + 1)
    {
        return Err(format!("event {} of {id} has sequence {}", index + 1, event.sequence));
    }
    let context: EventStoreAggregateContext<A> = store.load_aggregate(id).await.map_err(text)?;
    let state = serde_json::to_value(&context.aggregate).map_err(text)?;
    let version = context.current_sequence as u64;
    Ok(Seen { kind: A::TYPE.to_owned(), id: id.to_owned(), version, state })
}

fn text(error: impl Display) -> String {
    error.to_string()
}
