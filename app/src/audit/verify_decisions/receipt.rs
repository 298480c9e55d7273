//! A message taken in again: parsing, gates, disposition, subject.

use std::sync::Arc;

use casebook_domain::contact::ContactEvent;
use casebook_domain::conversation::{ConversationEvent, MessageReceived};
use casebook_domain::event::LogEvent;
use casebook_domain::gates::GateFacts;
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::{GateCheck, Ticket, TicketEvent};
use casebook_store::{StoredEvent, StreamId};
use serde_json::Value;

use super::difference::{Rule, differences};
use super::group::Group;
use super::performer::{Performer, Stuck};
use super::report::content;
use crate::intake::{Again, ReadAgain, RecordedMessage, attached};

/// The tickets that a message moved, as its command records them.
#[derive(Default)]
struct Moved<'a> {
    /// The one that it opened or joined, and what the gates said.
    own: Option<(&'a StoredEvent, &'a GateCheck)>,
    /// The one whose reply came back.
    bounced: Option<(&'a StoredEvent, MessageId)>,
}

impl<'a> Moved<'a> {
    fn of(group: &'a Group) -> Self {
        let mut moved = Self::default();
        for (stored, event) in group.ticket_events() {
            match event {
                TicketEvent::TicketReceived(received) => {
                    moved.own = Some((stored, &received.check));
                }
                TicketEvent::CustomerReplied(replied) => moved.own = Some((stored, &replied.check)),
                TicketEvent::ReplyBounced(bounced) => {
                    moved.bounced = Some((stored, bounced.reply_id));
                }
                _ => {}
            }
        }
        moved
    }

    fn bounced_reply(&self) -> Option<(TicketId, MessageId)> {
        let (stored, reply) = self.bounced?;
        Some((stored.stream.id.parse().ok()?, reply))
    }
}

/// Version of a stream before the first of a command's events on it.
fn version_before(group: &Group, stream: &StreamId) -> u64 {
    group.of_stream(stream).first().map_or(0, |stored| stored.version - 1)
}

