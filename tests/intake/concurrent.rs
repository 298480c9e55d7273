//! Many deliveries at once: nothing lost, nothing doubled, nobody told wrongly.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use casebook_app::{App, AppError, Received, ReceivedAs};
use casebook_domain::contact::ContactEvent;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::Event;
use casebook_domain::ticket::TicketEvent;
use casebook_tests::desk::{Desk, receive};
use casebook_tests::ids::mix;
use casebook_tests::letters::{Mail, mail};
use casebook_tests::{TestDatabase, both_databases, postgres_only, wait};
use tokio::sync::{Barrier, Mutex};
use tokio::task::JoinSet;

both_databases!(
    one_mail_by_sixteen_tasks_is_one_message,
    one_person_by_eight_tasks_is_counted_exactly,
    twenty_threads_in_random_order,
);
postgres_only!(
    two_processes_share_one_log,
    one_mail_by_two_processes_is_one_message,
    cached_conversation_of_another_process_is_no_obstacle,
);

/// Receives all mails by `tasks` tasks over the applications given, in an order that `seed` mixes.
async fn receive_all(apps: &[App], mails: Vec<Mail>, tasks: usize, seed: u64) -> Vec<Received> {
    let mut mails: Vec<_> = mails.into_iter().enumerate().collect();
    mails.sort_by_key(|(index, _)| mix(seed ^ *index as u64));
    let queue = Arc::new(Mutex::new(mails));
    let barrier = Arc::new(Barrier::new(tasks));
    let mut set = JoinSet::new();
    let apps_count = apps.len();
    for task in 0..tasks {
        let (app, queue) = (apps[task % apps.len()].clone(), Arc::clone(&queue));
        let barrier = Arc::clone(&barrier);
        set.spawn(async move {
            barrier.wait().await;
            let mut received = Vec::new();
            loop {
                let Some((_, mail)) = queue.lock().await.pop() else { return received };
                // Two processes may get in each other's way until one is told to come again, as
                // every mail server does.
                let again = apps_count > 1;
                received.push(match receive(&app, &mail).await {
                    Err(AppError::Unavailable { .. }) if again => {
                        wait::until_ok("the mail", || receive(&app, &mail)).await
                    }
                    answer => answer.expect("the mail is received"),
                });
            }
        });
    }
    set.join_all().await.into_iter().flatten().collect()
}

/// How often each message was recorded.
async fn messages(desk: &Desk) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for event in desk.after(0).await {
        if let Event::Conversation(ConversationEvent::MessageReceived(message)) = event {
            *count.entry(message.message_id.to_string()).or_default() += 1;
        }
    }
    count
}

async fn one_mail_by_sixteen_tasks_is_one_message(database: TestDatabase) {
    let desk = Desk::open(database).await;
    for round in 0..8 {
        let before = desk.length().await;
        let copies = vec![mail(&format!("r{round}")); 16];
        let received = receive_all(std::slice::from_ref(&desk.app), copies, 16, round).await;
        let first = received.iter().filter(|one| one.outcome == ReceivedAs::Message).count();
        assert_eq!(first, 1, "exactly one delivery is the first");
        let places: BTreeSet<_> = received
            .iter()
            .map(|one| (one.message_id, one.conversation_id, one.ticket_id))
            .collect();
        assert_eq!(places.len(), 1, "all are told the same place");
        // The contact is registered by the first round only; the third and later ones are gated.
        let added = desk.length().await - before;
        assert!((4..=5).contains(&added), "{added} events in round {round}");
    }
    assert!(messages(&desk).await.values().all(|count| *count == 1));
}

async fn one_person_by_eight_tasks_is_counted_exactly(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let mails: Vec<_> = (0..40).map(|n| mail(&format!("m{n}"))).collect();
    let received = receive_all(std::slice::from_ref(&desk.app), mails, 8, 1).await;
    counted_exactly(&desk, &received).await;
}

/// Each of the messages of one person saw a different number of contacts, from 1 upwards.
async fn counted_exactly(desk: &Desk, received: &[Received]) {
    let mut seen = BTreeSet::new();
    let mut fired = 0;
    for one in received {
        let events = desk.ticket(one.ticket_id).await;
        let TicketEvent::TicketReceived(ticket) = &events[0] else { panic!("a ticket") };
        assert!(seen.insert(ticket.check.facts.contact_times.len()), "counted twice alike");
        fired += usize::from(one.gated.is_some());
    }
    let all: BTreeSet<usize> = (1..=received.len()).collect();
    assert_eq!(seen, all);
    assert_eq!(fired, received.len() - 2, "all but the first two contacts");
    let events = desk.after(0).await;
    let wrote = |event: &&Event| matches!(event, Event::Contact(ContactEvent::ContactWrote(_)));
    assert_eq!(events.iter().filter(wrote).count(), received.len());
}

