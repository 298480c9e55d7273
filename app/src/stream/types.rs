//! The list of public event types: each with its name, its form, and the stored event behind it.

use serde::Serialize;
use serde_json::Value;

use super::data::*;
use super::schema;

/// A type of public events.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// Its name, for example `casebook.ticket.received.v1`.
    pub name: &'static str,
    /// Name of the stored event that it is made from.
    pub stored: &'static str,
    /// What it tells, in one sentence.
    pub summary: &'static str,
    data: fn() -> Value,
}

impl EventType {
    /// The JSON Schema of a whole event of this type.
    pub fn schema(&self) -> Value {
        schema::of_event(self, (self.data)())
    }

    /// The type of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        EVENT_TYPES.iter().find(|known| known.name == name)
    }
}

/// Makes [`EventData`] and [`EVENT_TYPES`] from one list.
macro_rules! event_types {
    ($($variant:ident($form:ident) from $stored:literal as $name:literal: $summary:literal,)*) => {
        /// What an event tells, in the form of its type.
        #[derive(Clone, Debug, Serialize)]
        #[serde(untagged)]
        pub enum EventData {
            $(#[doc = $summary] $variant(Box<$form>),)*
        }

        impl EventData {
            /// Name of the event's type.
            pub const fn type_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }
        }

        /// All types of public events, in the order of the documentation.
        pub const EVENT_TYPES: &[EventType] = &[$(EventType {
            name: $name,
            stored: $stored,
            summary: $summary,
            data: schema::of_data::<$form>,
        },)*];
    };
}

