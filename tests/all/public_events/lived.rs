//! A history in which everything happens that can.

use casebook_domain::contact::{ContactContextChanged, CustomerContext, Subscription};
use casebook_domain::conversation::{
    BounceAttached, ConversationEvent, ForwardFailed, SetAside as Aside,
};
use casebook_domain::event::Event;
use casebook_domain::ids::{ContactId, ConversationId, MessageId, TicketId, derive};
use casebook_domain::mail::BounceReport;
use casebook_domain::policy_log::{PolicyEvent, PolicyPublished, PolicyRolledBack};
use casebook_domain::ticket::{DeliveryUnknown, TicketEvent, TicketStarted};
use casebook_domain::{Personal, Timestamp, channel, contact};
use casebook_projections::Recorded;
use casebook_projections::testing::{History, Mail, worked};
use serde_json::Value;

/// Name of a stored event.
pub fn type_of(event: &Event) -> String {
    event.event_type()
}

/// A stored event as its payload.
pub fn payload(event: &Event) -> Value {
    let value = match event {
        Event::Access(event) => serde_json::to_value(event),
        Event::Operations(event) => serde_json::to_value(event),
        Event::Webhook(event) => serde_json::to_value(event),
        Event::Contact(event) => serde_json::to_value(event),
        Event::Conversation(event) => serde_json::to_value(event),
        Event::Policy(event) => serde_json::to_value(event),
        Event::Ticket(event) => serde_json::to_value(event),
    };
    value.expect("JSON")
}

/// Events of tickets that were worked on, and of everything around them.
pub fn life() -> Vec<Recorded<Event>> {
    let mut history = worked(1, 60);
    Mail::new("tenant-a", 900).set_aside(Aside::OtherAddress).add_to(&mut history);
    around(&mut history);
    history.recorded()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_775_000_000 + seconds)
}

fn around(history: &mut History) {
    let conversation = ConversationId(derive(&["conversation"]));
    let (message, reply) = (MessageId(derive(&["m"])), MessageId(derive(&["r"])));
    let (ticket, contact) = (TicketId(derive(&["ticket"])), ContactId(derive(&["contact"])));
    history.begin_in("tenant-a", conversation);
    for event in [
        ConversationEvent::ForwardFailed(ForwardFailed {
            message_id: message,
            attempt: 1,
            error: "451 later".to_owned(),
            retry_at: Some(at(60)),
        }),
        ConversationEvent::BounceAttached(BounceAttached {
            message_id: message,
            about: reply,
            report: Personal::new(BounceReport {
                recipient: Some("gone@mail.example".to_owned()),
                action: Some("failed".to_owned()),
                status: Some("5.1.1".to_owned()),
                diagnostic: Some("550 no such user".to_owned()),
                ..BounceReport::default()
            }),
        }),
    ] {
        history.push(conversation, &event);
    }
    for event in [
        TicketEvent::TicketStarted(Box::new(started(ticket, conversation, contact))),
        TicketEvent::DeliveryUnknown(DeliveryUnknown { reply_id: reply, attempt: 2 }),
    ] {
        history.push(ticket, &event);
    }
    history.push(contact, &contact::ContactEvent::ContactContextChanged(context()));
    policies(history);
}

fn started(
    ticket_id: TicketId,
    conversation_id: ConversationId,
    contact_id: ContactId,
) -> TicketStarted {
    TicketStarted {
        ticket_id,
        conversation_id,
        contact_id,
        inbox: "hello".to_owned(),
        channel: channel::Channel::Email,
        customer_email: "erin@mail.example".into(),
        customer_name: Some("Erin Moss".into()),
        subject: "About your order".into(),
        preview: "We have news about".into(),
        started_at: at(0),
    }
}

fn context() -> ContactContextChanged {
    let subscription = Subscription {
        status: "active".to_owned(),
        plan: Some("Adult raw".to_owned()),
        ..Subscription::default()
    };
    ContactContextChanged {
        context: Personal::new(CustomerContext {
            customer_id: Some("cust-4711".to_owned()),
            first_name: Some("Erin".to_owned()),
            last_name: Some("Moss".to_owned()),
            subscription: Some(subscription),
            ..CustomerContext::default()
        }),
        source: "import".to_owned(),
    }
}

fn policies(history: &mut History) {
    let version = "5f".repeat(32);
    history.begin("tenant-a");
    for event in [
        PolicyEvent::PolicyPublished(PolicyPublished {
            version: version.clone(),
            name: "default".to_owned(),
            blob: version.clone(),
            size_bytes: 12_345,
            note: Some("lower limit".to_owned()),
        }),
        PolicyEvent::PolicyRolledBack(PolicyRolledBack {
            version: "4e".repeat(32),
            replaced: version,
            note: None,
        }),
    ] {
        history.push("tenant-a", &event);
    }
}
