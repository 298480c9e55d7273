//! The ticket as its events make it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Priority, ReplyInHand, Standing, Status, TicketEvent, reply};
use crate::Timestamp;
use crate::channel::Channel;
use crate::ids::{ContactId, ConversationId, DecisionId, MessageId, ReplacementId, TicketId};
use crate::mail::Mailbox;
use crate::time::MICROS_PER_DAY;

/// Category of a gated ticket (SOP CS-01, "Policy Gate Outcomes").
pub const GATED_CATEGORY: &str = "escalation";

/// A draft that an agent can use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The decision that proposed it.
    pub decision_id: DecisionId,
    /// The proposed reply.
    pub text: String,
}

/// A replacement that the tenant's system has not taken yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacementState {
    /// Attempts that failed.
    pub failed: u32,
    /// Whether the tenant's system took it, or will never.
    pub settled: bool,
}

/// One piece of work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    pub(super) id: Option<TicketId>,
    pub(super) conversation: Option<ConversationId>,
    pub(super) contact: Option<ContactId>,
    pub(super) inbox: String,
    pub(super) channel: Channel,
    pub(super) customer: Mailbox,
    pub(super) subject: Option<String>,
    #[serde(flatten)]
    pub(super) standing: Standing,
    pub(super) messages: BTreeSet<MessageId>,
    pub(super) latest: Option<MessageId>,
    pub(super) category: Option<String>,
    pub(super) draft: Option<Draft>,
    pub(super) team: Option<String>,
    pub(super) labels: BTreeSet<String>,
    pub(super) reply: Option<ReplyInHand>,
    pub(super) sent: BTreeSet<MessageId>,
    pub(super) bounced: BTreeSet<MessageId>,
    pub(super) withdrawn: Option<MessageId>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) replacements: BTreeMap<ReplacementId, ReplacementState>,
}

impl Ticket {
    /// Whether it has been opened.
    pub const fn exists(&self) -> bool {
        self.id.is_some()
    }

    /// Where it stands, with what that follows from.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Where it stands.
    pub const fn status(&self) -> Status {
        self.standing.status
    }

    /// Place in the queue.
    pub const fn priority(&self) -> Priority {
        self.standing.priority
    }

    /// The thread it belongs to.
    pub const fn conversation(&self) -> Option<ConversationId> {
        self.conversation
    }

    /// Who wrote.
    pub const fn contact(&self) -> Option<ContactId> {
        self.contact
    }

    /// Inbox it came in by, or leaves by.
    pub fn inbox(&self) -> &str {
        &self.inbox
    }

    /// How the contact writes.
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The contact's address and name.
    pub const fn customer(&self) -> &Mailbox {
        &self.customer
    }

    /// Subject without prefix; `None` when blank.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Category of the latest decision, or what an agent said it should be.
    pub fn category(&self) -> Option<&str> {
        self.category.as_deref()
    }

    /// The draft of the latest decision.
    pub const fn draft(&self) -> Option<&Draft> {
        self.draft.as_ref()
    }

    /// The reply that has been approved and has no outcome yet.
    pub const fn reply(&self) -> Option<&ReplyInHand> {
        self.reply.as_ref()
    }

    /// Code of the team that has it.
    pub fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    /// Labels, sorted.
    pub const fn labels(&self) -> &BTreeSet<String> {
        &self.labels
    }

    /// Number of the customer's messages.
    pub fn message_count(&self) -> usize {
        self.messages.len()
    }

    /// The customer's latest message.
    pub const fn latest_message(&self) -> Option<MessageId> {
        self.latest
    }

    /// When it was last resolved or closed.
    pub const fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// Number of replies that went out.
    pub fn sent_count(&self) -> usize {
        self.sent.len()
    }

    /// Whether the reply went out.
    pub fn has_sent(&self, reply: MessageId) -> bool {
        self.sent.contains(&reply)
    }

    /// A replacement that was asked for.
    pub fn replacement(&self, id: ReplacementId) -> Option<ReplacementState> {
        self.replacements.get(&id).copied()
    }

    /// Gates that fired and that no agent has dealt with; those of the latest message first.
    pub fn gate_codes(&self) -> &[String] {
        &self.standing.gate_codes
    }

    /// Whether the message opened or joined the ticket.
    pub fn has_message(&self, id: MessageId) -> bool {
        self.messages.contains(&id)
    }

