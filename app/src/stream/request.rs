//! Which public events somebody asks for, and what of them they may see.

use std::str::FromStr;

use casebook_domain::conversation::Conversation;
use casebook_domain::ids::{ConversationId, TicketId};
use casebook_store::{Cursor, CursorError, Filter, StoredEvent, StreamId};
use cqrs_es::Aggregate;

use super::event::StreamEvent;
use super::types::EventType;
use crate::{Access, App, AppError, Permission};

/// Most types, and most tenants, that one request may name.
const LIST_MAX: usize = 100;

/// Where somebody begins to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamStart {
    /// Before the first event.
    #[default]
    Earliest,
    /// Behind the last event as it is now.
    Latest,
    /// Behind the event with this cursor.
    After(Cursor),
}

impl FromStr for StreamStart {
    type Err = CursorError;

    /// Reads `earliest`, `latest` or a cursor.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "earliest" => Ok(Self::Earliest),
            "latest" => Ok(Self::Latest),
            cursor => cursor.parse().map(Self::After),
        }
    }
}

/// Which public events somebody asks for; what is left empty asks nothing.
#[derive(Clone, Debug, Default)]
pub struct EventRequest {
    /// Where to begin.
    pub start: StreamStart,
    /// Only events of these types.
    pub types: Vec<String>,
    /// Only events of these tenants.
    pub tenants: Vec<String>,
    /// Only events about this ticket.
    pub ticket: Option<TicketId>,
    /// Beside the events about `ticket`, those of this conversation that are about no ticket: mail
    /// that joins the thread without being anybody's work.
    pub thread: Option<ConversationId>,
    /// With personal data.
    pub personal: bool,
}

/// A request that was found allowed: which events pass.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    access: Access,
    types: Vec<&'static EventType>,
    tenants: Vec<String>,
    /// The ticket, and how events in the log name it.
    ticket: Option<(TicketId, String)>,
    /// The stream of the ticket's conversation, when that is asked for as well.
    thread: Option<StreamId>,
}

impl Selection {
    /// Whether an event passes.
    pub(super) fn wants(&self, event: &StreamEvent) -> bool {
        let type_name = event.public(false).type_name;
        self.access.sees(event.tenant())
            && (self.tenants.is_empty() || self.tenants.iter().any(|name| name == event.tenant()))
            && (self.types.is_empty() || self.types.iter().any(|known| known.name == type_name))
            && self.ticket.as_ref().is_none_or(|(id, _)| match event.ticket_id() {
                Some(other) => other == *id,
                None => self.thread.as_ref() == Some(event.stream()),
            })
    }

    /// What the log can leave out by itself.
    pub(super) fn filter(&self) -> Filter {
        let tenant = match self.tenants.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let mut event_types: Vec<String> =
            self.types.iter().map(|known| known.stored.to_owned()).collect();
        event_types.sort_unstable();
        event_types.dedup();
        Filter { event_types, tenant, ..Filter::default() }
    }

    /// Whether a stored event may pass; tells it without reading the event.
    pub(super) fn may_want(&self, stored: &StoredEvent) -> bool {
        self.access.sees(&stored.tenant)
            && self.ticket.as_ref().is_none_or(|(_, id)| {
                stored.stream.id == *id
                    || self.thread.as_ref() == Some(&stored.stream)
                    || stored.payload.contains(id)
            })
    }
}

impl App {
    /// Checks a request and finds the position after which it begins.
    pub(crate) async fn select_events(
        &self,
        access: &Access,
        request: &EventRequest,
    ) -> Result<(Selection, u64), AppError> {
        access.require(Permission::Follow)?;
        if request.personal {
            access.require(Permission::Personal)?;
        }
        for (field, list) in [("type", &request.types), ("tenant", &request.tenants)] {
            if list.len() > LIST_MAX {
                return Err(AppError::invalid(field, format!("names more than {LIST_MAX}")));
            }
        }
        let unknown = || AppError::invalid("type", "is not a type of public events");
        let types = request.types.iter().map(|name| EventType::named(name).ok_or_else(unknown));
        let types = types.collect::<Result<Vec<_>, _>>()?;
        let known = access.visible(self.policies().tenants());
        if request.tenants.iter().any(|tenant| !known.contains(tenant)) {
            return Err(AppError::NotFound("tenant"));
        }
        let last = self.store().log().last_position().await?;
        let after = match request.start {
            StreamStart::Earliest => 0,
            StreamStart::Latest => last,
            StreamStart::After(cursor) => cursor
                .position_in(self.log_id(), last)
                .map_err(|wrong| AppError::invalid("after", wrong.to_string()))?,
        };
        let selection = Selection {
            access: access.clone(),
            types,
            tenants: request.tenants.clone(),
            ticket: request.ticket.map(|id| (id, id.to_string())),
            thread: request.thread.map(|id| StreamId::new(Conversation::TYPE, id.to_string())),
        };
        Ok((selection, after))
    }
}
