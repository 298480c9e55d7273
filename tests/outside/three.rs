//! Three servers on one PostgreSQL, and `kill -9` of each in turn while mails come in, replies go out
//! and events are sent to subscribers: nothing is lost, and what was the dead one's is taken over
//! within ten seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::Event;
use casebook_domain::ticket::TicketEvent;
use casebook_outbound::catcher::{CatcherSettings, SmtpCatcher};
use casebook_store::{Filter, Mode, Store, StoreSettings};
use casebook_tests::desk::decode;
use casebook_tests::inspect::check_log;
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, postgres_only, tenants, wait};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::house::{House, Server};
use crate::webhooks::{Receiver, everything_arrives, subscribe};

postgres_only!(each_of_three_is_killed_in_turn);

/// Mails that each client hands in while one server is killed.
const MAILS: usize = 6;
/// Subscriptions to events, which the servers share.
const SUBSCRIPTIONS: usize = 4;
/// How long every lease lasts without being renewed.
const TTL: Duration = Duration::from_secs(6);
/// The promise: time after which another has taken over.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(10);

/// What clients were told is safe: the ticket of each mail, and whether its reply was approved.
type Safe = BTreeMap<String, bool>;

/// A lease that is not a mere sign of presence.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Duty {
    epoch: u64,
    expires_at: i64,
}

async fn each_of_three_is_killed_in_turn(database: TestDatabase) {
    let tenants = tenants::without_undo_delay();
    let catcher = SmtpCatcher::start(CatcherSettings::default()).await.expect("a port");
    let house = Receiver::known_to(House::new(database))
        .set("CASEBOOK_TENANTS__DIR", &tenants.path().to_string_lossy())
        .set("CASEBOOK_SMTP__HOST", "127.0.0.1")
        .set("CASEBOOK_SMTP__PORT", &catcher.address().port().to_string())
        .set("CASEBOOK_SMTP__TLS", "none");
    let mut alive = Vec::new();
    for _ in 0..3 {
        alive.push(Arc::new(house.serve().await));
    }
    let store = house.database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
    let store = store.expect("a reader");
    let mut old = alive.iter().map(|server| server.process_id()).collect::<BTreeSet<u32>>();
    let receivers = subscribed(&alive[0]).await;
    let first = shared(&store).await;
    let mut safe = Safe::new();
    for round in 0..3 {
        let before = duties(&store).await;
        let victim = busiest(&alive, &old).await;
        assert!(old.remove(&victim.process_id()));
        let (told, killed_at) = pour(round, &store, &alive, &victim).await;
        safe.extend(told);
        alive.retain(|server| server.process_id() != victim.process_id());
        let taken = taken_over(&store, &before, killed_at).await;
        assert!(taken.keys().any(|name| name.starts_with("webhooks/")), "{taken:?}");
        for (name, after) in taken {
            assert!(after <= TAKEN_OVER_WITHIN, "{name} was taken over after {after:?}");
        }
        if !old.is_empty() {
            alive.push(Arc::new(house.serve().await));
        }
    }
    // Those who held everything in the beginning are all gone.
    let last = duties(&store).await;
    let kept: Vec<_> =
        first.iter().filter(|(name, duty)| last[*name].epoch <= duty.epoch).collect();
    assert!(kept.is_empty(), "{kept:?}");
    settled(&store, &safe).await;
    for receiver in &receivers {
        everything_arrives(&alive[0], receiver).await;
    }
    drop(store);
    for server in alive {
        Arc::into_inner(server).expect("the last holder").stop().await;
    }
    let checked = house.run(&["verify"]).await;
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    nothing_is_lost_or_doubled(&house, &safe, &catcher).await;
}

/// Subscribes several receivers to everything.
async fn subscribed(server: &Server) -> Vec<Receiver> {
    let mut receivers = Vec::new();
    for _ in 0..SUBSCRIPTIONS {
        let receiver = Receiver::default();
        subscribe(server, &receiver.start().await).await;
        receivers.push(receiver);
    }
    receivers
}

