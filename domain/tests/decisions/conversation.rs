//! Cases of the conversation.

use casebook_domain::Personal;
use casebook_domain::conversation::{
    BounceAttached, Conversation, ConversationCommand, ConversationError, ConversationEvent,
    ForwardFailed, MailForwarded, MailSetAside, ReceiveMessage, SetAside,
};
use casebook_domain::mail::BounceReport;

use crate::fixtures::{NOON, given, message, message_id, opened, ticket_id};

fn receive(name: &str, from: &str) -> ReceiveMessage {
    ReceiveMessage {
        opening: opened(),
        message: message(name, from),
        set_aside: None,
        bounce: None,
    }
}

fn ask(command: ReceiveMessage) -> ConversationCommand {
    ConversationCommand::Receive(Box::new(command))
}

fn begun() -> [ConversationEvent; 2] {
    [
        ConversationEvent::ConversationOpened(opened()),
        ConversationEvent::MessageReceived(Box::new(message("first", "Ada@Example.org"))),
    ]
}

#[test]
fn the_first_message_opens_the_conversation() {
    let events = Conversation::default().decide(ask(receive("first", "Ada@Example.org")));
    assert_eq!(events.expect("received"), begun());
}

#[test]
fn a_further_message_does_not_open_it_again() {
    let conversation: Conversation = given(begun());
    let events = conversation.decide(ask(receive("second", "ada@example.org"))).expect("received");
    assert_eq!(events.len(), 1);
    assert!(matches!(events[0], ConversationEvent::MessageReceived(_)));
    assert_eq!(conversation.open_ticket(), Some(ticket_id()));
}

#[test]
fn a_message_is_received_once() {
    let conversation: Conversation = given(begun());
    let refused = conversation.decide(ask(receive("first", "ada@example.org")));
    assert_eq!(refused, Err(ConversationError::AlreadyReceived(message_id("first"))));
}

#[test]
fn everybody_on_a_message_takes_part_whatever_the_case() {
    let conversation: Conversation = given(begun());
    assert!(conversation.admits("ADA@example.org") && conversation.admits("hello@shop.example"));
    assert!(!conversation.admits("eve@example.org"));
}

#[test]
fn setting_aside_and_a_bounce_are_part_of_the_same_decision() {
    let conversation: Conversation = given(begun());
    let aside = MailSetAside {
        message_id: message_id("report"),
        reason: SetAside::Bounce,
        forward_to: None,
    };
    let bounce = BounceAttached {
        message_id: message_id("report"),
        about: message_id("first"),
        report: Personal::new(BounceReport::default()),
    };
    let command = ReceiveMessage {
        set_aside: Some(aside.clone()),
        bounce: Some(bounce.clone()),
        ..receive("report", "mailer-daemon@example.org")
    };
    let events = conversation.decide(ask(command)).expect("received");
    let ConversationEvent::MailSetAside(told) = &events[1] else { panic!("{events:?}") };
    assert_eq!((told.message_id, told.reason), (aside.message_id, aside.reason));
    assert_eq!((told.preview.text(), told.received_at), ("Hi", NOON));
    assert_eq!(events[2], ConversationEvent::BounceAttached(bounce));
    let after: Conversation = given(begun().into_iter().chain(events));
    assert!(after.message(message_id("first")).is_some_and(|message| message.bounced));
}

#[test]
fn a_bounce_about_a_message_of_another_conversation_is_refused() {
    let bounce = BounceAttached {
        message_id: message_id("report"),
        about: message_id("elsewhere"),
        report: Personal::new(BounceReport::default()),
    };
    let command =
        ReceiveMessage { bounce: Some(bounce), ..receive("report", "mailer-daemon@example.org") };
    let refused = given::<Conversation>(begun()).decide(ask(command));
    assert_eq!(refused, Err(ConversationError::UnknownMessage(message_id("elsewhere"))));
}

#[test]
fn handing_on_is_recorded_once_and_failures_each_time() {
    let conversation: Conversation = given(begun());
    let done =
        MailForwarded { message_id: message_id("first"), attempt: 2, answer: "250".to_owned() };
    let failed = ForwardFailed {
        message_id: message_id("first"),
        attempt: 1,
        error: "refused".to_owned(),
        retry_at: None,
    };
    let record = ConversationCommand::RecordForwardFailed(failed.clone());
    assert_eq!(
        conversation.decide(record).expect("recorded"),
        [ConversationEvent::ForwardFailed(failed)]
    );
    let record = ConversationCommand::RecordForwarded(done);
    let events = conversation.decide(record.clone()).expect("recorded");
    assert_eq!(events.len(), 1);
    let after: Conversation = given(begun().into_iter().chain(events));
    assert_eq!(after.decide(record).expect("nothing new"), []);
}