impl Performer<'_> {
    /// Takes the message of a command in again and holds all its events against what follows.
    pub(super) async fn receipt(
        &mut self,
        group: &Group,
        stored: &StoredEvent,
        message: &MessageReceived,
    ) -> Result<(), Stuck> {
        let tenant = stored.tenant.as_str();
        let moved = Moved::of(group);
        let named = group.policy_version().or(moved.own.map(|(_, c)| c.policy_version.as_str()));
        let Some(version) = named else {
            self.report.not_performed("no_policy_named");
            return Ok(());
        };
        let Some(in_force) = self.policy(tenant, version).await? else {
            self.report.differs(stored, "/policy_version", Some(&Value::from(version)), None);
            return Ok(());
        };
        let Ok(conversation_id) = stored.stream.id.parse() else { return Ok(()) };
        let before = version_before(group, &stored.stream);
        let conversation = self.conversations.at(&stored.stream.id, before).await?;
        let contact_id = message.contact_id.to_string();
        let (contact_version, contact) = match moved.own {
            Some((_, check)) => {
                let version = check.facts_version;
                (version, self.contacts.at(&contact_id, version).await?)
            }
            // Only a ticket keeps the version at which the facts were read.
            None => self.contacts.before(&contact_id, group.first().position).await?,
        };
        let opened = group.conversation_events().into_iter().find_map(|event| match event {
            ConversationEvent::ConversationOpened(opened) => Some(opened.clone()),
            _ => None,
        });
        let facts: Option<GateFacts> = moved.own.map(|(_, check)| check.facts.clone());
        let known = RecordedMessage {
            in_force,
            message,
            conversation_id,
            inbox: opened.as_ref().map_or(conversation.inbox(), |opened| opened.inbox.as_str()),
            channel: opened.as_ref().map_or(conversation.channel(), |opened| opened.channel),
            conversation: &conversation,
            contact: &contact,
            contact_version,
            facts: facts.as_ref(),
            attached_to: attached(&group.conversation_events()),
            bounced: moved.bounced_reply(),
        };
        let Some(read) = self.read_message(stored, &known).await? else { return Ok(()) };
        self.report.performed(&[Rule::Intake, Rule::Facts, Rule::Gates, Rule::Subject]);
        let states = self.tickets_before(group, &moved).await?;
        match known.decide(&read, &states.0, states.1.as_deref()) {
            Ok(again) => self.hold(group, stored, message, &moved, again),
            Err(_) => self.report.unexplained(stored),
        }
        Ok(())
    }

    /// Parses again. What is decided afterwards is decided about the recorded texts: the parsed
    /// ones where they are the same, because they may be longer than what the event keeps. `None`
    /// when neither is there.
    async fn read_message(
        &mut self,
        stored: &StoredEvent,
        known: &RecordedMessage<'_>,
    ) -> Result<Option<ReadAgain>, Stuck> {
        let tenant = stored.tenant.as_str();
        let sha256 = &known.message.receipt.sha256;
        let raw = self.bytes(tenant, sha256).await?;
        let mut read = raw.and_then(|raw| self.app.read_again(known, &raw));
        match read.take() {
            None => {
                let recorded = Value::from(sha256.as_str());
                self.report.differs(stored, "/receipt/sha256", Some(&recorded), None);
            }
            Some(again) => {
                self.report.performed(&[Rule::Parsing]);
                if self.same_message(stored, &again.forms) {
                    return Ok(Some(again));
                }
                read = Some(again);
            }
        }
        let Some(text) = self.text(tenant, &known.message.text).await? else {
            self.report.not_performed("text_missing");
            return Ok(None);
        };
        let new_text = match &known.message.new_text {
            None => Some(text.clone()),
            Some(body) => self.text(tenant, body).await?,
        };
        let Some(new_text) = new_text else {
            self.report.not_performed("text_missing");
            return Ok(None);
        };
        Ok(Some(known.as_recorded(read, (text, new_text))))
    }

    /// Holds a message against the forms that its bytes may have been given; the one that fits
    /// best tells the differences.
    fn same_message(&mut self, stored: &StoredEvent, forms: &[MessageReceived]) -> bool {
        let recorded = content(&stored.payload, &stored.event_type);
        let forms: Vec<Value> =
            forms.iter().filter_map(|form| serde_json::to_value(form).ok()).collect();
        let found = forms.iter().map(|form| differences(&recorded, form));
        let Some(nearest) = found.min_by_key(Vec::len) else {
            self.report.unexplained(stored);
            return false;
        };
        for (path, recorded, read) in &nearest {
            self.report.differs(stored, path, *recorded, *read);
        }
        nearest.is_empty()
    }

    /// The message's own ticket as it stood before, and the other one whose reply came back.
    async fn tickets_before(
        &mut self,
        group: &Group,
        moved: &Moved<'_>,
    ) -> Result<(Arc<Ticket>, Option<Arc<Ticket>>), Stuck> {
        let own = moved.own.map(|(stored, _)| &stored.stream);
        let other = moved.bounced.map(|(stored, _)| &stored.stream);
        let own_state = match own {
            Some(own) => self.tickets.at(&own.id, version_before(group, own)).await?,
            None => Arc::default(),
        };
        let other_state = match other.filter(|other| own != Some(*other)) {
            Some(other) => Some(self.tickets.at(&other.id, version_before(group, other)).await?),
            None => None,
        };
        Ok((own_state, other_state))
    }

    /// Holds every event of the command against those that follow.
    fn hold(
        &mut self,
        group: &Group,
        stored: &StoredEvent,
        message: &MessageReceived,
        moved: &Moved<'_>,
        again: Again,
    ) {
        let report = &mut self.report;
        let contact = StreamId::new(ContactEvent::STREAM_KIND, message.contact_id.to_string());
        report.align(group, &stored.stream, &again.conversation);
        report.align(group, &contact, &again.contact);
        let opened = TicketId::opened_by(message.message_id).to_string();
        let own = moved.own.map(|(stored, _)| stored.stream.clone());
        let own = own.unwrap_or_else(|| StreamId::new(TicketEvent::STREAM_KIND, opened));
        let mut known = vec![stored.stream.clone(), contact, own.clone()];
        let mut ticket = again.ticket;
        time_taken(group, &mut ticket);
        match moved.bounced.map(|(stored, _)| stored.stream.clone()) {
            Some(other) if other != own => {
                report.align(group, &own, &ticket);
                report.align(group, &other, &again.bounced);
                known.push(other);
            }
            _ => {
                ticket.extend(again.bounced);
                report.align(group, &own, &ticket);
            }
        }
        for member in &group.members {
            if !known.contains(&member.stored.stream) {
                report.unexplained(&member.stored);
            }
        }
    }
}

/// Takes the time that the decision took, which only a clock can tell, from the record.
fn time_taken(group: &Group, follow: &mut [TicketEvent]) {
    let recorded = group.ticket_events().find_map(|(_, event)| match event {
        TicketEvent::TicketGated(gated) => Some(gated.execution_duration_ms),
        _ => None,
    });
    for event in follow {
        if let (TicketEvent::TicketGated(gated), Some(millis)) = (event, recorded) {
            gated.execution_duration_ms = millis;
        }
    }
}