/// Waits until all three have their share of the classification and of the subscriptions, so that
/// whoever is killed holds something, and somebody each of the other duties; answers them.
async fn shared(store: &Store) -> BTreeMap<String, Duty> {
    let sql = "SELECT split_part(name, '/', 1) AS errand FROM leases \
               WHERE (name LIKE 'triage/%' OR name LIKE 'webhooks/%') \
               AND name NOT LIKE '%/member/%' \
               AND expires_at > extract(epoch FROM clock_timestamp()) * 1000000 \
               GROUP BY errand HAVING count(DISTINCT owner) = 3";
    wait::until("all three to share the work", || async {
        let rows = store.db().query(sql, &[]).await.expect("the leases");
        let duties = duties(store).await;
        let known = |name: &str| duties.contains_key(name);
        let all = known("reply-sender/0") && known("triage/7") && known("read_model/tickets");
        (all && known("webhooks/15") && rows.len() == 2).then_some(duties)
    })
    .await
}

/// The server that writes most read models, among those that were there from the beginning.
async fn busiest(alive: &[Arc<Server>], old: &BTreeSet<u32>) -> Arc<Server> {
    let mut found = Vec::new();
    for server in alive.iter().filter(|server| old.contains(&server.process_id())) {
        let (_, metrics) = server.get("/metrics").await;
        let leads =
            |line: &&str| line.starts_with("casebook_projection_leading{") && line.ends_with(" 1");
        found.push((metrics.lines().filter(leads).count(), server));
    }
    found.sort_by_key(|(leads, _)| *leads);
    Arc::clone(found.last().expect("one that was not killed yet").1)
}

/// Hands mails in at all three and approves every other one's reply; after the first that the
/// victim took it is killed, and its client goes on elsewhere. Answers what is safe, and when the
/// victim was killed by the database's clock.
async fn pour(
    round: usize,
    store: &Store,
    alive: &[Arc<Server>],
    victim: &Arc<Server>,
) -> (Safe, i64) {
    let taken = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for client in 0..alive.len() {
        let mut servers = alive.to_vec();
        servers.rotate_left(client);
        let (taken, victim) = (Arc::clone(&taken), victim.process_id());
        clients.spawn(async move {
            let mut safe = Safe::new();
            for n in 0..MAILS {
                let id = format!("r{round}-c{client}-{n}");
                let ticket = hand_in(&mut servers, &id).await;
                if servers[0].process_id() == victim {
                    taken.fetch_add(1, Ordering::SeqCst);
                }
                if n % 2 == 0 {
                    approve(&mut servers, &ticket, &id).await;
                }
                safe.insert(ticket, n % 2 == 0);
            }
            safe
        });
    }
    wait::until("the victim to take a mail", || async {
        (taken.load(Ordering::SeqCst) > 0).then_some(())
    })
    .await;
    let killed_at = now(store).await;
    victim.signal("KILL");
    (clients.join_all().await.into_iter().flatten().collect(), killed_at)
}

/// Hands a mail in until somebody says that it is safe, and answers its ticket.
async fn hand_in(servers: &mut Vec<Arc<Server>>, id: &str) -> String {
    let letter = mail(id).from(&format!("{id}@example.net"));
    loop {
        match servers[0].try_mail(&letter).await {
            Ok((status, receipt)) if status == 202 => {
                return receipt["ticket_id"].as_str().expect("a ticket").to_owned();
            }
            Ok((status, answer)) => assert_eq!(status, 503, "{answer}"),
            Err(_) => drop(servers.remove(0)),
        }
    }
}

/// Approves a reply until somebody says that it is.
async fn approve(servers: &mut Vec<Arc<Server>>, ticket: &str, key: &str) {
    let query = "mutation($id: ID!, $key: String!) { approveReply(input: { ticketId: $id, \
                 text: \"It is on its way.\", idempotencyKey: $key }) { error { code } } }";
    let body = json!({ "query": query, "variables": { "id": ticket, "key": key } }).to_string();
    loop {
        let headers = [("content-type", "application/json")];
        match servers[0].post("/graphql", &headers, body.clone()).await {
            Ok((status, answer)) => {
                let payload = &answer["data"]["approveReply"];
                assert_eq!((status.as_u16(), &payload["error"]), (200, &Value::Null), "{answer}");
                return;
            }
            Err(_) => drop(servers.remove(0)),
        }
    }
}

