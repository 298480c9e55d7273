//! Time: recorded under the lock, never backwards, and a way from an instant to a position.

use casebook_domain::Timestamp;
use casebook_domain::time::MICROS_PER_SECOND;
use casebook_store::Log;
use casebook_tests::inspect::{check_log, read_all};
use casebook_tests::{TestDatabase, append, both_databases};

both_databases!(
    clock_that_steps_back_is_held,
    clock_that_steps_back_across_a_restart_is_held,
    instants_lead_to_positions,
    events_of_one_append_share_their_time,
);

async fn add(log: &Log, id: &str) -> Timestamp {
    log.append(append("ticket", id, 0, 1).any_version().done()).await.expect("done").recorded_at
}

async fn clock_that_steps_back_is_held(database: TestDatabase) {
    let store = database.open().await;
    let start = add(store.log(), "a").await;
    assert_eq!(start, casebook_tests::database::START, "the clock given is the clock used");
    database.clock.advance(-3600 * MICROS_PER_SECOND);
    for n in 0..5 {
        let at = add(store.log(), &n.to_string()).await;
        assert_eq!(at, start, "max of clock and previous");
        database.clock.advance(60 * MICROS_PER_SECOND);
    }
    database.clock.set(start.plus_micros(1));
    assert_eq!(add(store.log(), "b").await, start.plus_micros(1), "one microsecond is kept");
    check_log(store.log()).await;
}

async fn clock_that_steps_back_across_a_restart_is_held(database: TestDatabase) {
    let store = database.open().await;
    let start = add(store.log(), "a").await;
    store.close().await;
    database.clock.advance(-MICROS_PER_SECOND);
    let store = database.open().await;
    assert_eq!(add(store.log(), "b").await, start);
    check_log(store.log()).await;
}

async fn instants_lead_to_positions(database: TestDatabase) {
    let store = database.open().await;
    let log = store.log();
    let start = casebook_tests::database::START;
    assert_eq!(log.position_at(start).await.expect("a position"), 0, "an empty log");
    for n in 0..10 {
        database.clock.set(start.plus_micros(n * 1_000));
        add(log, "a").await;
        add(log, "b").await;
    }
    for (micros, position) in [(-1, 0), (0, 2), (999, 2), (1_000, 4), (8_999, 18), (9_000, 20)] {
        let found = log.position_at(start.plus_micros(micros)).await.expect("a position");
        assert_eq!(found, position, "at {micros} microseconds");
    }
    let late = Timestamp::from_micros(i64::MAX);
    assert_eq!(log.position_at(late).await.expect("a position"), 20);
    assert_eq!(log.position_at(Timestamp::from_micros(i64::MIN)).await.expect("a position"), 0);
}

async fn events_of_one_append_share_their_time(database: TestDatabase) {
    let store = database.open().await;
    let done = store.log().append(append("ticket", "a", 0, 5).done()).await.expect("appended");
    assert!(read_all(store.log()).await.iter().all(|event| event.recorded_at == done.recorded_at));
}
