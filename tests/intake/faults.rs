//! The disk is full, the blobs cannot be written, the database is away: nothing that was answered
//! with success is lost, nothing is half there, and the same mail can be sent again.

use std::sync::Arc;

use casebook_app::{AppError, Received, ReceivedAs};
use casebook_store::StoreSettings;
use casebook_tests::desk::{Desk, TENANT, operator, receive};
use casebook_tests::letters::{Mail, mail};
use casebook_tests::postgres::shared;
use casebook_tests::proxy::{Line, Proxy};
use casebook_tests::{TestDatabase, both_databases, postgres_only, sqlite_only, wait};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

both_databases!(blobs_that_cannot_be_written_stop_the_mail_before_any_event);
sqlite_only!(full_disk_is_told_and_leaves_nothing_half_written);
postgres_only!(
    full_disk_of_postgres_is_told,
    lost_answer_is_settled_by_sending_again,
    database_away_loses_no_acknowledged_mail,
);

fn unavailable(answer: &Result<Received, AppError>) -> bool {
    matches!(answer, Err(AppError::Unavailable { .. }))
}

/// A mail whose raw bytes are too many to be stored beside its events.
fn large(id: &str) -> Mail {
    mail(id).text(&"Where is my box? I have been waiting since Monday.\r\n".repeat(3000))
}

async fn blobs_that_cannot_be_written_stop_the_mail_before_any_event(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.receive(&large("a")).await;
    let length = desk.length().await;
    // A file where the tenant's folder should be: nothing can be written below it, not even by
    // the superuser.
    let (folder, aside) = (desk.blob_folder().join(TENANT), desk.blob_folder().join("aside"));
    std::fs::rename(&folder, &aside).expect("moved");
    std::fs::write(&folder, b"").expect("a file in the way");
    let answer = desk.try_receive(&large("b")).await;
    assert!(unavailable(&answer), "{answer:?}");
    assert_eq!(desk.length().await, length);
    // Small mails do not need the folder.
    desk.receive(&mail("c")).await;
    std::fs::remove_file(&folder).expect("removed");
    std::fs::rename(&aside, &folder).expect("moved back");
    assert_eq!(desk.receive(&large("b")).await.outcome, ReceivedAs::Message);
    let check = desk.app.verify_log(&operator(), |_| {}).await.expect("a check");
    assert_eq!(check.problems, []);
}

async fn full_disk_is_told_and_leaves_nothing_half_written(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.app.store().clone().close().await;
    let pages = desk.database.raw().await.number("PRAGMA page_count").await;
    let pages = u32::try_from(pages).expect("a count") + 60;
    let settings = StoreSettings { sqlite_max_pages: Some(pages), ..StoreSettings::default() };
    let full = desk.on(desk.store_at(desk.database.url(), settings).await).await;
    let mut safe = Vec::new();
    let refused = loop {
        let next = mail(&format!("m{}", safe.len())).text(&"No news yet. ".repeat(300));
        match receive(&full, &next).await {
            Ok(received) => safe.push(received),
            Err(error) => break error,
        }
        assert!(safe.len() < 200, "the disk never gets full");
    };
    assert!(matches!(refused, AppError::Unavailable { .. }), "{refused:?}");
    assert!(!safe.is_empty());
    let failed = mail(&format!("m{}", safe.len())).text(&"No news yet. ".repeat(300));
    assert!(unavailable(&receive(&full, &failed).await), "it stays full");
    full.store().clone().close().await;
    drop(full);
    let desk = desk.restart().await;
    let last = safe.last().expect("a mail").position;
    assert_eq!(desk.length().await, last, "nothing of the refused mail is there");
    for received in &safe {
        desk.message(received).await;
    }
    assert_eq!(desk.receive(&failed).await.outcome, ReceivedAs::Message);
    let check = desk.app.verify_log(&operator(), |_| {}).await.expect("a check");
    assert_eq!(check.problems, []);
}

/// Settings under which a fault shows within seconds.
fn impatient() -> StoreSettings {
    StoreSettings {
        append_timeout_ms: 2_000,
        connect_timeout_ms: 1_000,
        statement_timeout_ms: 1_500,
        ..StoreSettings::default()
    }
}

async fn full_disk_of_postgres_is_told(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let proxy = Proxy::start(shared().port()).await;
    let url = desk.database.url_through(proxy.port());
    let app = desk.on(desk.store_at(&url, impatient()).await).await;
    let length = desk.length().await;
    proxy.set(Line::DiskFullFor(b"full-disk@example.net".to_vec()));
    let answer = receive(&app, &mail("full-disk")).await;
    assert!(unavailable(&answer), "{answer:?}");
    assert!(proxy.hits() > 0, "the fault was met");
    assert_eq!(desk.length().await, length);
    receive(&app, &mail("other")).await.expect("others are received meanwhile");
    proxy.set(Line::Open);
    let again = receive(&app, &mail("full-disk")).await.expect("received");
    assert_eq!(again.outcome, ReceivedAs::Message);
}

async fn lost_answer_is_settled_by_sending_again(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let proxy = Proxy::start(shared().port()).await;
    let url = desk.database.url_through(proxy.port());
    let app = desk.on(desk.store_at(&url, impatient()).await).await;
    proxy.set(Line::LoseAnswerTo(b"lost-answer@example.net".to_vec()));
    let first = receive(&app, &mail("lost-answer")).await;
    assert!(proxy.hits() > 0, "the fault was met");
    proxy.set(Line::Open);
    let sent = mail("lost-answer");
    let again = wait::until_ok("the mail", || receive(&app, &sent)).await;
    let events = desk.conversation(again.conversation_id).await;
    assert_eq!(events.len(), 2, "opened once, received once: {first:?}");
    if let Ok(first) = first {
        assert_eq!(first.message_id, again.message_id);
    }
}

async fn database_away_loses_no_acknowledged_mail(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let proxy = Proxy::start(shared().port()).await;
    let url = desk.database.url_through(proxy.port());
    let app = desk.on(desk.store_at(&url, impatient()).await).await;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut set = JoinSet::new();
    for task in 0..6 {
        let (app, acknowledged) = (app.clone(), Arc::clone(&acknowledged));
        set.spawn(async move {
            for n in 0..12 {
                let sent = mail(&format!("t{task}-{n}")).from(&format!("p{task}@example.net"));
                // As a mail server does: again until there is an answer that says it is safe.
                let received = wait::until_ok("the mail", || receive(&app, &sent)).await;
                acknowledged.lock().await.push(received);
            }
        });
    }
    for count in [10, 25, 40] {
        wait::until("some mails", || async {
            (acknowledged.lock().await.len() >= count).then_some(())
        })
        .await;
        let refused = proxy.refusals();
        proxy.set(Line::Cut);
        // Long enough that those who lost their connection tried again in vain.
        wait::until("connections to be refused", || async {
            (proxy.refusals() >= refused + 3).then_some(())
        })
        .await;
        proxy.set(Line::Open);
    }
    set.join_all().await;
    let acknowledged = acknowledged.lock().await;
    assert_eq!(acknowledged.len(), 72);
    for received in acknowledged.iter() {
        let events = desk.ticket(received.ticket_id).await;
        assert!(!events.is_empty());
    }
    let stored: Vec<_> = desk.log().await;
    let messages = stored.iter().filter(|event| event.event_type == "MessageReceived").count();
    assert_eq!(messages, 72, "none is lost, none is doubled");
}