async fn duties(store: &Store) -> BTreeMap<String, Duty> {
    let sql = "SELECT name, epoch, expires_at FROM leases WHERE name NOT LIKE '%/member/%'";
    let rows = store.db().query(sql, &[]).await.expect("the leases");
    let duty = |row: &casebook_store::Row| {
        let (epoch, expires_at) =
            (row.uint("epoch").expect("an epoch"), row.int("expires_at").expect("a time"));
        (row.text("name").expect("a name").to_owned(), Duty { epoch, expires_at })
    };
    rows.iter().map(duty).collect()
}

/// Waits until every lease is held by somebody who was alive after the kill; answers how long after
/// it each lease that changed hands was taken, by the database's clock.
async fn taken_over(
    store: &Store,
    before: &BTreeMap<String, Duty>,
    killed_at: i64,
) -> BTreeMap<String, Duration> {
    let ttl = i64::try_from(TTL.as_micros()).expect("a time");
    let taken = Mutex::new(BTreeMap::new());
    wait::until("others to take over", || async {
        let present = duties(store).await;
        let mut taken = taken.lock().await;
        for (name, duty) in &present {
            if before.get(name).is_some_and(|old| old.epoch < duty.epoch) {
                let after = u64::try_from(duty.expires_at - ttl - killed_at).unwrap_or(0);
                taken.entry(name.clone()).or_insert(Duration::from_micros(after));
            }
        }
        // Only who took or renewed it after the kill can hold it for so long.
        present.values().all(|duty| duty.expires_at > killed_at + ttl).then_some(())
    })
    .await;
    taken.into_inner()
}

async fn now(store: &Store) -> i64 {
    let sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS now";
    let rows = store.db().query(sql, &[]).await.expect("the time");
    rows[0].int("now").expect("a time")
}

/// Waits until each ticket is decided or its reply is out.
async fn settled(store: &Store, safe: &Safe) {
    let (mut left, mut after) = (safe.clone(), 0);
    while !left.is_empty() {
        let page = wait::until("every ticket to be dealt with", || async {
            let page = store.log().read(after, &Filter::default(), 1000).await.expect("a page");
            (page.reached > after).then_some(page)
        })
        .await;
        for event in &page.events {
            let approved = left.get(&event.stream.id).copied();
            let is_done = match decode(event) {
                Event::Ticket(TicketEvent::ReplySent(_)) => approved == Some(true),
                Event::Ticket(TicketEvent::TicketClassified(_)) => approved == Some(false),
                _ => false,
            };
            if is_done {
                left.remove(&event.stream.id);
            }
        }
        after = page.reached;
    }
}

/// Each mail is there once with a ticket, and each approved reply went out, as one and the same mail.
async fn nothing_is_lost_or_doubled(house: &House, safe: &Safe, catcher: &SmtpCatcher) {
    let store = house.database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
    let store = store.expect("the store opens");
    let (mut messages, mut sent) = (BTreeSet::new(), BTreeSet::new());
    let mut replies: BTreeMap<String, String> = BTreeMap::new();
    for event in check_log(store.log()).await {
        let ticket = event.stream.id.clone();
        match decode(&event) {
            Event::Conversation(ConversationEvent::MessageReceived(message)) => {
                assert!(messages.insert(message.message_id), "a mail was received twice");
            }
            Event::Ticket(TicketEvent::ReplyApproved(approved)) => {
                let twice = replies.insert(ticket, format!("<{}>", approved.external_id));
                assert_eq!(twice, None, "a reply was approved twice");
            }
            Event::Ticket(TicketEvent::ReplySent(_)) => {
                assert!(sent.insert(ticket), "a reply was recorded twice");
            }
            _ => {}
        }
    }
    assert_eq!((messages.len(), safe.len()), (3 * 3 * MAILS, 3 * 3 * MAILS));
    let approved: BTreeSet<&String> =
        safe.iter().filter(|(_, approved)| **approved).map(|(ticket, _)| ticket).collect();
    assert_eq!(approved, replies.keys().collect(), "exactly what was asked for is approved");
    assert_eq!(approved, sent.iter().collect(), "exactly what was approved is out");
    let caught = catcher.received();
    for id in replies.values() {
        let copies: Vec<_> =
            caught.iter().filter(|mail| String::from_utf8_lossy(&mail.raw).contains(id)).collect();
        // Again only where its sender was killed before it could record that it is out.
        assert!((1..=4).contains(&copies.len()), "{} copies", copies.len());
        assert!(copies.iter().all(|mail| mail.raw == copies[0].raw), "one and the same mail");
    }
}