/// Ten mails in each of twenty threads of twenty people; each answers one before it.
fn threads() -> Vec<Mail> {
    let mut mails = Vec::new();
    for thread in 0..20 {
        let from = format!("person{thread}@example.net");
        for n in 0..10 {
            let id = format!("t{thread}-{n}");
            let chain: Vec<String> = (0..n).map(|n| format!("t{thread}-{n}")).collect();
            let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
            let text = format!("Message {n} of thread {thread}.\r\n");
            let plain = mail(&id).from(&from).text(&text);
            mails.push(match chain.last() {
                Some(last) => plain.answers(last).references(&chain),
                None => plain,
            });
        }
    }
    mails
}

/// 200 mails in 20 conversations with one ticket each.
async fn complete(desk: &Desk, received: &[Received]) {
    assert!(received.iter().all(|one| one.outcome == ReceivedAs::Message));
    let messages = messages(desk).await;
    assert_eq!((messages.len(), messages.values().max()), (200, Some(&1)));
    let mut conversations: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for one in received {
        conversations.entry(one.conversation_id).or_default().insert(one.ticket_id);
    }
    assert_eq!(conversations.len(), 20);
    for tickets in conversations.values() {
        assert_eq!(tickets.len(), 1, "one ticket in a conversation");
        let events = desk.ticket(*tickets.first().expect("a ticket")).await;
        let joined = events.iter().filter(|event| !matches!(event, TicketEvent::TicketGated(_)));
        assert_eq!(joined.count(), 10);
    }
}

async fn twenty_threads_in_random_order(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = receive_all(std::slice::from_ref(&desk.app), threads(), 16, 7).await;
    complete(&desk, &received).await;
}

async fn two_processes_share_one_log(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let apps = [desk.app.clone(), desk.beside().await];
    let received = receive_all(&apps, threads(), 16, 11).await;
    complete(&desk, &received).await;
    let mails: Vec<_> = (0..24).map(|n| mail(&format!("m{n}"))).collect();
    let received = receive_all(&apps, mails, 8, 12).await;
    counted_by_one_person(&desk, &received).await;
}

async fn counted_by_one_person(desk: &Desk, received: &[Received]) {
    let mut seen = BTreeSet::new();
    for one in received {
        let events = desk.ticket(one.ticket_id).await;
        let TicketEvent::TicketReceived(ticket) = &events[0] else { panic!("a ticket") };
        seen.insert(ticket.check.facts.contact_times.len());
    }
    assert_eq!(seen, (1..=received.len()).collect());
}

async fn one_mail_by_two_processes_is_one_message(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let apps = [desk.app.clone(), desk.beside().await];
    for round in 0..10 {
        let copies = vec![mail(&format!("r{round}")); 8];
        let received = receive_all(&apps, copies, 8, round).await;
        let first = received.iter().filter(|one| one.outcome == ReceivedAs::Message).count();
        assert_eq!(first, 1);
        let places: BTreeSet<_> =
            received.iter().map(|one| (one.conversation_id, one.ticket_id)).collect();
        assert_eq!(places.len(), 1);
    }
    assert!(messages(&desk).await.values().all(|count| *count == 1));
}

async fn cached_conversation_of_another_process_is_no_obstacle(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let other = desk.beside().await;
    // The other process keeps the conversation in memory as it is now.
    receive(&other, &mail("a")).await.expect("received");
    let second = mail("b").answers("a").header("Cc", "bob@example.org");
    let second = desk.receive(&second).await;
    let bob = receive(&other, &mail("c").from("bob@example.org").answers("b")).await;
    let bob = bob.expect("received");
    assert_eq!(bob.conversation_id, second.conversation_id, "he takes part since the second mail");
    // A delivery report about a mail that only the first process has seen.
    let third = desk.receive(&mail("d").answers("c")).await;
    let report = super::automatic::bounce("dsn", "d");
    let report = receive(&other, &report).await.expect("received");
    assert_eq!(report.conversation_id, third.conversation_id);
    assert!(matches!(
        desk.conversation(third.conversation_id).await.last(),
        Some(ConversationEvent::BounceAttached(_))
    ));
}