event_types! {
    TicketReceived(TicketReceived) from "TicketReceived" as "casebook.ticket.received.v1":
        "A message opened a ticket.",
    TicketStarted(TicketStarted) from "TicketStarted" as "casebook.ticket.started.v1":
        "An agent wrote first.",
    CustomerReplied(CustomerReplied) from "CustomerReplied" as "casebook.ticket.customer_replied.v1":
        "The customer wrote again into a ticket that is open.",
    TicketGated(TicketGated) from "TicketGated" as "casebook.ticket.gated.v1":
        "A gate fired: a person must decide, no model is asked.",
    TicketClassified(TicketClassified) from "TicketClassified" as "casebook.ticket.classified.v1":
        "A model, or the built-in classifier, judged a message.",
    TriageFailed(TriageFailed) from "TriageFailed" as "casebook.ticket.triage_failed.v1":
        "Nobody could classify a message; a person takes it.",
    TicketEscalated(TicketEscalated) from "TicketEscalated" as "casebook.ticket.escalated.v1":
        "An agent passed a ticket on to those who decide.",
    TicketClaimed(TicketTouched) from "TicketClaimed" as "casebook.ticket.claimed.v1":
        "An agent took a ticket.",
    TicketReleased(TicketTouched) from "TicketReleased" as "casebook.ticket.released.v1":
        "The agent who had a ticket gave it back.",
    TicketAssigned(TicketAssigned) from "TicketAssigned" as "casebook.ticket.assigned.v1":
        "Somebody gave a ticket to an agent, a team, or nobody.",
    LabelsChanged(LabelsChanged) from "LabelsChanged" as "casebook.ticket.labels_changed.v1":
        "Labels were put on a ticket or taken off.",
    PrioritySet(PrioritySet) from "PrioritySet" as "casebook.ticket.priority_set.v1":
        "An agent said how urgent a ticket is.",
    CategoryCorrected(CategoryCorrected) from "CategoryCorrected"
        as "casebook.ticket.category_corrected.v1":
        "An agent corrected the category of a ticket.",
    CustomerAwaited(TicketTouched) from "CustomerAwaited" as "casebook.ticket.customer_awaited.v1":
        "The customer has the next word.",
    TicketSnoozed(TicketSnoozed) from "Snoozed" as "casebook.ticket.snoozed.v1":
        "A ticket was put aside until a time.",
    TicketWoken(TicketBack) from "Woken" as "casebook.ticket.woken.v1":
        "A ticket is back from being put aside.",
    TicketResolved(TicketEnded) from "TicketResolved" as "casebook.ticket.resolved.v1":
        "A ticket was answered.",
    TicketClosed(TicketEnded) from "TicketClosed" as "casebook.ticket.closed.v1":
        "A ticket was closed without an answer.",
    TicketReopened(TicketBack) from "TicketReopened" as "casebook.ticket.reopened.v1":
        "A ticket is open again.",
    ReplyDrafted(ReplyDrafted) from "ReplyDrafted" as "casebook.reply.drafted.v1":
        "A reply was proposed.",
    ReplyApproved(ReplyApproved) from "ReplyApproved" as "casebook.reply.approved.v1":
        "An agent approved a reply; it leaves once the time to take it back is over.",
    ReplyWithdrawn(ReplyTouched) from "ReplyWithdrawn" as "casebook.reply.withdrawn.v1":
        "A reply was taken back in time.",
    DeliveryStarted(DeliveryStarted) from "DeliveryStarted" as "casebook.reply.delivery_started.v1":
        "A reply is being handed over; from here it cannot be taken back.",
    ReplySent(ReplySent) from "ReplySent" as "casebook.reply.sent.v1":
        "A reply is out.",
    DeliveryFailed(DeliveryFailed) from "DeliveryFailed" as "casebook.reply.delivery_failed.v1":
        "Handing a reply over failed.",
    DeliveryUnknown(DeliveryUnknown) from "DeliveryUnknown" as "casebook.reply.delivery_unknown.v1":
        "Nobody can tell whether a reply went out.",
    ReplyHeld(ReplyHeld) from "ReplyHeld" as "casebook.reply.held.v1":
        "A reply was stopped because its ticket moved.",
    ReplyRetried(ReplyRetried) from "ReplyRetried" as "casebook.reply.retried.v1":
        "An agent had a failed or held reply sent after all.",
    ReplyBounced(ReplyBounced) from "ReplyBounced" as "casebook.reply.bounced.v1":
        "A delivery report came back about a reply.",
    ReplacementRequested(ReplacementRequested) from "ReplacementRequested"
        as "casebook.replacement.requested.v1":
        "A replacement of an order was asked for.",
    ReplacementPlaced(ReplacementPlaced) from "ReplacementPlaced"
        as "casebook.replacement.placed.v1":
        "The tenant's system took a replacement.",
    ReplacementFailed(ReplacementFailed) from "ReplacementFailed"
        as "casebook.replacement.failed.v1":
        "The tenant's system did not take a replacement.",
    ConversationOpened(ConversationOpened) from "ConversationOpened"
        as "casebook.conversation.opened.v1":
        "A thread with a contact began.",
    NoteAdded(NoteAdded) from "NoteAdded" as "casebook.conversation.note_added.v1":
        "An agent left a note for colleagues.",
    MessageReceived(MessageReceived) from "MessageReceived" as "casebook.message.received.v1":
        "A message arrived and is part of its thread.",
    MessageSent(MessageSent) from "MessageSent" as "casebook.message.sent.v1":
        "A reply of ours went out and is part of its thread.",
    MessageSetAside(MessageSetAside) from "MailSetAside" as "casebook.message.set_aside.v1":
        "A message is kept but is nobody's work: it opens no ticket.",
    MessageForwarded(MessageForwarded) from "MailForwarded" as "casebook.message.forwarded.v1":
        "A raw mail was handed on, untouched, to another address.",
    ForwardFailed(ForwardFailed) from "ForwardFailed" as "casebook.message.forward_failed.v1":
        "Handing a raw mail on failed.",
    BounceAttached(BounceAttached) from "BounceAttached" as "casebook.message.bounce_attached.v1":
        "A delivery report was attached to the message that it is about.",
    ContactRegistered(ContactRegistered) from "ContactRegistered"
        as "casebook.contact.registered.v1":
        "A person became known.",
    ContactContextChanged(ContactContextChanged) from "ContactContextChanged"
        as "casebook.contact.context_changed.v1":
        "The tenant's business told what it knows about a contact.",
    PolicyPublished(PolicyPublished) from "PolicyPublished" as "casebook.policy.published.v1":
        "A version of the tenant's policy came into force.",
    PolicyRolledBack(PolicyRolledBack) from "PolicyRolledBack" as "casebook.policy.rolled_back.v1":
        "An earlier version of the tenant's policy came into force again.",
}
