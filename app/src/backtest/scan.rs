//! Reads the log by whole commands, one page ahead.

use casebook_store::{Filter, Log, StoreError, StoredEvent};

/// Events read at a time.
const PAGE: usize = 4000;

/// The commands of a tenant that tell what triage and humans did.
pub(super) struct Scan {
    log: Log,
    filter: Filter,
    after: u64,
    end: u64,
    /// The beginning of a command whose rest is on the next page.
    begun: Vec<StoredEvent>,
}

/// Events of which steps are made.
const EVENTS: [&str; 12] = [
    "MessageReceived",
    "TicketReceived",
    "CustomerReplied",
    "TicketGated",
    "TicketClassified",
    "TriageFailed",
    "TicketEscalated",
    "ReplyApproved",
    "ReplySent",
    "TicketResolved",
    "TicketClosed",
    "TicketReopened",
];

impl Scan {
    /// Reads up to the present end of the log.
    pub(super) async fn begin(log: Log, tenant: &str) -> Result<Self, StoreError> {
        let end = log.last_position().await?;
        let types = EVENTS.iter().map(ToString::to_string);
        let filter = Filter {
            event_types: types.collect(),
            tenant: Some(tenant.to_owned()),
            ..Filter::default()
        };
        Ok(Self { log, filter, after: 0, end, begun: Vec::new() })
    }

    /// Position that the reading has reached.
    pub(super) const fn position(&self) -> u64 {
        self.after
    }

    /// The next commands, each with its events; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Vec<StoredEvent>>>, StoreError> {
        if self.after >= self.end {
            let last = std::mem::take(&mut self.begun);
            return Ok((!last.is_empty()).then(|| vec![last]));
        }
        let page = self.log.read(self.after, &self.filter, PAGE).await?;
        self.after = if page.reached > self.after { page.reached } else { self.end };
        let mut commands = Vec::new();
        for event in page.events {
            if self.begun.last().is_some_and(|last| last.command_id != event.command_id) {
                commands.push(std::mem::take(&mut self.begun));
            }
            self.begun.push(event);
        }
        Ok(Some(commands))
    }
}
