//! Given events, then a message's row.

use casebook_domain::Personal;
use casebook_domain::Timestamp;
use casebook_domain::conversation::{
    BounceAttached, ConversationEvent, Direction, ForwardFailed, MailForwarded, SetAside,
};
use casebook_domain::ids::MessageId;
use casebook_domain::mail::BounceReport;

use crate::messages::{ForwardState, MessageRow, Messages};
use crate::testing::{History, Mail, reply, row_of, sent_message};

const TENANT: &str = "tenant-a";

fn history(mails: &[&Mail]) -> History {
    let mut history = History::new();
    for mail in mails {
        mail.add_to(&mut history);
    }
    history
}

fn row(history: &History, mail: &Mail) -> MessageRow {
    row_of::<Messages>(&history.recorded(), TENANT, mail.message_id().0).expect("a row")
}

#[test]
fn a_message_keeps_what_was_received() {
    let mail = Mail::new(TENANT, 1);
    let row = row(&history(&[&mail]), &mail);
    assert_eq!(row.conversation_id, Some(mail.conversation_id()));
    assert_eq!(row.ticket_id, Some(mail.ticket_id()));
    assert_eq!((row.text.as_str(), row.text_sha256), (mail.text.as_str(), None));
    assert_eq!(row.sender.address, "customer1@mail.example");
    assert_eq!((row.counted_at, row.raw_size_bytes), (mail.at, 2_000));
    assert_eq!((row.set_aside_reason, row.forward_state, row.bounced), (None, None, false));
}

#[test]
fn forwarding_is_tried_until_it_succeeds_or_is_given_up() {
    let mail = Mail::new(TENANT, 1).set_aside(SetAside::OtherAddress);
    let message_id = mail.message_id();
    let mut events = history(&[&mail]);
    let failed = |attempt, retry_at| {
        let error = "greylisted".to_owned();
        ConversationEvent::ForwardFailed(ForwardFailed { message_id, attempt, error, retry_at })
    };
    let step = |event: &ConversationEvent, events: &mut History| {
        events.begin(TENANT);
        events.push(mail.conversation_id(), event);
        let row = row(events, &mail);
        (row.forward_state, row.forward_attempts)
    };
    let again = failed(2, Some(Timestamp::from_seconds(9)));
    assert_eq!(step(&again, &mut events), (Some(ForwardState::Pending), 2));
    let given_up = failed(3, None);
    assert_eq!(step(&given_up, &mut events), (Some(ForwardState::Failed), 3));
    let done = MailForwarded { message_id, attempt: 4, answer: "250 Ok".to_owned() };
    let done = ConversationEvent::MailForwarded(done);
    assert_eq!(step(&done, &mut events), (Some(ForwardState::Forwarded), 4));
    let row = row(&events, &mail);
    assert_eq!(row.forward_to.as_deref(), Some("desk@elsewhere.example"));
}

#[test]
fn a_bounce_marks_the_message_that_it_is_about() {
    let (mail, report) = (Mail::new(TENANT, 1), Mail::new(TENANT, 2).in_thread(1));
    let mut events = history(&[&mail, &report]);
    events.begin(TENANT);
    let said = BounceReport { status: Some("5.1.1".into()), ..BounceReport::default() };
    let bounce = BounceAttached {
        message_id: report.message_id(),
        about: mail.message_id(),
        report: Personal::new(said.clone()),
    };
    events.push(mail.conversation_id(), &ConversationEvent::BounceAttached(bounce));
    let about = row(&events, &mail);
    assert_eq!((about.bounced, about.bounce_report, about.bounce_of), (true, Some(said), None));
    let report = row(&events, &report);
    assert_eq!((report.bounced, report.bounce_of), (false, Some(mail.message_id())));
}

#[test]
fn our_reply_is_a_message_that_went_out() {
    let mail = Mail::new(TENANT, 1);
    let mut events = history(&[&mail]);
    let (id, at) = (MessageId(uuid::Uuid::from_u128(5)), mail.at.minus_days(-1));
    let approved = reply(&mail, id, None, mail.at);
    let sent = sent_message(&mail, &approved, at);
    events.begin_in(TENANT, mail.conversation_id());
    events.push(mail.conversation_id(), &ConversationEvent::MessageSent(Box::new(sent)));
    let row = row_of::<Messages>(&events.recorded(), TENANT, id.0).expect("a row");
    assert_eq!(row.direction, Direction::Outbound);
    assert_eq!(
        (row.conversation_id, row.ticket_id),
        (Some(mail.conversation_id()), Some(mail.ticket_id()))
    );
    assert_eq!((row.sent_by.as_deref(), row.counted_at), (Some("sam"), at));
    assert_eq!(row.recipients[0].address, "customer@mail.example");
    assert_eq!((row.subject.as_deref(), row.raw_sha256), (Some("Re: Box 1"), "05".repeat(32)));
    assert_eq!(row.text, "Your box is on its way, promised.\n\nTom\nShop");
    assert_eq!(row.external_id, Some(approved.external_id));
}
