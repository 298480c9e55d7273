//! Limits: what is too large is refused by name, what is just small enough is kept.

use casebook_store::StoreSettings;
use casebook_store::log::{AppendError, MAX_EVENT_BYTES};
use casebook_tests::builders::event_with;
use casebook_tests::inspect::check_log;
use casebook_tests::{TestDatabase, append, both_databases};

both_databases!(
    event_of_the_largest_size_is_kept,
    event_beyond_the_largest_size_is_refused,
    large_events_share_batches,
    full_queue_makes_callers_wait,
);

fn text_of(bytes: usize) -> String {
    let frame = r#"{"Counted":{"t":""}}"#.len();
    format!(r#"{{"Counted":{{"t":"{}"}}}}"#, "x".repeat(bytes - frame))
}

async fn event_of_the_largest_size_is_kept(database: TestDatabase) {
    let store = database.open().await;
    let payload = text_of(MAX_EVENT_BYTES);
    let command = append("ticket", "a", 0, 1).events(vec![event_with("Counted", payload.clone())]);
    store.log().append(command.done()).await.expect("appended");
    assert_eq!(check_log(store.log()).await[0].payload, payload);
}

async fn event_beyond_the_largest_size_is_refused(database: TestDatabase) {
    let store = database.open().await;
    let command = append("ticket", "a", 0, 1).events(vec![
        event_with("Small", "{}"),
        event_with("Counted", text_of(MAX_EVENT_BYTES + 1)),
    ]);
    let answer = store.log().append(command.done()).await;
    let Err(AppendError::TooLarge { bytes, limit, .. }) = answer else {
        panic!("{answer:?} instead of a refusal")
    };
    assert_eq!((bytes, limit), (MAX_EVENT_BYTES + 1, MAX_EVENT_BYTES));
    assert_eq!(check_log(store.log()).await.len(), 0);
}

async fn large_events_share_batches(database: TestDatabase) {
    let settings = StoreSettings { append_batch_bytes_max: 600_000, ..StoreSettings::default() };
    let store = database.try_open(casebook_store::Mode::Write, settings).await.expect("open");
    let tasks: Vec<_> = (0..24)
        .map(|n| {
            let log = store.log().clone();
            let event = event_with("Counted", text_of(200_000));
            let command = append("ticket", &n.to_string(), 0, 1).events(vec![event]).done();
            tokio::spawn(async move { log.append(command).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic").expect("appended");
    }
    assert_eq!(check_log(store.log()).await.len(), 24);
}

async fn full_queue_makes_callers_wait(database: TestDatabase) {
    let settings =
        StoreSettings { append_queue_length: 2, append_batch_max: 3, ..StoreSettings::default() };
    let store = database.try_open(casebook_store::Mode::Write, settings).await.expect("open");
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let log = store.log().clone();
            let command = append("ticket", &n.to_string(), 0, 1).done();
            tokio::spawn(async move { log.append(command).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic").expect("a queue that is full only delays");
    }
    assert_eq!(check_log(store.log()).await.len(), 200);
}
