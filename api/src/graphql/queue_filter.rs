//! What the queue is filtered by.

use async_graphql::{InputObject, Result};
use casebook_app::queries::{Assignee, QueueFilter as Rows, QueueRequest};
use casebook_domain::ticket::Priority;

use super::enums::{Channel, ReplyState, TicketStatus};
use super::error;

/// Longest text and longest list of a filter: characters, entries.
const TEXT_CHARS_MAX: usize = 200;
const LIST_MAX: usize = 50;

/// What the queue is filtered by. Conditions hold together; what is left out asks nothing.
#[derive(Debug, Default, InputObject)]
pub(super) struct QueueFilter {
    /// Only this tenant.
    tenant: Option<String>,
    /// One of these statuses. Without it, tickets are shown that still need somebody.
    status: Option<Vec<TicketStatus>>,
    /// One of these priorities, 1 to 4.
    priority: Option<Vec<i32>>,
    /// One of these categories.
    category: Option<Vec<String>>,
    /// This gate fired and no agent has dealt with it.
    gate: Option<String>,
    /// This agent works on it.
    assignee: Option<String>,
    /// True: nobody works on it.
    unassigned: Option<bool>,
    /// Carries this label.
    label: Option<String>,
    /// One of these channels.
    channel: Option<Vec<Channel>>,
    /// One of these inboxes.
    inbox: Option<Vec<String>>,
    /// True: messages that were set aside, instead of tickets.
    set_aside: Option<bool>,
    /// Whether tickets are shown that are put aside until a time, instead of the others.
    snoozed: Option<bool>,
    /// One of these states of the last reply; shows resolved tickets, too.
    reply_state: Option<Vec<ReplyState>>,
    /// All of these words occur in subject, name, address or preview.
    text: Option<String>,
}

impl QueueFilter {
    /// The request that the filter means.
    pub(super) fn into_request(self) -> Result<QueueRequest> {
        let texts = [
            ("filter.gate", &self.gate),
            ("filter.assignee", &self.assignee),
            ("filter.label", &self.label),
            ("filter.text", &self.text),
        ];
        for (field, text) in texts {
            if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
                let message = format!("is longer than {TEXT_CHARS_MAX} characters");
                return Err(error::invalid(field, message));
            }
        }
        let assignee = match (self.unassigned.unwrap_or_default(), self.assignee) {
            (true, Some(_)) => {
                return Err(error::invalid("filter.unassigned", "goes without assignee"));
            }
            (true, None) => Some(Assignee::Nobody),
            (false, assignee) => assignee.map(Assignee::Agent),
        };
        let statuses = list("filter.status", self.status)?;
        let channels = list("filter.channel", self.channel)?;
        let reply_states = list("filter.replyState", self.reply_state)?;
        let filter = Rows {
            status: statuses.into_iter().map(Into::into).collect(),
            priority: priorities(list("filter.priority", self.priority)?)?,
            category: list("filter.category", self.category)?,
            gate: self.gate,
            assignee,
            label: self.label,
            channel: channels.into_iter().map(Into::into).collect(),
            inbox: list("filter.inbox", self.inbox)?,
            set_aside: self.set_aside,
            snoozed: self.snoozed,
            reply_state: reply_states.into_iter().map(Into::into).collect(),
            text: self.text,
        };
        Ok(QueueRequest { tenant: self.tenant, filter })
    }
}

/// A list of a filter within its limit.
pub(super) fn list<T>(field: &str, list: Option<Vec<T>>) -> Result<Vec<T>> {
    let list = list.unwrap_or_default();
    if list.len() > LIST_MAX {
        return Err(error::invalid(field, format!("has more than {LIST_MAX} entries")));
    }
    Ok(list)
}

fn priorities(numbers: Vec<i32>) -> Result<Vec<Priority>> {
    let priority = |number: i32| {
        let known = u8::try_from(number).ok().and_then(Priority::from_number);
        known.ok_or_else(|| error::invalid("filter.priority", "use numbers from 1 to 4"))
    };
    numbers.into_iter().map(priority).collect()
}
