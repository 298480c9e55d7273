//! What comes back: answers of the customer, of strangers, and of mail servers.

use casebook_app::Received;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{Because, ReplyBounced, TicketEvent};
use casebook_tests::desk::Desk;
use casebook_tests::letters::{CUSTOMER, Mail, mail};
use casebook_tests::smtp::{Answer, Server};
use casebook_tests::{TestDatabase, both_databases};

use crate::shared::{SECOND, Tasks, UNDO, agent, any, due, on, opened, replies, until, until_sent};

both_databases!(
    a_bounce_marks_the_reply_and_escalates,
    a_bounce_about_a_reply_of_unknown_fate_is_received,
    an_answer_opens_the_resolved_ticket_again,
    an_answer_after_the_time_opens_a_new_ticket,
    a_stranger_who_answers_our_mail_is_admitted_and_flagged,
    a_stranger_who_quotes_the_customer_is_not,
);

const DAY: i64 = 86_400 * SECOND;

/// A ticket whose reply is out, and the identifier of that reply.
async fn answered(desk: &Desk) -> (TicketId, String) {
    let tasks = Tasks::default().deliver(&desk.app, &Server::answering([]));
    let ticket = opened(desk, "a").await;
    due(desk, ticket, "Friday.").await;
    until_sent(desk, ticket, 1).await;
    tasks.stop().await;
    (ticket, replies(desk, ticket).await.remove(0).external_id)
}

fn to_ours(id: &str, ours: &str) -> Mail {
    mail(id).header("In-Reply-To", &format!("<{ours}>"))
}

/// A delivery report about one of our mails.
pub fn report(id: &str, ours: &str, action: &str, status: &str) -> Mail {
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nAbout your message.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.net\r\n\r\n\
         Final-Recipient: rfc822; {CUSTOMER}\r\nAction: {action}\r\nStatus: {status}\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         Message-ID: <{ours}>\r\nSubject: A question\r\n\r\n--b--\r\n"
    );
    mail(id)
        .from("Mail Delivery System <mailer-daemon@mx.example.net>")
        .subject("Delivery Status Notification")
        .add("Return-Path", "<>")
        .add("Auto-Submitted", "auto-replied")
        .add("MIME-Version", "1.0")
        .add("Content-Type", "multipart/report; report-type=delivery-status; boundary=b")
        .body(body.as_bytes())
}

fn bounces(events: &[TicketEvent]) -> Vec<&ReplyBounced> {
    events.iter().filter_map(bounced).collect()
}

const fn bounced(event: &TicketEvent) -> Option<&ReplyBounced> {
    match event {
        TicketEvent::ReplyBounced(bounced) => Some(bounced),
        _ => None,
    }
}

async fn status(desk: &Desk, ticket: TicketId) -> &'static str {
    let mut state = casebook_domain::ticket::Ticket::default();
    for event in desk.ticket(Some(ticket)).await {
        cqrs_es::Aggregate::apply(&mut state, event);
    }
    state.status().name()
}

async fn a_bounce_marks_the_reply_and_escalates(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (ticket, ours) = answered(&desk).await;
    desk.receive(&report("d1", &ours, "delayed", "4.4.7")).await;
    assert_eq!(status(&desk, ticket).await, "resolved", "a delay is no return");
    let back = desk.receive(&report("d2", &ours, "failed", "5.1.1")).await;
    let reply = replies(&desk, ticket).await[0].reply_id;
    let events = desk.ticket(Some(ticket)).await;
    let told: Vec<_> = bounces(&events).iter().map(|b| (b.reply_id, b.is_final)).collect();
    assert_eq!(told, [(reply, false), (reply, true)]);
    assert_eq!(bounces(&events)[1].status.as_deref(), Some("5.1.1"));
    assert_eq!(status(&desk, ticket).await, "escalated");
    let thread = desk.conversation(back.conversation_id).await;
    let Some(ConversationEvent::BounceAttached(attached)) = thread.last() else {
        panic!("{thread:?}")
    };
    assert_eq!((attached.about, attached.message_id), (reply, back.message_id));
    let again = desk.receive(&report("d2", &ours, "failed", "5.1.1")).await;
    assert_eq!(again.message_id, back.message_id);
    assert_eq!(desk.ticket(Some(ticket)).await.len(), events.len(), "a redelivery says nothing");
}

