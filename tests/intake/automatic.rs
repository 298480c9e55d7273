//! Mail that programs write, mail with nothing in it, and mail for other addresses.

use casebook_app::{Received, ReceivedAs};
use casebook_domain::conversation::{ConversationEvent, Direction, SetAside};
use casebook_domain::mail::Automatic;
use casebook_domain::ticket::TicketEvent;
use casebook_tests::desk::Desk;
use casebook_tests::letters::{CUSTOMER, INBOX, Mail, mail};
use casebook_tests::{TestDatabase, both_databases};

both_databases!(
    automatic_answer_joins_its_conversation_quietly,
    unknown_automatic_mail_is_set_aside,
    gate_on_automatic_mail_opens_a_ticket,
    third_message_that_is_no_contact_does_not_fire,
    bounce_is_attached_to_what_it_is_about,
    list_mail_is_work_only_when_addressed_to_the_inbox,
    our_own_mail_is_never_work,
    mail_with_nothing_in_it_is_set_aside,
    photo_or_subject_alone_is_work,
    other_addresses_are_set_aside,
    unknown_domains_are_refused,
);

async fn automatic_answer_joins_its_conversation_quietly(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    let answer = mail("b").answers("a").add("Auto-Submitted", "auto-replied");
    let answer = desk.receive(&answer.text("I am away until Monday.\r\n")).await;
    assert_eq!(answer.outcome, ReceivedAs::Message);
    assert_eq!((answer.ticket_id, answer.automatic), (None, Some(Automatic::AutoReply)));
    assert_eq!(answer.conversation_id, first.conversation_id);
    assert_eq!(desk.ticket(first.ticket_id).await.len(), 1, "the ticket does not move");
    let next = desk.receive(&mail("c").answers("b")).await;
    assert_eq!(next.ticket_id, first.ticket_id, "the next answer joins it again");
}

async fn unknown_automatic_mail_is_set_aside(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let away = mail("a").add("Auto-Submitted", "auto-replied").text("I am on leave.\r\n");
    let received = desk.receive(&away).await;
    assert_eq!(received.outcome, ReceivedAs::SetAside(SetAside::AutoReply));
    assert_eq!(received.ticket_id, None);
    let events = desk.conversation(received.conversation_id).await;
    let Some(ConversationEvent::MailSetAside(aside)) = events.last() else {
        panic!("it is set aside")
    };
    assert_eq!((aside.reason, aside.forward_to.as_ref()), (SetAside::AutoReply, None));
    assert_eq!(aside.from.get().expect("an author").address, CUSTOMER);
    assert_eq!(aside.preview.text(), "I am on leave.");
    let again = desk.receive(&away).await;
    assert_eq!((again.outcome, again.ticket_id), (ReceivedAs::Duplicate, None));
}

async fn gate_on_automatic_mail_opens_a_ticket(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let away = mail("a").add("Auto-Submitted", "auto-replied");
    let received = desk.receive(&away.text("Away: my dog has bloody diarrhoea.\r\n")).await;
    assert_eq!(received.outcome, ReceivedAs::Message);
    assert!(received.ticket_id.is_some() && received.gated.is_some());
    assert_eq!(received.automatic, Some(Automatic::AutoReply));
}

async fn third_message_that_is_no_contact_does_not_fire(database: TestDatabase) {
    let desk = Desk::open(database).await;
    for id in ["a", "b", "c"] {
        desk.receive(&mail(id)).await;
    }
    let away = desk.receive(&mail("d").add("Auto-Submitted", "auto-replied")).await;
    assert_eq!(away.outcome, ReceivedAs::SetAside(SetAside::AutoReply), "{:?}", away.gated);
    let invite = with_part("e", "text/calendar; method=REQUEST");
    assert!(is_empty(&desk.receive(&invite).await), "an invitation is not a fourth contact");
    let fourth = desk.receive(&mail("f")).await;
    let events = desk.ticket(fourth.ticket_id).await;
    let TicketEvent::TicketReceived(ticket) = &events[0] else { panic!("a ticket") };
    assert_eq!(ticket.check.facts.contact_times.len(), 4);
}

/// A delivery report of RFC 3464 about the mail `<about@example.net>`.
pub fn bounce(id: &str, about: &str) -> Mail {
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.net\r\n\r\n\
         Final-Recipient: rfc822; {CUSTOMER}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         Message-ID: <{about}@example.net>\r\nSubject: A question\r\n\r\n--b--\r\n"
    );
    mail(id)
        .from("Mail Delivery System <mailer-daemon@mx.example.net>")
        .subject("Undelivered Mail Returned to Sender")
        .add("Return-Path", "<>")
        .add("Auto-Submitted", "auto-replied")
        .add("MIME-Version", "1.0")
        .add("Content-Type", "multipart/report; report-type=delivery-status; boundary=b")
        .body(body.as_bytes())
}

