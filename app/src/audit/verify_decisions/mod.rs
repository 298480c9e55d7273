//! Performs every decision of the log again, from its recorded inputs, and tells what differs.
//!
//! Nothing is written and no model is asked. The events of one command are checked together: a
//! received message with its gates, its contact and its ticket (`receipt`), a classification with
//! its draft (`answer`), an approved reply (`reply`). Each is decided by the code that decided it
//! first, on the aggregates as they stood before, under the policy of that time.

mod answer;
mod difference;
mod group;
mod performer;
mod receipt;
mod reply;
mod report;
mod states;

use casebook_domain::contact::ContactEvent;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::{Event, LogEvent};
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::TicketEvent;
use casebook_store::{Filter, StoreError, StoredEvent, StreamId};

pub use difference::{Difference, Rule, Side};
use group::{Group, Member};
use performer::{Performer, Stuck};
pub use report::DecisionCheck;

use crate::{Access, App, AppError, Permission};

/// Events read at a time.
const PAGE: usize = 2000;

/// Which decisions are performed again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyDecisions {
    /// Only of this tenant.
    pub tenant: Option<String>,
    /// Only about these tickets; all when empty.
    pub tickets: Vec<TicketId>,
    /// From this position on.
    pub from: Option<u64>,
    /// Up to this position; the present end of the log when left out.
    pub to: Option<u64>,
    /// Whether differences show what differs, which may be personal data.
    pub show: bool,
}

