//! Set-aside mail is handed on once, attempt by attempt, and every attempt is an event.

use std::sync::Arc;

use casebook_app::{App, ForwardSettings, ForwardTask, MailTransport, Received};
use casebook_domain::conversation::{ConversationEvent, ForwardFailed, MailForwarded};
use casebook_outbound::catcher::{Fault, Step};
use casebook_store::StoreSettings;
use casebook_tests::database::START;
use casebook_tests::desk::{Desk, DeskParts, TENANT, shipped};
use casebook_tests::letters::{Mail, mail};
use casebook_tests::postgres::shared;
use casebook_tests::proxy::Proxy;
use casebook_tests::smtp::{Answer, Server, line};
use casebook_tests::{TestDatabase, both_databases, postgres_only, wait};
use tokio::task::JoinHandle;

both_databases!(
    mail_is_handed_on_untouched_and_once,
    temporary_failure_is_tried_again_when_due,
    permanent_failure_is_left_to_a_person,
    attempts_come_to_an_end,
    crash_before_the_record_hands_on_again,
    lost_bytes_do_not_hold_up_others,
    old_mail_and_plain_work_are_never_handed_on,
    a_real_server_gets_the_same_bytes,
);
postgres_only!(two_processes_hand_on_once, waiting_costs_next_to_nothing);

/// Where the tenant of these tests has its mail handed on.
const ONWARD: &str = "office@protocolraw.example";
const SECOND: i64 = 1_000_000;

async fn desk(database: TestDatabase) -> Desk {
    let forward = ForwardSettings { attempts_max: 3, retry_seconds: 30, retry_seconds_max: 3600 };
    let desk = Desk::with(database, DeskParts { forward, ..DeskParts::default() }).await;
    let mut policy = shipped(TENANT);
    policy.forward_to = Some(ONWARD.to_owned());
    desk.publish(&policy).await;
    desk
}

fn start<T: MailTransport>(app: &App, server: &Arc<T>) -> JoinHandle<()> {
    let task = ForwardTask::new(app.clone(), Arc::clone(server) as _);
    tokio::spawn(async move {
        let (_running, stop) = tokio::sync::watch::channel(false);
        task.run(stop).await;
    })
}

fn other(id: &str) -> Mail {
    mail(id).to("jobs@protocolraw.co.uk").text("I would like to work with you.\r\n")
}

/// What was recorded about handing a mail on.
async fn outcomes(desk: &Desk, received: &Received) -> (Vec<ForwardFailed>, Vec<MailForwarded>) {
    let (mut failed, mut done) = (Vec::new(), Vec::new());
    for event in desk.conversation(received.conversation_id).await {
        match event {
            ConversationEvent::ForwardFailed(one) => failed.push(one),
            ConversationEvent::MailForwarded(one) => done.push(one),
            _ => {}
        }
    }
    (failed, done)
}

async fn until_recorded(desk: &Desk, received: &Received, failed: usize, done: usize) {
    wait::until("the attempts to be recorded", || async {
        let (failures, successes) = outcomes(desk, received).await;
        (failures.len() == failed && successes.len() == done).then_some(())
    })
    .await;
}

async fn mail_is_handed_on_untouched_and_once(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([]);
    let running = start(&desk.app, &server);
    let sent = other("a");
    let received = desk.receive(&sent).await;
    until_recorded(&desk, &received, 0, 1).await;
    assert_eq!(server.calls(), [(sent.raw(), ONWARD.to_owned())]);
    let (_, done) = outcomes(&desk, &received).await;
    assert_eq!((done[0].attempt, done[0].answer.as_str()), (1, "250 2.0.0 Ok"));
    assert_eq!(done[0].message_id, received.message_id);
    let empty = desk.receive(&mail("b").without("Subject").text("")).await;
    until_recorded(&desk, &empty, 0, 1).await;
    running.abort();
    // A new process reads the log from its beginning and hands nothing on again.
    let again = start(&desk.app, &server);
    let last = desk.receive(&other("c")).await;
    until_recorded(&desk, &last, 0, 1).await;
    assert_eq!(server.calls().len(), 3);
    again.abort();
}

async fn temporary_failure_is_tried_again_when_due(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([Answer::Busy]);
    let running = start(&desk.app, &server);
    let received = desk.receive(&other("a")).await;
    until_recorded(&desk, &received, 1, 0).await;
    let (failed, _) = outcomes(&desk, &received).await;
    assert_eq!((failed[0].attempt, failed[0].error.as_str()), (1, "451 4.7.1 try later"));
    assert_eq!(failed[0].retry_at, Some(START.plus_micros(30 * SECOND)));
    // Another mail goes on meanwhile, and the first is not tried before its time.
    let next = desk.receive(&other("b")).await;
    until_recorded(&desk, &next, 0, 1).await;
    assert_eq!(server.calls().len(), 2);
    desk.database.clock.advance(30 * SECOND);
    until_recorded(&desk, &received, 1, 1).await;
    assert_eq!(outcomes(&desk, &received).await.1[0].attempt, 2);
    assert_eq!(server.calls().len(), 3);
    running.abort();
}

async fn permanent_failure_is_left_to_a_person(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([Answer::Refused]);
    let running = start(&desk.app, &server);
    let received = desk.receive(&other("a")).await;
    until_recorded(&desk, &received, 1, 0).await;
    assert_eq!(outcomes(&desk, &received).await.0[0].retry_at, None);
    desk.database.clock.advance(7200 * SECOND);
    let next = desk.receive(&other("b")).await;
    until_recorded(&desk, &next, 0, 1).await;
    assert_eq!(server.calls().len(), 2);
    running.abort();
}

