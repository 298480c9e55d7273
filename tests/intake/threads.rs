//! Which conversation a mail joins, and which mail it is.

use casebook_app::ReceivedAs;
use casebook_domain::ids::ConversationId;
use casebook_domain::ticket::TicketEvent;
use casebook_tests::desk::{Desk, OTHER_TENANT, TENANT, receive_raw, shipped};
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases};

both_databases!(
    answer_joins_by_in_reply_to,
    newest_reference_counts_first,
    answer_may_come_before_its_original,
    answers_may_come_in_any_order,
    mail_without_id_is_known_by_its_content,
    same_id_with_other_content_is_flagged,
    redelivery_is_a_duplicate,
    inboxes_and_tenants_stay_apart,
    stranger_who_quotes_an_id_gets_a_conversation_of_their_own,
    people_in_copy_take_part,
);

async fn answer_joins_by_in_reply_to(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    let second = desk.receive(&mail("b").answers("a").text("And to York?\r\n")).await;
    assert_eq!(second.conversation_id, first.conversation_id);
    assert_eq!(second.ticket_id, first.ticket_id);
    let events = desk.ticket(first.ticket_id).await;
    let TicketEvent::CustomerReplied(replied) = &events[1] else { panic!("an answer") };
    assert_eq!(replied.message_id, second.message_id);
    assert_eq!(replied.preview.text(), "And to York?");
}

async fn newest_reference_counts_first(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let older = desk.receive(&mail("old")).await;
    let newer = desk.receive(&mail("new")).await;
    assert_ne!(older.conversation_id, newer.conversation_id);
    let by_reference = desk.receive(&mail("r1").references(&["old", "new"])).await;
    assert_eq!(by_reference.conversation_id, newer.conversation_id);
    let unknown_first = mail("r2").references(&["old", "lost"]).answers("lost-too");
    assert_eq!(desk.receive(&unknown_first).await.conversation_id, older.conversation_id);
    let answered = mail("r3").references(&["old", "new"]).answers("old");
    assert_eq!(desk.receive(&answered).await.conversation_id, older.conversation_id);
}

async fn answer_may_come_before_its_original(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let answer = desk.receive(&mail("b").answers("a").references(&["a"])).await;
    let original = desk.receive(&mail("a")).await;
    assert_eq!(original.conversation_id, answer.conversation_id);
    assert_eq!(original.ticket_id, answer.ticket_id);
    assert_eq!(desk.ticket(answer.ticket_id).await.len(), 2);
}

async fn answers_may_come_in_any_order(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let thread = [
        mail("a"),
        mail("b").answers("a").references(&["a"]),
        mail("c").answers("b").references(&["a", "b"]),
        mail("d").answers("c").references(&["a", "b", "c"]),
    ];
    let expected = ConversationId::of_thread(TENANT, "hello", "a@example.net");
    for index in [2, 0, 3, 1] {
        assert_eq!(desk.receive(&thread[index]).await.conversation_id, expected);
    }
}

async fn mail_without_id_is_known_by_its_content(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let sent = mail("x").without("Message-ID");
    let first = desk.receive(&sent).await;
    let again = desk.receive(&sent.clone().relayed("Received", "from a by b; today")).await;
    assert_eq!(again.outcome, ReceivedAs::Duplicate);
    assert_eq!(again.message_id, first.message_id);
    let other = desk.receive(&sent.clone().text("Something else.\r\n")).await;
    assert_eq!(other.outcome, ReceivedAs::Message);
    assert_ne!(other.conversation_id, first.conversation_id);
    assert_eq!(desk.message(&first).await.external_id, None);
}

async fn same_id_with_other_content_is_flagged(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    let other = mail("a").text("My dog has been sick since Monday.\r\n");
    let second = desk.receive(&other).await;
    assert_eq!(second.outcome, ReceivedAs::Message);
    assert_ne!(second.message_id, first.message_id);
    assert_eq!(second.conversation_id, first.conversation_id);
    let message = desk.message(&second).await;
    assert!(message.flags.contains(&"same_id_other_content".to_owned()), "{:?}", message.flags);
    assert!(!desk.message(&first).await.flags.contains(&"same_id_other_content".to_owned()));
    // Each of the two is now known: repeats of either change nothing.
    for sent in [mail("a"), other] {
        assert_eq!(desk.receive(&sent).await.outcome, ReceivedAs::Duplicate);
    }
    assert_eq!(
        desk.receive(&mail("a").text("A third one.\r\n")).await.outcome,
        ReceivedAs::Message
    );
}

