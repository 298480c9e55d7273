//! Cases of the conversation.

use casebook_domain::Personal;
use casebook_domain::conversation::{
    BounceAttached, Conversation, ConversationCommand, ConversationError, ConversationEvent,
    ForwardFailed, MailForwarded, MailSetAside, MessageReceived, MessageSent, NOTE_BYTES_MAX,
    NoteAdded, ReceiveMessage, SetAside,
};
use casebook_domain::ids::NoteId;
use casebook_domain::mail::{Automatic, BounceReport, Mailbox};

use crate::fixtures::{NOON, contact_id, given, message, message_id, opened, ticket_id};

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

fn sent(name: &str) -> MessageSent {
    let someone = |address: &str| Mailbox { name: None, address: address.to_owned() };
    MessageSent {
        message_id: message_id(name),
        contact_id: contact_id(),
        ticket_id: ticket_id(),
        sent_by: "sam".to_owned(),
        external_id: format!("{name}@shop.example").into(),
        in_reply_to: None,
        from: someone("hello@shop.example"),
        to: Personal::new(someone("Ada@Example.org")),
        subject: "Re: box".into(),
        text: "Friday.".into(),
        raw_sha256: "00".repeat(32),
        sent_at: NOON,
    }
}

#[test]
fn a_conversation_that_we_begin_is_opened_once() {
    let open = ConversationCommand::Open(opened());
    let events = Conversation::default().decide(open.clone()).expect("opened");
    assert_eq!(events, [ConversationEvent::ConversationOpened(opened())]);
    assert_eq!(given::<Conversation>(events).decide(open), Err(ConversationError::AlreadyOpen));
}

#[test]
fn our_reply_becomes_a_message_once_and_its_receiver_takes_part() {
    let record = ConversationCommand::RecordSent(Box::new(sent("r")));
    let nowhere = Conversation::default().decide(record.clone());
    assert_eq!(nowhere, Err(ConversationError::NotFound));
    let begun = [ConversationEvent::ConversationOpened(opened())];
    let events = given::<Conversation>(begun.clone()).decide(record.clone()).expect("sent");
    assert_eq!(events, [ConversationEvent::MessageSent(Box::new(sent("r")))]);
    let after: Conversation = given(begun.into_iter().chain(events));
    assert!(after.admits("ada@example.org"));
    assert_eq!(after.open_ticket(), Some(ticket_id()));
    assert_eq!(after.decide(record).expect("again"), []);
}

fn with_ids(name: &str, answers: &[&str]) -> MessageReceived {
    MessageReceived {
        external_id: Some(format!("{name}@example.org").into()),
        answers: answers.iter().map(|id| (*id).to_owned().into()).collect(),
        ..message(name, "ada@example.org")
    }
}

#[test]
fn a_thread_names_the_latest_message_and_all_of_them_oldest_first() {
    let received = |message| ConversationEvent::MessageReceived(Box::new(message));
    let mut automatic = with_ids("away", &[]);
    automatic.automatic = Some(Automatic::AutoReply);
    let thread: Conversation = given([
        ConversationEvent::ConversationOpened(opened()),
        // Newest first, as the identity of a mail gives them.
        received(with_ids("b", &["a@example.org", "root@example.org"])),
        ConversationEvent::MessageSent(Box::new(sent("r"))),
        received(with_ids("c", &["r@shop.example"])),
        received(automatic),
    ]);
    assert_eq!(thread.threading().in_reply_to.as_deref(), Some("c@example.org"));
    let oldest_first =
        ["root@example.org", "a@example.org", "b@example.org", "r@shop.example", "c@example.org"];
    assert_eq!(thread.threading().references, oldest_first);
}

#[test]
fn a_long_thread_keeps_its_first_and_its_latest_identifiers() {
    let received =
        |n: usize| ConversationEvent::MessageReceived(Box::new(with_ids(&format!("m{n}"), &[])));
    let thread: Conversation = given((0..50).map(received));
    let known = &thread.threading().references;
    assert_eq!(known.len(), 20);
    assert_eq!((known[0].as_str(), known[1].as_str()), ("m0@example.org", "m31@example.org"));
    assert_eq!(known[19], "m49@example.org");
}

fn note(text: &str) -> ConversationCommand {
    ConversationCommand::AddNote(NoteAdded {
        note_id: NoteId(uuid::Uuid::from_u128(3)),
        ticket_id: ticket_id(),
        contact_id: contact_id(),
        author: "sam".to_owned(),
        text: text.to_owned().into(),
        written_at: NOON,
    })
}

#[test]
fn a_note_is_kept_once_and_has_something_to_say() {
    let thread: Conversation = given(begun());
    let events = thread.decide(note("Call the depot")).expect("kept");
    assert!(matches!(events[..], [ConversationEvent::NoteAdded(_)]));
    let after: Conversation = given(begun().into_iter().chain(events));
    assert_eq!(after.decide(note("Call the depot")).expect("again"), []);
    let refused = |text: &str| thread.decide(note(text)).expect_err("refused");
    assert_eq!(refused(" \n"), ConversationError::InvalidNote("write something"));
    let long = refused(&"x".repeat(NOTE_BYTES_MAX + 1));
    assert_eq!(long, ConversationError::InvalidNote("at most 32768 bytes"));
    assert!(thread.decide(note(&"x".repeat(NOTE_BYTES_MAX))).is_ok());
    assert_eq!(Conversation::default().decide(note("x")), Err(ConversationError::NotFound));
}
