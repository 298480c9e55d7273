//! `kill -9` while mails pour in over HTTP: every mail that was answered with 202 is there, once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::Event;
use casebook_store::{Mode, StoreSettings};
use casebook_tests::desk::decode;
use casebook_tests::inspect::check_log;
use casebook_tests::letters::{Mail, mail};
use casebook_tests::{TestDatabase, both_databases, wait};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::house::{House, Server};

both_databases!(killed_under_load_loses_nothing_that_was_acknowledged);

/// How often the server is killed.
const ROUNDS: usize = 6;
/// Clients at a time.
const CLIENTS: usize = 8;
/// Acknowledged mails after which a round ends.
const MAILS: usize = 40;

/// One mail of the load: some answer earlier ones, some are gated, some carry a large body.
fn nth(round: usize, client: usize, n: usize) -> Mail {
    let plain =
        mail(&format!("r{round}-c{client}-{n}")).from(&format!("person{client}@example.net"));
    match n % 4 {
        1 => plain.answers(&format!("r{round}-c{client}-{}", n - 1)).text("And to York?\r\n"),
        2 => plain.text("My dog vomited.\r\n"),
        3 => plain.text(&format!("{n} {}", "Nothing has come so far. ".repeat(4000))),
        _ => plain,
    }
}

/// Pours mails in until the server is gone; answers what was sent and what was acknowledged.
async fn pour(server: Server, round: usize, sent: &Mutex<Vec<Mail>>, safe: &Mutex<Vec<String>>) {
    let server = Arc::new(server);
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (server, acknowledged) = (Arc::clone(&server), Arc::clone(&acknowledged));
        clients.spawn(async move {
            let (mut tried, mut safe) = (Vec::new(), Vec::new());
            for n in 0.. {
                let next = nth(round, client, n);
                tried.push(next.clone());
                let Ok((status, receipt)) = server.try_mail(&next).await else { break };
                assert_eq!(status.as_u16(), 202, "{receipt}");
                safe.push(receipt["message_id"].as_str().expect("an id").to_owned());
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            (tried, safe)
        });
    }
    wait::until("the load", || async {
        (acknowledged.load(Ordering::SeqCst) >= MAILS).then_some(())
    })
    .await;
    server.signal("KILL");
    for (tried, known) in clients.join_all().await {
        sent.lock().await.extend(tried);
        safe.lock().await.extend(known);
    }
}

async fn killed_under_load_loses_nothing_that_was_acknowledged(database: TestDatabase) {
    let house = House::new(database);
    let (sent, safe) = (Mutex::default(), Mutex::default());
    for round in 0..ROUNDS {
        pour(house.serve().await, round, &sent, &safe).await;
    }
    let server = house.serve().await;
    // While the server runs: the log, the blobs, and read models equal to a fold from zero.
    let checked = house.run(&["verify"]).await;
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    // What was not answered is sent again, and so is everything else: nothing is doubled.
    for mail in sent.lock().await.iter() {
        server.mail(mail).await;
    }
    server.stop().await;
    let checked = house.run(&["verify"]).await;
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);

    let store = house.database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
    let store = store.expect("the store opens");
    let mut messages: BTreeMap<String, usize> = BTreeMap::new();
    for event in check_log(store.log()).await {
        if let Event::Conversation(ConversationEvent::MessageReceived(message)) = decode(&event) {
            *messages.entry(message.message_id.to_string()).or_default() += 1;
        }
    }
    assert!(messages.values().all(|count| *count == 1), "a mail was received twice");
    assert_eq!(messages.len(), sent.lock().await.len(), "all that were sent are there");
    let safe = safe.lock().await;
    assert!(safe.len() >= ROUNDS * MAILS);
    assert!(safe.iter().all(|id| messages.contains_key(id)), "an acknowledged mail is lost");
}