async fn redelivery_is_a_duplicate(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    let length = desk.length().await;
    let again = mail("a")
        .relayed("Received", "from mx2.example.net by mx.protocolraw.co.uk; Wed, 8 Apr 2026")
        .relayed("Return-Path", "<bounce-7@example.net>")
        .relayed("X-Spam-Score", "0.1")
        .relayed("Delivered-To", "hello@protocolraw.co.uk");
    let second = desk.receive(&again).await;
    assert_eq!(second.outcome, ReceivedAs::Duplicate);
    assert_eq!(second.message_id, first.message_id);
    assert_eq!(second.ticket_id, first.ticket_id);
    assert_eq!(desk.length().await, length, "a duplicate appends nothing");
    let imported = desk.import(&again).await;
    assert_eq!(imported.outcome, ReceivedAs::Duplicate, "whatever way it comes");
}

async fn inboxes_and_tenants_stay_apart(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let mut two = shipped(TENANT);
    let mut second = two.inboxes[0].clone();
    second.name = "press".to_owned();
    second.addresses = vec!["press@protocolraw.co.uk".to_owned()];
    two.inboxes.push(second);
    desk.publish(&two).await;
    let other = shipped(OTHER_TENANT);
    let address = other.inboxes.iter().flat_map(|inbox| &inbox.addresses).next().expect("one");
    desk.publish(&other).await;
    let here = desk.receive(&mail("a")).await;
    let press = desk.receive(&mail("a").envelope("Press@ProtocolRaw.co.uk")).await;
    let there = receive_raw(&desk.app, mail("a").raw(), address).await.expect("received");
    assert_eq!((press.inbox.as_str(), there.tenant.as_str()), ("press", OTHER_TENANT));
    for (one, two) in [(&here, &press), (&here, &there), (&press, &there)] {
        assert_eq!(two.outcome, ReceivedAs::Message);
        assert_ne!(one.message_id, two.message_id);
        assert_ne!(one.conversation_id, two.conversation_id);
    }
    assert_eq!(here.contact_id, press.contact_id, "one person within a tenant");
    assert_ne!(here.contact_id, there.contact_id, "and another one in another");
}

async fn stranger_who_quotes_an_id_gets_a_conversation_of_their_own(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    let stranger = |id: &str| mail(id).from("Eve <eve@example.org>");
    let quoting = desk.receive(&stranger("e1").answers("a").references(&["a"])).await;
    assert_eq!(quoting.outcome, ReceivedAs::Message);
    assert_ne!(quoting.conversation_id, first.conversation_id);
    assert_ne!(quoting.ticket_id, first.ticket_id);
    let again = desk.receive(&stranger("e2").answers("a")).await;
    assert_eq!(again.conversation_id, quoting.conversation_id, "later mails land there, too");
    let own = desk.receive(&stranger("e3").answers("e1")).await;
    assert_eq!(own.conversation_id, quoting.conversation_id);
    let customer = desk.receive(&mail("b").answers("a")).await;
    assert_eq!(customer.conversation_id, first.conversation_id);
    // The customer cannot be drawn into the stranger's thread either.
    let drawn = desk.receive(&mail("c").answers("e1")).await;
    assert_ne!(drawn.conversation_id, quoting.conversation_id);
    assert_eq!(desk.conversation(first.conversation_id).await.len(), 3);
}

async fn people_in_copy_take_part(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first =
        mail("a").header("Cc", "Bob <Bob@Example.org>").header("Reply-To", "ann@home.example");
    let first = desk.receive(&first).await;
    let bob = desk.receive(&mail("b").from("bob@example.org").answers("a")).await;
    assert_eq!(bob.conversation_id, first.conversation_id);
    let home = desk.receive(&mail("c").from("ann@home.example").answers("a")).await;
    assert_eq!(home.conversation_id, first.conversation_id);
    assert_ne!(home.contact_id, first.contact_id, "another address is another contact");
}
