//! Replies from approval to the sent mail.

use std::sync::Arc;

use bytes::Bytes;
use casebook_app::MailParser;
use casebook_app::{ApproveReply, StartConversation, TriageRequest};
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::draft::DraftUsage;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{AfterSending, HeldBecause, Status, TicketEvent};
use casebook_ingest::EmailParser;
use casebook_tests::desk::{Desk, TENANT, operator, shipped};
use casebook_tests::letters::{CUSTOMER, INBOX, mail};
use casebook_tests::oracle::{DRAFT, Oracle};
use casebook_tests::smtp::{Server, line};
use casebook_tests::{TestDatabase, both_databases};
use serde_json::json;

use crate::shared::{
    Tasks, UNDO, agent, any, approved, due, keyed, on, opened, opened_by_another, replies, says,
    until, until_sent,
};

both_databases!(
    a_reply_is_taken_back_within_its_delay,
    a_sent_reply_is_a_mail_of_the_thread_and_resolves,
    a_draft_that_is_sent_as_it_was_says_so,
    who_writes_meanwhile_holds_the_reply_until_it_is_retried,
    a_reply_can_leave_the_ticket_open,
    an_agent_begins_a_conversation_once,
    a_chat_is_answered_by_mail_and_its_answer_comes_back,
);

async fn status(desk: &Desk, ticket: TicketId) -> Status {
    let mut state = casebook_domain::ticket::Ticket::default();
    for event in desk.ticket(Some(ticket)).await {
        cqrs_es::Aggregate::apply(&mut state, event);
    }
    state.status()
}

async fn a_reply_is_taken_back_within_its_delay(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let server = Server::answering([]);
    let tasks = Tasks::default().deliver(&desk.app, &server);
    let (first, second) = (opened(&desk, "a").await, opened(&desk, "b").await);
    let (reply, _) = approved(&desk, first, "Friday.").await;
    desk.database.clock.advance(UNDO - 1);
    approved(&desk, second, "Monday.").await;
    let sam = agent("sam");
    let back = desk.app.withdraw_reply(&sam, &on(first), reply).await.expect("in time");
    let again = desk.app.withdraw_reply(&sam, &on(first), reply).await.expect("again");
    assert_eq!((back.version, again.version), (3, 3));
    desk.database.clock.advance(UNDO);
    until_sent(&desk, second, 1).await;
    assert_eq!(server.calls().len(), 1, "only the other one left");
    assert_eq!(status(&desk, first).await, Status::New);
    let sent = replies(&desk, second).await[0].reply_id;
    let late = desk.app.withdraw_reply(&sam, &on(second), sent).await.expect_err("too late");
    assert_eq!(late.code(), "CONFLICT");
    tasks.stop().await;
}

async fn a_sent_reply_is_a_mail_of_the_thread_and_resolves(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (catcher, transport) = line(Vec::<Vec<_>>::new()).await;
    let tasks = Tasks::default().deliver(&desk.app, &Arc::new(transport));
    let asked = mail("b").answers("a").references(&["a"]).subject("Re: Late box");
    let received = desk.receive(&asked).await;
    let ticket = received.ticket_id.expect("a ticket");
    let reply = due(&desk, ticket, "Hi Ann,\n\n[Name] here: on Friday – promised.").await;
    until_sent(&desk, ticket, 1).await;
    let caught = catcher.wait_for(1).await.remove(0);
    assert_eq!((caught.from.as_str(), &caught.to[..]), (INBOX, &[CUSTOMER.to_owned()][..]));
    let sent = EmailParser::default().parse(&caught.raw);
    let approved = replies(&desk, ticket).await.remove(0);
    assert_eq!(sent.message_id, Some(approved.external_id.clone()));
    let token = approved.external_id.split('@').next().expect("a token");
    assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit()), "{token}");
    assert_eq!(sent.in_reply_to, ["b@example.net"]);
    assert_eq!(sent.references, ["a@example.net", "b@example.net"]);
    assert_eq!(sent.subject.as_deref(), Some("[Support] Late box"));
    assert_eq!((sent.from[0].address.as_str(), sent.to[0].address.as_str()), (INBOX, CUSTOMER));
    let persona = &approved.persona;
    let text =
        format!("Hi Ann,\n\n{persona} here: on Friday – promised.\n\n{persona}\nProtocol Raw");
    assert_eq!(sent.text.replace("\r\n", "\n").trim_end(), text);
    assert_eq!(sent.automatic, None, "nobody answers an agent as if it were a machine");
    assert_eq!(status(&desk, ticket).await, Status::Resolved);
    let thread = desk.conversation(received.conversation_id).await;
    let Some(ConversationEvent::MessageSent(message)) = thread.last() else { panic!("{thread:?}") };
    assert_eq!((message.message_id, message.ticket_id), (reply, ticket));
    assert_eq!((message.sent_by.as_str(), message.text.text()), ("sam", text.as_str()));
    let kept = desk.app.blob(TENANT, &message.raw_sha256).await.expect("the bytes that left");
    assert_eq!(&kept[..], &caught.raw[..]);
    let check = desk.app.verify_log(&operator(), |_| {}).await.expect("the log is read");
    assert_eq!(check.problems, []);
    // The policy, the mail, and the reply twice: as it was handed over and as a message.
    assert_eq!(check.blobs, 4);
    // The next reply says that it is one.
    desk.receive(&mail("c").answers("b")).await;
    due(&desk, ticket, "Still Friday.").await;
    until_sent(&desk, ticket, 2).await;
    let second = EmailParser::default().parse(&catcher.wait_for(2).await[1].raw);
    assert_eq!(second.subject.as_deref(), Some("Re: [Support] Late box"));
    let ours = approved.external_id;
    assert_eq!(second.in_reply_to, ["c@example.net"]);
    let thread = ["a@example.net", "b@example.net", ours.as_str(), "c@example.net"];
    assert_eq!(second.references, thread);
    tasks.stop().await;
}