async fn bounce_is_attached_to_what_it_is_about(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    let received = desk.receive(&bounce("dsn", "a")).await;
    assert_eq!((received.outcome, received.ticket_id), (ReceivedAs::Message, None));
    assert_eq!(received.automatic, Some(Automatic::Bounce));
    assert_eq!(received.conversation_id, first.conversation_id);
    let events = desk.conversation(first.conversation_id).await;
    let Some(ConversationEvent::BounceAttached(attached)) = events.last() else {
        panic!("it is attached")
    };
    assert_eq!((attached.message_id, attached.about), (received.message_id, first.message_id));
    let report = attached.report.get().expect("a report");
    assert_eq!(report.recipient.as_deref(), Some(CUSTOMER));
    assert_eq!(desk.ticket(first.ticket_id).await.len(), 1);
    let unknown = desk.receive(&bounce("dsn2", "nothing-we-know")).await;
    assert_eq!(unknown.outcome, ReceivedAs::SetAside(SetAside::Bounce));
}

async fn list_mail_is_work_only_when_addressed_to_the_inbox(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let list = |id: &str| mail(id).add("List-Id", "<news.example.net>").add("Precedence", "list");
    let to_list = list("a").header("To", "news@example.net").envelope(INBOX);
    let received = desk.receive(&to_list).await;
    assert_eq!(received.outcome, ReceivedAs::SetAside(SetAside::List));
    let named = desk.receive(&list("b").header("Cc", "x@example.org")).await;
    assert_eq!(named.outcome, ReceivedAs::Message);
    assert!(named.ticket_id.is_some());
}

async fn our_own_mail_is_never_work(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let own = |id: &str| {
        mail(id).from(&format!("Support <{INBOX}>")).header("To", CUSTOMER).envelope(INBOX)
    };
    let alone = desk.receive(&own("o1").text("Sorry that your dog vomited.\r\n")).await;
    assert_eq!(alone.outcome, ReceivedAs::SetAside(SetAside::Own));
    assert_eq!(alone.ticket_id, None, "our own words are no report");
    let first = desk.receive(&mail("a")).await;
    let copy = desk.receive(&own("o2").answers("a")).await;
    assert_eq!((copy.outcome.clone(), copy.ticket_id), (ReceivedAs::Message, None));
    assert_eq!(copy.conversation_id, first.conversation_id);
    assert_eq!(desk.message(&copy).await.direction, Direction::Outbound);
    assert_eq!(desk.message(&first).await.direction, Direction::Inbound);
    let answer = desk.receive(&mail("b").answers("o2")).await;
    assert_eq!(answer.ticket_id, first.ticket_id);
}

fn part(content_type: &str, rest: &str) -> Vec<u8> {
    format!(
        "--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b\r\nContent-Type: {content_type}\r\n\
         Content-Disposition: attachment; filename=f\r\n\r\n{rest}\r\n--b--\r\n"
    )
    .into_bytes()
}

fn with_part(id: &str, content_type: &str) -> Mail {
    mail(id)
        .add("MIME-Version", "1.0")
        .add("Content-Type", "multipart/mixed; boundary=b")
        .body(&part(content_type, "x"))
}

fn is_empty(received: &Received) -> bool {
    received.outcome == ReceivedAs::SetAside(SetAside::Empty) && received.ticket_id.is_none()
}

async fn mail_with_nothing_in_it_is_set_aside(database: TestDatabase) {
    let desk = Desk::open(database).await;
    assert!(is_empty(&desk.receive(&mail("a").without("Subject").text("\r\n \r\n")).await));
    assert!(is_empty(&desk.receive(&mail("b").subject("(no subject)").text("")).await));
    assert!(is_empty(&desk.receive(&with_part("c", "text/calendar; method=REQUEST")).await));
    let receipt = with_part("d", "message/disposition-notification").subject("Read: A question");
    assert!(is_empty(&desk.receive(&receipt).await));
}

async fn photo_or_subject_alone_is_work(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let photo = desk.receive(&with_part("a", "image/jpeg").without("Subject")).await;
    assert!(photo.ticket_id.is_some(), "{:?}", photo.outcome);
    assert_eq!(desk.message(&photo).await.attachments.len(), 1);
    let subject = desk.receive(&mail("b").subject("Where is my box?").text("")).await;
    assert!(subject.ticket_id.is_some());
}

async fn other_addresses_are_set_aside(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let jobs = mail("a").to("jobs@protocolraw.co.uk").text("My dog vomited.\r\n");
    let received = desk.receive(&jobs).await;
    assert_eq!(received.outcome, ReceivedAs::SetAside(SetAside::OtherAddress));
    let message = desk.message(&received).await;
    let kept = desk.app.blob("protocol-raw", &message.receipt.sha256).await.expect("the mail");
    assert_eq!(kept, jobs.raw());
    assert_eq!(desk.receive(&jobs).await.outcome, ReceivedAs::Duplicate);
}

async fn unknown_domains_are_refused(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let length = desk.length().await;
    for address in ["hello@elsewhere.example", "hello@notprotocolraw.co.uk", "hello", ""] {
        let error = desk.try_receive(&mail("a").envelope(address)).await.expect_err("nobody's");
        assert_eq!(error.code(), "NOT_FOUND", "{address}");
    }
    assert_eq!(desk.length().await, length);
}