    /// The message that triage has to have its say about: the latest, unless that was said.
    pub fn awaits_triage(&self) -> Option<MessageId> {
        self.latest.filter(|_| !self.standing.decided && self.status().is_open())
    }

    /// Whether a message at `at` joins this ticket: it is open, or it ended less than
    /// `reopen_within_days` days ago.
    pub fn takes(&self, at: Timestamp, reopen_within_days: u32) -> bool {
        let Some(ended) = self.ended_at.filter(|_| !self.status().is_open()) else {
            return true;
        };
        at <= ended.plus_micros(i64::from(reopen_within_days) * MICROS_PER_DAY)
    }

    pub(super) fn evolve(&mut self, event: &TicketEvent) {
        self.standing.evolve(event);
        reply::evolve(&mut self.reply, event);
        match event {
            TicketEvent::TicketReceived(received) => {
                self.id = Some(received.ticket_id);
                self.conversation = Some(received.conversation_id);
                self.contact = Some(received.contact_id);
                self.inbox.clone_from(&received.inbox);
                self.channel = received.channel;
                self.customer = Mailbox {
                    name: received.customer_name.as_ref().and_then(|name| name.get().cloned()),
                    address: received.customer_email.text().to_owned(),
                };
                self.subject = received.subject.as_ref().and_then(|text| text.get().cloned());
                self.join(received.message_id);
            }
            TicketEvent::TicketStarted(started) => {
                self.id = Some(started.ticket_id);
                self.conversation = Some(started.conversation_id);
                self.contact = Some(started.contact_id);
                self.inbox.clone_from(&started.inbox);
                self.channel = started.channel;
                self.customer = Mailbox {
                    name: started.customer_name.as_ref().and_then(|name| name.get().cloned()),
                    address: started.customer_email.text().to_owned(),
                };
                self.subject = started.subject.get().cloned();
            }
            TicketEvent::CustomerReplied(replied) => self.join(replied.message_id),
            other => self.evolve_further(other),
        }
    }

    fn join(&mut self, message: MessageId) {
        self.messages.insert(message);
        self.latest = Some(message);
        self.draft = None;
    }

    fn evolve_further(&mut self, event: &TicketEvent) {
        match event {
            TicketEvent::TicketGated(gated) => {
                self.category = Some(GATED_CATEGORY.to_owned());
                self.draft = None;
                self.name_subject(gated.subject.as_ref());
            }
            TicketEvent::TicketClassified(decision) => {
                self.category = Some(decision.answer.category.clone());
                self.name_subject(decision.subject.as_ref());
                if self.customer.name.is_none() {
                    let name = decision.answer.customer_name.as_ref();
                    self.customer.name = name.and_then(|name| name.get().cloned());
                }
            }
            TicketEvent::ReplyDrafted(drafted) => {
                let text = drafted.text.text().to_owned();
                self.draft = Some(Draft { decision_id: drafted.decision_id, text });
            }
            TicketEvent::TicketAssigned(to) if to.team.is_some() => self.team.clone_from(&to.team),
            TicketEvent::LabelsChanged(change) => {
                self.labels.extend(change.added.iter().cloned());
                self.labels.retain(|label| !change.removed.contains(label));
            }
            TicketEvent::CategoryCorrected(corrected) => {
                self.category = Some(corrected.to.clone());
            }
            TicketEvent::ReplyWithdrawn(withdrawn) => self.withdrawn = Some(withdrawn.reply_id),
            TicketEvent::ReplySent(sent) => {
                self.sent.insert(sent.reply_id);
                self.draft = None;
            }
            TicketEvent::ReplyBounced(bounced) => {
                self.bounced.insert(bounced.reply_id);
            }
            TicketEvent::TicketResolved(ended) | TicketEvent::TicketClosed(ended) => {
                self.ended_at = Some(ended.at);
            }
            TicketEvent::ReplacementRequested(asked) => {
                self.replacements.insert(asked.replacement_id, ReplacementState::default());
            }
            TicketEvent::ReplacementPlaced(placed) => {
                self.replacements.entry(placed.replacement_id).or_default().settled = true;
            }
            TicketEvent::ReplacementFailed(failed) => {
                let state = self.replacements.entry(failed.replacement_id).or_default();
                state.failed = failed.attempt;
                state.settled = failed.retry_at.is_none();
            }
            _ => {}
        }
    }

    fn name_subject(&mut self, subject: Option<&crate::Personal<String>>) {
        if let Some(text) = subject.and_then(|text| text.get()) {
            self.subject = Some(text.clone());
        }
    }
}