async fn attempts_come_to_an_end(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([Answer::Busy, Answer::Busy, Answer::Busy]);
    let received = desk.receive(&other("a")).await;
    for attempt in 1..=3 {
        // Each attempt in a process of its own: the count is in the log, not in memory.
        let running = start(&desk.app, &server);
        until_recorded(&desk, &received, attempt, 0).await;
        running.abort();
        desk.database.clock.advance(3600 * SECOND);
    }
    let (failed, _) = outcomes(&desk, &received).await;
    let attempts: Vec<u32> = failed.iter().map(|one| one.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    let pause = failed[1].retry_at.expect("a third attempt").as_micros();
    assert_eq!(pause, START.plus_micros((3600 + 60) * SECOND).as_micros(), "twice the first pause");
    assert_eq!(failed[2].retry_at, None);
}

async fn crash_before_the_record_hands_on_again(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([Answer::Silent]);
    let received = desk.receive(&other("a")).await;
    let running = start(&desk.app, &server);
    server.called(1).await;
    running.abort();
    assert_eq!(outcomes(&desk, &received).await, (Vec::new(), Vec::new()));
    let again = start(&desk.app, &server);
    until_recorded(&desk, &received, 0, 1).await;
    assert_eq!(server.calls().len(), 2);
    again.abort();
}

async fn lost_bytes_do_not_hold_up_others(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([]);
    // Large enough to lie in the folder of blobs.
    let lost = desk.receive(&other("a").text(&"A long letter.\r\n".repeat(6000))).await;
    let hash = desk.message(&lost).await.receipt.sha256;
    std::fs::remove_file(desk.blob_folder().join(TENANT).join(hash)).expect("removed");
    let running = start(&desk.app, &server);
    let next = desk.receive(&other("b")).await;
    until_recorded(&desk, &next, 0, 1).await;
    until_recorded(&desk, &lost, 1, 0).await;
    running.abort();
}

async fn old_mail_and_plain_work_are_never_handed_on(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([]);
    let running = start(&desk.app, &server);
    desk.import(&mail("a").without("Subject").text("")).await;
    desk.import(&mail("b").add("Auto-Submitted", "auto-replied")).await;
    desk.receive(&mail("c")).await;
    let last = desk.receive(&other("d")).await;
    until_recorded(&desk, &last, 0, 1).await;
    assert_eq!(server.calls(), [(other("d").raw(), ONWARD.to_owned())]);
    running.abort();
}

async fn a_real_server_gets_the_same_bytes(database: TestDatabase) {
    let desk = desk(database).await;
    let (catcher, transport) = line([[Fault::say(Step::Rcpt, "450 4.2.0 greylisted")]]).await;
    let running = start(&desk.app, &Arc::new(transport));
    let sent = other("a");
    let received = desk.receive(&sent).await;
    until_recorded(&desk, &received, 1, 0).await;
    desk.database.clock.advance(30 * SECOND);
    until_recorded(&desk, &received, 1, 1).await;
    let (failed, done) = outcomes(&desk, &received).await;
    assert_eq!(failed[0].error, "450 4.2.0 greylisted");
    assert_eq!(done[0].answer, "250 2.0.0 kept");
    let caught = catcher.received();
    assert_eq!((caught.len(), &caught[0].raw[..]), (1, &sent.raw()[..]));
    assert_eq!(caught[0].to, [ONWARD]);
    running.abort();
}

async fn two_processes_hand_on_once(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([]);
    let other_app = desk.beside().await;
    let running = [start(&desk.app, &server), start(&other_app, &server)];
    let mut all = Vec::new();
    for n in 0..12 {
        all.push(desk.receive(&other(&format!("m{n}"))).await);
    }
    for received in &all {
        until_recorded(&desk, received, 0, 1).await;
    }
    assert_eq!(server.calls().len(), all.len());
    // The process that hands on goes away; the other one takes over.
    running[0].abort();
    let late = desk.receive(&other("late")).await;
    until_recorded(&desk, &late, 0, 1).await;
    assert_eq!(server.calls().len(), all.len() + 1);
    running[1].abort();
}

async fn waiting_costs_next_to_nothing(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([Answer::Silent]);
    desk.receive(&other("a")).await;
    let proxy = Proxy::start(shared().port()).await;
    let url = desk.database.url_through(proxy.port());
    let app = || async { desk.on(desk.store_at(&url, StoreSettings::default()).await).await };
    let (app, other_app) = (app().await, app().await);
    let first = start(&app, &server);
    server.called(1).await;
    // The first holds the lease and waits for its server; the second waits for the lease.
    let second = start(&other_app, &server);
    let sql = "SELECT coalesce(max(expires_at), 0) FROM leases";
    let mut raw = desk.database.raw().await;
    let (before, since) = (proxy.requests(), raw.number(sql).await);
    let raw = tokio::sync::Mutex::new(raw);
    wait::until("the lease to be renewed twice", || async {
        (raw.lock().await.number(sql).await > since + 3 * SECOND).then_some(())
    })
    .await;
    let asked = proxy.requests() - before;
    assert!(asked < 300, "{asked} requests while two processes wait");
    assert_eq!(server.calls().len(), 1, "the lease is kept while a mail is handed on");
    first.abort();
    second.abort();
}