async fn a_draft_that_is_sent_as_it_was_says_so(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let tasks = Tasks::default().classify(&desk.app, &Oracle::new());
    for (id, text, usage) in [
        ("a", DRAFT.replace('\n', "\r\n"), DraftUsage::SentAsIs),
        ("b", DRAFT.replace("Friday", "Monday"), DraftUsage::MinorEdits),
        ("c", "Something else entirely was said here".to_owned(), DraftUsage::Replaced),
    ] {
        let ticket = opened_by_another(&desk, id).await;
        let drafted = |event: &TicketEvent| matches!(event, TicketEvent::ReplyDrafted(_));
        until(&desk, ticket, "a draft", |events| any(events, drafted)).await;
        approved(&desk, ticket, &text).await;
        let reply = replies(&desk, ticket).await.remove(0);
        assert_eq!((reply.comparison.usage, reply.decision_id.is_some()), (usage, true), "{id}");
    }
    tasks.stop().await;
    let ticket = opened(&desk, "d").await;
    approved(&desk, ticket, DRAFT).await;
    let reply = replies(&desk, ticket).await.remove(0);
    assert_eq!((reply.comparison.usage, reply.decision_id), (DraftUsage::NoDraft, None));
}

async fn who_writes_meanwhile_holds_the_reply_until_it_is_retried(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let server = Server::answering([]);
    let tasks = Tasks::default().deliver(&desk.app, &server);
    let ticket = opened(&desk, "a").await;
    let (reply, _) = approved(&desk, ticket, "Friday.").await;
    desk.receive(&mail("b").answers("a").text("Or is it Monday?\r\n")).await;
    desk.database.clock.advance(UNDO);
    let because = until(&desk, ticket, "the reply to be held", |events| {
        events.iter().find_map(|event| match event {
            TicketEvent::ReplyHeld(held) => Some(held.because),
            _ => None,
        })
    })
    .await;
    assert_eq!(because, HeldBecause::CustomerWrote);
    assert_eq!((server.calls().len(), status(&desk, ticket).await), (0, Status::New));
    desk.app.retry_reply(&agent("sam"), &on(ticket), reply).await.expect("after all");
    until_sent(&desk, ticket, 1).await;
    assert_eq!((server.calls().len(), status(&desk, ticket).await), (1, Status::Resolved));
    let again = desk.app.retry_reply(&agent("sam"), &on(ticket), reply).await;
    assert_eq!(again.expect_err("it is out").code(), "NOT_FOUND");
    tasks.stop().await;
}

