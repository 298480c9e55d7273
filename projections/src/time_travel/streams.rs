//! Folds the rows of a few streams up to a position.

use std::collections::HashSet;

use casebook_domain::contact::ContactEvent;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::LogEvent;
use casebook_domain::ticket::TicketEvent;
use casebook_store::log::MAX_STREAMS;
use casebook_store::{Page, StoredEvent};

use super::AsOf;
use crate::ProjectionError;
use crate::read_model::ReadModel;
use crate::runner::{RowSet, decode, off_thread};

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
        self.gather::<M>(to, TicketEvent::STREAM_KIND, ids).await
    }

    /// Adds the events that `M` wants of the streams of these conversations.
    pub(super) async fn of_conversations<M: ReadModel>(
        &self,
        to: &mut Gathered,
        ids: &[impl ToString + Sync],
    ) -> Result<(), ProjectionError> {
        self.gather::<M>(to, ConversationEvent::STREAM_KIND, ids).await
    }

    /// Adds the events that `M` wants of the streams of these contacts.
    pub(super) async fn of_contacts<M: ReadModel>(
        &self,
        to: &mut Gathered,
        ids: &[impl ToString + Sync],
    ) -> Result<(), ProjectionError> {
        self.gather::<M>(to, ContactEvent::STREAM_KIND, ids).await
    }

    async fn gather<M: ReadModel>(
        &self,
        to: &mut Gathered,
        kind: &str,
        ids: &[impl ToString + Sync],
    ) -> Result<(), ProjectionError> {
        let unique: HashSet<String> = ids.iter().map(ToString::to_string).collect();
        let unique: Vec<String> = unique.into_iter().collect();
        for ids in unique.chunks(MAX_STREAMS) {
            let events = self.store.log().read_streams(kind, ids, M::EVENTS, self.position).await?;
            to.0.extend(events);
        }
        Ok(())
    }

    /// Folds what was gathered, for the tenants of the scope. Rows that other streams touch, too,
    /// are not complete: the caller knows which ones are.
    pub(super) async fn fold<M: ReadModel>(
        &self,
        gathered: &Gathered,
    ) -> Result<Vec<M::Row>, ProjectionError> {
        let sees = |event: &&StoredEvent| self.scope.tenants.contains(&event.tenant);
        let mut events: Vec<StoredEvent> = gathered.0.iter().filter(sees).cloned().collect();
        events.sort_unstable_by_key(|event| event.position);
        let (position, skips) = (self.position, self.skips.clone());
        let work = move || {
            let decoded = decode(Page { events, reached: position }, &skips, M::NAME);
            if let Some(reason) = decoded.unreadable {
                let (name, position) = (M::NAME.to_owned(), decoded.reached);
                return Err(ProjectionError::Stopped { name, position, reason });
            }
            let mut rows = RowSet::<M>::default();
            rows.fold(&decoded.events, usize::MAX);
            Ok(rows.into_rows())
        };
        off_thread(gathered.0.len(), work).await?
    }
}
