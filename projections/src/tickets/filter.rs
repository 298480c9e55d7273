//! What the queue is filtered by and ordered by.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{Priority, Status};
use casebook_store::Dialect;

use super::{ReplyState, Shelf, TicketRow};
use crate::columns::serde_name;
use crate::sql::Statement;

/// Who works on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody yet.
    Nobody,
    /// This agent.
    Agent(String),
}

/// What the queue is filtered by. Conditions hold together; an empty list or `None` asks nothing.
///
/// Without `status`, tickets are shown that still need somebody. Set-aside messages are shown only
/// when `set_aside` is `Some(true)`, and then nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// One of these statuses.
    pub status: Vec<Status>,
    /// One of these priorities.
    pub priority: Vec<Priority>,
    /// One of these categories.
    pub category: Vec<String>,
    /// This gate fired and no agent has dealt with it.
    pub gate: Option<String>,
    /// Who works on it.
    pub assignee: Option<Assignee>,
    /// Carries this label.
    pub label: Option<String>,
    /// One of these channels.
    pub channel: Vec<Channel>,
    /// One of these inboxes.
    pub inbox: Vec<String>,
    /// Whether set-aside messages are shown, instead of tickets.
    pub set_aside: Option<bool>,
    /// Whether tickets are shown that are put aside until a time, instead of the others.
    pub snoozed: Option<bool>,
    /// One of these states of the last reply.
    pub reply_state: Vec<ReplyState>,
    /// All of these words occur in subject, name, address or preview, in any case.
    pub text: Option<String>,
}

impl QueueFilter {
    /// The lists that can hold matching rows.
    pub(crate) fn shelves(&self) -> Vec<Shelf> {
        if self.set_aside == Some(true) {
            return vec![Shelf::SetAside];
        }
        if self.snoozed == Some(true) {
            return vec![Shelf::Snoozed];
        }
        // A reply that came back stands on a ticket that may be done.
        if self.status.is_empty() && !self.reply_state.is_empty() {
            return vec![Shelf::Open, Shelf::Done];
        }
        if self.status.is_empty() {
            return vec![Shelf::Open];
        }
        let wanted =
            |shelf: &Shelf| self.status.iter().any(|s| Shelf::of(Some(*s), false) == *shelf);
        [Shelf::Open, Shelf::Done].into_iter().filter(wanted).collect()
    }

    /// The statuses of matching rows on a shelf; `None` for rows that have none.
    pub(super) fn statuses(&self, shelf: Shelf) -> Vec<Option<Status>> {
        let is_there = |status: &Status| match shelf {
            Shelf::Open | Shelf::Snoozed => status.is_open(),
            Shelf::Done => !status.is_open(),
            Shelf::SetAside => false,
        };
        let wanted = |status: &Status| self.status.is_empty() || self.status.contains(status);
        if shelf == Shelf::SetAside && self.status.is_empty() {
            return vec![None];
        }
        let all = Status::ALL.into_iter();
        all.filter(|status| is_there(status) && wanted(status)).map(Some).collect()
    }

    /// Adds all conditions but tenant, shelf and status, each led by AND.
    pub(super) fn push(&self, dialect: Dialect, statement: &mut Statement) {
        let lists = [
            ("category", self.category.clone()),
            ("channel", texts(&self.channel, |channel| channel.name().to_owned())),
            ("inbox", self.inbox.clone()),
            ("reply_state", texts(&self.reply_state, serde_name)),
        ];
        for (column, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
            statement.push(" AND ").push_in(column, values);
        }
        if !self.priority.is_empty() {
            let numbers = self.priority.iter().map(|priority| i64::from(priority.number()));
            statement.push(" AND ").push_in("priority", numbers);
        }
        // Labels are kept in lower case.
        let label = self.label.as_ref().map(|label| label.to_lowercase());
        for (column, item) in [("gate_codes", self.gate.clone()), ("labels", label)] {
            if let Some(item) = item {
                // The column is a JSON list of texts, so the quoted form stands for a whole item.
                let quoted = serde_json::Value::String(item).to_string();
                statement.push(" AND ").push_contains(dialect, column, &quoted);
            }
        }
        match &self.assignee {
            Some(Assignee::Nobody) => {
                statement.push(" AND assignee IS NULL");
            }
            Some(Assignee::Agent(agent)) => {
                statement.push(" AND assignee = ").bind(agent);
            }
            None => {}
        }
        for word in words(self.text.as_deref()) {
            statement.push(" AND ").push_contains(dialect, "search", &word);
        }
    }
}

/// The words of a text filter, each of which must occur, as the column `search` holds them.
pub(super) fn words(text: Option<&str>) -> Vec<String> {
    let text = text.unwrap_or_default().to_lowercase();
    text.split_whitespace().map(str::to_owned).collect()
}

fn texts<T>(values: &[T], name: fn(&T) -> String) -> Vec<String> {
    values.iter().map(name).collect()
}

/// Place of a row in the order of the queue: priority, then oldest first, then identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueKey {
    /// Place in the queue, 1 first.
    pub priority: Priority,
    /// When the first message came.
    pub received_at: Timestamp,
    /// The ticket.
    pub ticket_id: TicketId,
}

impl TicketRow {
    /// Where the row stands in the order of the queue.
    pub const fn queue_key(&self) -> QueueKey {
        QueueKey {
            priority: self.priority,
            received_at: self.received_at,
            ticket_id: self.ticket_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_of_a_long_text_counts() {
        let text = "my dog Rex does not eat the new food since Tuesday morning";
        assert_eq!(words(Some(text)).len(), 12);
        assert_eq!(words(Some(" Rex  EATS ")), ["rex", "eats"]);
        assert_eq!(words(None), Vec::<String>::new());
    }
}