/// What is told while decisions are performed again.
#[derive(Clone, Copy, Debug)]
pub enum DecisionNews<'a> {
    /// How far it has come.
    Progress(&'a DecisionCheck),
    /// Something differs.
    Differs(&'a Difference),
}

impl App {
    /// Performs decisions again and tells every field that does not follow from its inputs.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission; `NOT_FOUND` for a ticket or tenant that the actor may
    /// not see; `INVALID` when `from` lies behind `to`; when the store cannot be read.
    pub async fn verify_decisions(
        &self,
        access: &Access,
        what: &VerifyDecisions,
        mut tell: impl FnMut(DecisionNews<'_>),
    ) -> Result<DecisionCheck, AppError> {
        access.require(Permission::Administer)?;
        if let Some(tenant) = &what.tenant {
            self.scope_of(access, tenant)?;
        }
        let end = self.store().log().last_position().await?;
        let to = what.to.unwrap_or(end).min(end);
        let from = what.from.unwrap_or(1).max(1);
        if from > what.to.unwrap_or(end.max(1)) {
            let message = format!("lies behind `to`, or behind the end of the log at {end}");
            return Err(AppError::invalid("from", message));
        }
        let mut performer = Performer::new(self, what.show);
        if what.tickets.is_empty() {
            let filter = Filter { tenant: what.tenant.clone(), ..Filter::default() };
            let from = self.command_begins(from).await?;
            performer.span(access, &filter, (from, to), &mut tell).await?;
        } else {
            for ticket in &what.tickets {
                for (first, last) in self.commands_of(access, what, *ticket, (from, to)).await? {
                    let span = (first, last);
                    performer.span(access, &Filter::default(), span, &mut tell).await?;
                }
            }
        }
        Ok(performer.report.check)
    }

    /// The first position of the command that wrote the event at `position`.
    async fn command_begins(&self, position: u64) -> Result<u64, AppError> {
        let page = self.store().log().read(position - 1, &Filter::default(), 1).await?;
        let Some(event) = page.events.first() else { return Ok(position) };
        let command = self.store().log().find_command(event.command_id).await?;
        Ok(command.map_or(position, |known| known.appended.first_position))
    }

    /// First and last position of each command on a ticket that lies in the range.
    async fn commands_of(
        &self,
        access: &Access,
        what: &VerifyDecisions,
        ticket: TicketId,
        (from, to): (u64, u64),
    ) -> Result<Vec<(u64, u64)>, AppError> {
        let tenant = self.tenant_of(access, ticket).await?;
        if what.tenant.as_ref().is_some_and(|wanted| *wanted != tenant) {
            return Err(AppError::NotFound("ticket"));
        }
        let stream = StreamId::new(TicketEvent::STREAM_KIND, ticket.to_string());
        let (mut spans, mut version) = (Vec::new(), 0);
        loop {
            let events = self.store().log().read_stream(&stream, version, PAGE).await?;
            let Some(last) = events.last() else { return Ok(spans) };
            version = last.version;
            for event in events {
                let within = event.position >= from && event.position <= to;
                if !within || spans.last().is_some_and(|(_, last)| event.position <= *last) {
                    continue;
                }
                let command = self.store().log().find_command(event.command_id).await?;
                let span =
                    command.map(|it| (it.appended.first_position, it.appended.last_position));
                spans.push(span.unwrap_or((event.position, event.position)));
            }
        }
    }
}

impl Performer<'_> {
    /// Checks the commands from one position to another; the last one is read to its end.
    async fn span(
        &mut self,
        access: &Access,
        filter: &Filter,
        (from, to): (u64, u64),
        tell: &mut impl FnMut(DecisionNews<'_>),
    ) -> Result<(), AppError> {
        let log = self.app.store().log();
        let mut after = from - 1;
        let mut command: Vec<StoredEvent> = Vec::new();
        loop {
            let page = match log.read(after, filter, PAGE).await {
                Err(StoreError::Hole { position }) => {
                    return Err(AppError::fault(format!("position {position} is missing")));
                }
                page => page?,
            };
            // A filtered page may be empty although the log goes on behind it.
            let complete = page.reached <= after;
            after = page.reached;
            for event in page.events {
                if command.last().is_some_and(|last| last.command_id != event.command_id) {
                    self.command(access, std::mem::take(&mut command), tell).await?;
                }
                if event.position > to && command.is_empty() {
                    tell(DecisionNews::Progress(&self.report.check));
                    return Ok(());
                }
                command.push(event);
            }
            tell(DecisionNews::Progress(&self.report.check));
            if complete {
                return self.command(access, command, tell).await;
            }
        }
    }

    /// Checks the events of one command.
    async fn command(
        &mut self,
        access: &Access,
        events: Vec<StoredEvent>,
        tell: &mut impl FnMut(DecisionNews<'_>),
    ) -> Result<(), AppError> {
        let Some(last) = events.last() else { return Ok(()) };
        self.report.check.events += events.len() as u64;
        self.report.check.position = last.position;
        if !access.sees(&last.tenant) {
            return Ok(());
        }
        match Group::read(events) {
            None => self.report.not_performed("unreadable_event"),
            Some(group) if group.has_erased() => self.report.not_performed("erased"),
            Some(group) => match self.decisions(&group).await {
                Ok(()) => {}
                Err(Stuck::Unreadable) => self.report.not_performed("unreadable_event"),
                Err(Stuck::TextMissing) => self.report.not_performed("text_missing"),
                Err(Stuck::Store(error)) => return Err(error),
            },
        }
        for difference in self.report.found.drain(..) {
            tell(DecisionNews::Differs(&difference));
        }
        Ok(())
    }

    async fn decisions(&mut self, group: &Group) -> Result<(), Stuck> {
        if let Some((stored, message)) = group.message() {
            return self.receipt(group, stored, message).await;
        }
        if let Some((stored, decision)) = group.classified() {
            return self.answer(group, stored, decision).await;
        }
        for member in &group.members {
            match &member.event {
                Event::Ticket(TicketEvent::ReplyApproved(approved)) => {
                    self.reply(group, &member.stored, approved).await?;
                }
                // Answers that were refused are not kept.
                Event::Ticket(TicketEvent::TriageFailed(_)) => {
                    self.report.not_performed("no_answer_accepted");
                }
                _ if follows_from_others(member) => self.report.unexplained(&member.stored),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether an event is only ever written together with the message or answer that it follows from.
const fn follows_from_others(member: &Member) -> bool {
    matches!(
        &member.event,
        Event::Ticket(
            TicketEvent::TicketReceived(_)
                | TicketEvent::CustomerReplied(_)
                | TicketEvent::TicketGated(_)
                | TicketEvent::ReplyDrafted(_)
                | TicketEvent::ReplyBounced(_)
        ) | Event::Conversation(
            ConversationEvent::MailSetAside(_) | ConversationEvent::BounceAttached(_)
        ) | Event::Contact(ContactEvent::ContactWrote(_))
    )
}