async fn a_reply_can_leave_the_ticket_open(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let tasks = Tasks::default().deliver(&desk.app, &Server::answering([]));
    let ticket = opened(&desk, "a").await;
    let keep = ApproveReply { after: Some(AfterSending::KeepOpen), ..says("Which box?") };
    desk.app.approve_reply(&agent("sam"), &on(ticket), &keep).await.expect("approved");
    desk.database.clock.advance(UNDO);
    until_sent(&desk, ticket, 1).await;
    let events = desk.ticket(Some(ticket)).await;
    assert!(matches!(events.last(), Some(TicketEvent::CustomerAwaited(_))), "{events:?}");
    assert_eq!(status(&desk, ticket).await, Status::InProgress);
    // Where the policy does not resolve on sending, that is the default.
    let mut policy = shipped(TENANT);
    policy.sending.resolve_on_send = false;
    desk.publish(&policy).await;
    let other = opened(&desk, "b").await;
    due(&desk, other, "Which one?").await;
    until_sent(&desk, other, 1).await;
    assert_eq!(status(&desk, other).await, Status::InProgress);
    tasks.stop().await;
}

async fn an_agent_begins_a_conversation_once(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (catcher, transport) = line(Vec::<Vec<_>>::new()).await;
    let tasks = Tasks::default().deliver(&desk.app, &Arc::new(transport));
    let request = StartConversation {
        tenant: TENANT.to_owned(),
        inbox: None,
        to: "Bea@Example.org".to_owned(),
        name: Some("Bea".to_owned()),
        subject: "Re: [Support] Your order".to_owned(),
        text: "We have news.".to_owned(),
        idempotency_key: Some("k".to_owned()),
    };
    let sam = agent("sam");
    let all = (0..6).map(|_| desk.app.start_conversation(&sam, &request));
    let mut tickets = std::collections::BTreeSet::new();
    for done in futures::future::join_all(all).await {
        tickets.insert(done.expect("begun").ticket_id.to_string());
    }
    assert_eq!(tickets.len(), 1);
    let ticket: TicketId = tickets.first().expect("one").parse().expect("an id");
    desk.database.clock.advance(UNDO);
    until_sent(&desk, ticket, 1).await;
    let sent = EmailParser::default().parse(&catcher.wait_for(1).await[0].raw);
    assert_eq!(sent.subject.as_deref(), Some("[Support] Your order"));
    assert!(sent.in_reply_to.is_empty() && sent.references.is_empty());
    assert_eq!(status(&desk, ticket).await, Status::InProgress);
    let ours = sent.message_id.expect("an identifier");
    let answer = mail("x").from("bea@example.org").header("In-Reply-To", &format!("<{ours}>"));
    let answer = desk.receive(&answer).await;
    assert_eq!(answer.ticket_id, Some(ticket), "it joins what we began");
    for (to, field) in [("no address", "to"), (INBOX, "to")] {
        let bad = StartConversation { to: to.to_owned(), idempotency_key: None, ..request.clone() };
        let refused = desk.app.start_conversation(&sam, &bad).await.expect_err("refused");
        assert!(refused.to_string().starts_with(field), "{refused}");
    }
    tasks.stop().await;
}

async fn a_chat_is_answered_by_mail_and_its_answer_comes_back(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (catcher, transport) = line(Vec::<Vec<_>>::new()).await;
    let tasks = Tasks::default().deliver(&desk.app, &Arc::new(transport));
    let chat: TriageRequest = serde_json::from_value(json!({
        "tenant": TENANT,
        "customer_email": CUSTOMER,
        "channel": "web_widget",
        "body": "When do you deliver to Leeds?",
        "dedupe_key": "chat-1",
    }))
    .expect("a request");
    let raw = Bytes::from_static(b"{}");
    let (_, received) = desk.app.receive_triage(&operator(), chat, raw).await.expect("taken in");
    let ticket = received.ticket_id.expect("a ticket");
    let sam = agent("sam");
    desk.app.approve_reply(&sam, &keyed(ticket, "r"), &says("Friday.")).await.expect("approved");
    let approved = replies(&desk, ticket).await.remove(0);
    assert_eq!(approved.due_at, approved.approved_at.plus_micros(UNDO), "as for any mail");
    desk.database.clock.advance(UNDO);
    until_sent(&desk, ticket, 1).await;
    let sent = EmailParser::default().parse(&catcher.wait_for(1).await[0].raw);
    let ours = sent.message_id.expect("an identifier");
    let answer = desk.receive(&mail("x").header("In-Reply-To", &format!("<{ours}>"))).await;
    assert_eq!(answer.conversation_id, received.conversation_id);
    assert_eq!(answer.ticket_id, Some(ticket));
    tasks.stop().await;
}