async fn a_bounce_about_a_reply_of_unknown_fate_is_received(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let tasks = Tasks::default().deliver(&desk.app, &Server::answering([Answer::Uncertain]));
    let ticket = opened(&desk, "a").await;
    due(&desk, ticket, "Friday.").await;
    let failed = |event: &TicketEvent| matches!(event, TicketEvent::DeliveryFailed(_));
    until(&desk, ticket, "the failure", |events| any(events, failed)).await;
    tasks.stop().await;
    let ours = replies(&desk, ticket).await.remove(0).external_id;
    let back = desk.receive(&report("d", &ours, "failed", "5.1.1")).await;
    let first = desk.receive(&mail("a")).await;
    assert_eq!(back.conversation_id, first.conversation_id);
    assert_eq!(bounces(&desk.ticket(Some(ticket)).await).len(), 1);
    assert_eq!(status(&desk, ticket).await, "escalated");
}

async fn an_answer_opens_the_resolved_ticket_again(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (ticket, ours) = answered(&desk).await;
    desk.database.clock.advance(14 * DAY - UNDO);
    let answer = desk.receive(&to_ours("b", &ours)).await;
    assert_eq!(answer.ticket_id, Some(ticket));
    let events = desk.ticket(Some(ticket)).await;
    let [.., TicketEvent::TicketReopened(reopened), TicketEvent::CustomerReplied(replied)] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((reopened.because, replied.message_id), (Because::Customer, answer.message_id));
    let next = desk.receive(&to_ours("c", &ours)).await;
    assert_eq!(next.ticket_id, Some(ticket), "and joins it while it is open");
    assert_eq!(desk.ticket(Some(ticket)).await.len(), events.len() + 1);
}

async fn an_answer_after_the_time_opens_a_new_ticket(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (ticket, ours) = answered(&desk).await;
    desk.database.clock.advance(14 * DAY + SECOND);
    let late = desk.receive(&to_ours("b", &ours)).await;
    let first = desk.receive(&mail("a")).await;
    assert_eq!(late.conversation_id, first.conversation_id);
    assert!(late.ticket_id.is_some() && late.ticket_id != Some(ticket));
    assert_eq!(status(&desk, ticket).await, "resolved");
    let next = desk.receive(&to_ours("c", &ours)).await;
    assert_eq!(next.ticket_id, late.ticket_id, "the new one is the open one");
}

async fn flags(desk: &Desk, received: &Received) -> Vec<String> {
    desk.message(received).await.flags
}

async fn a_stranger_who_answers_our_mail_is_admitted_and_flagged(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (ticket, ours) = answered(&desk).await;
    let stranger = to_ours("s", &ours).from("partner@example.com");
    let received = desk.receive(&stranger).await;
    assert_eq!(received.ticket_id, Some(ticket));
    assert_eq!(flags(&desk, &received).await, ["new_sender"]);
    let known = desk.receive(&to_ours("t", &ours).from("partner@example.com")).await;
    assert!(flags(&desk, &known).await.is_empty(), "by now they take part");
    let claimed = desk.ticket(Some(ticket)).await;
    assert!(claimed.len() > 4);
    // Whom the next reply goes to does not change by that.
    due(&desk, ticket, "Hello again.").await;
    let to = replies(&desk, ticket).await.pop().expect("a reply").to;
    assert_eq!(to.get().map(|person| person.address.as_str()), Some(CUSTOMER));
    desk.app
        .work(&agent("sam"), &on(ticket), casebook_domain::ticket::WorkCommand::Reopen)
        .await
        .expect("it is open already");
}

async fn a_stranger_who_quotes_the_customer_is_not(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (ticket, _) = answered(&desk).await;
    let first = desk.receive(&mail("a")).await;
    let stranger = desk.receive(&mail("s").answers("a").from("eve@example.com")).await;
    assert_ne!(stranger.conversation_id, first.conversation_id);
    assert_ne!(stranger.ticket_id, Some(ticket));
    assert_eq!(status(&desk, ticket).await, "resolved");
}
