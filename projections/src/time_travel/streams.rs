//! Folds the rows of a few streams up to a position.

use std::collections::{HashMap, HashSet};

use casebook_domain::contact::ContactEvent;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::{Event, LogEvent};
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::TicketEvent;
use casebook_store::log::MAX_STREAMS;
use casebook_store::{Page, StoredEvent};

use super::AsOf;
use crate::read_model::ReadModel;
use crate::replies::{self, Reply};
use crate::runner::{RowSet, decode, off_thread};
use crate::tickets::Tickets;
use crate::{ProjectionError, Recorded};

/// Events of several streams, gathered before they are folded.
#[derive(Debug, Default)]
pub(super) struct Gathered(Vec<StoredEvent>);

impl Gathered {
    /// Number of events.
    pub const fn len(&self) -> usize {
        self.0.len()
    }
}

impl AsOf {
    /// Adds the events that `M` wants of the streams of these tickets.
    pub(super) async fn of_tickets<M: ReadModel>(
        &self,
        to: &mut Gathered,
        ids: &[impl ToString + Sync],
    ) -> Result<(), ProjectionError> {
        self.gather(to, TicketEvent::STREAM_KIND, ids, M::EVENTS).await
    }

    /// Adds the events that `M` wants of the streams of these conversations.
    pub(super) async fn of_conversations<M: ReadModel>(
        &self,
        to: &mut Gathered,
        ids: &[impl ToString + Sync],
    ) -> Result<(), ProjectionError> {
        self.gather(to, ConversationEvent::STREAM_KIND, ids, M::EVENTS).await
    }

    /// Adds the events that `M` wants of the streams of these contacts.
    pub(super) async fn of_contacts<M: ReadModel>(
        &self,
        to: &mut Gathered,
        ids: &[impl ToString + Sync],
    ) -> Result<(), ProjectionError> {
        self.gather(to, ContactEvent::STREAM_KIND, ids, M::EVENTS).await
    }

    async fn gather(
        &self,
        to: &mut Gathered,
        kind: &str,
        ids: &[impl ToString + Sync],
        event_types: &'static [&'static str],
    ) -> Result<(), ProjectionError> {
        let unique: HashSet<String> = ids.iter().map(ToString::to_string).collect();
        let unique: Vec<String> = unique.into_iter().collect();
        for ids in unique.chunks(MAX_STREAMS) {
            let log = self.store.log();
            let events = log.read_streams(kind, ids, event_types, self.position).await?;
            to.0.extend(events);
        }
        Ok(())
    }

    /// The replies of these tickets, each ticket's in the order of their approval; tickets without
    /// one are left out.
    ///
    /// # Errors
    /// As [`AsOf::new`].
    pub async fn replies_of_tickets(
        &self,
        ids: &[TicketId],
    ) -> Result<HashMap<TicketId, Vec<Reply>>, ProjectionError> {
        let mut gathered = Gathered::default();
        self.gather(&mut gathered, TicketEvent::STREAM_KIND, ids, replies::EVENTS).await?;
        // What operators let the rows of tickets pass over, replies pass over, too.
        self.folded(&gathered, Tickets::NAME, replies::replies).await
    }

    /// Folds what was gathered, for the tenants of the scope. Rows that other streams touch, too,
    /// are not complete: the caller knows which ones are.
    pub(super) async fn fold<M: ReadModel>(
        &self,
        gathered: &Gathered,
    ) -> Result<Vec<M::Row>, ProjectionError> {
        let fold = |events: &[Recorded<Event>]| {
            let mut rows = RowSet::<M>::default();
            rows.fold(events, usize::MAX);
            rows.into_rows()
        };
        self.folded(gathered, M::NAME, fold).await
    }

    /// What a fold makes of what was gathered, of the tenants of the scope and in the order of the
    /// log, for the reader of a name.
    async fn folded<T: Send + 'static>(
        &self,
        gathered: &Gathered,
        reader: &'static str,
        fold: impl FnOnce(&[Recorded<Event>]) -> T + Send + 'static,
    ) -> Result<T, ProjectionError> {
        let sees = |event: &&StoredEvent| self.scope.tenants.contains(&event.tenant);
        let mut events: Vec<StoredEvent> = gathered.0.iter().filter(sees).cloned().collect();
        events.sort_unstable_by_key(|event| event.position);
        let (position, skips) = (self.position, self.skips.clone());
        let work = move || {
            let decoded = decode(Page { events, reached: position }, &skips, reader);
            if let Some(reason) = decoded.unreadable {
                let (name, position) = (reader.to_owned(), decoded.reached);
                return Err(ProjectionError::Stopped { name, position, reason });
            }
            Ok(fold(&decoded.events))
        };
        off_thread(gathered.0.len(), work).await?
    }
}
