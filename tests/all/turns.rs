//! Turns: a command that keeps losing races decides while nobody else may append.

use casebook_store::log::AppendError;
use casebook_store::{Mode, StoreSettings};
use casebook_tests::{TestDatabase, append, both_databases, postgres_only, wait};
use tokio::sync::Mutex;

both_databases!(a_turn_appends_like_any_other, a_turn_that_is_given_up_holds_up_nobody);
postgres_only!(nobody_appends_during_a_turn, a_turn_lapses);

const WAITING: &str = "SELECT count(*)::bigint FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

async fn a_turn_appends_like_any_other(database: TestDatabase) {
    let store = database.open().await;
    let command = append("ticket", "a", 0, 2).done();
    let turn = store.log().turn().await.expect("a turn");
    let first = turn.append(command.clone()).await.expect("appended");
    assert_eq!((first.first_position, first.last_position, first.repeated), (1, 2, false));
    let again = store.log().turn().await.expect("a turn").append(command).await;
    assert!(again.expect("the first result").repeated);
    let stale = append("ticket", "a", 0, 1).done();
    let refused = store.log().turn().await.expect("a turn").append(stale).await;
    assert!(matches!(refused, Err(AppendError::Conflict { present: 2, .. })), "{refused:?}");
    store.log().append(append("ticket", "a", 2, 1).done()).await.expect("the log goes on");
}

async fn a_turn_that_is_given_up_holds_up_nobody(database: TestDatabase) {
    let store = database.open().await;
    drop(store.log().turn().await.expect("a turn"));
    let after = store.log().append(append("ticket", "a", 0, 1).done()).await.expect("appended");
    assert_eq!(after.last_position, 1);
}

async fn nobody_appends_during_a_turn(database: TestDatabase) {
    let (store, beside) = (database.open().await, database.open_beside().await);
    let raw = Mutex::new(database.raw().await);
    let turn = store.log().turn().await.expect("a turn");
    let log = beside.log().clone();
    let other = tokio::spawn(async move { log.append(append("ticket", "a", 0, 1).done()).await });
    wait::until("the other to wait for the lock", || async {
        (raw.lock().await.number(WAITING).await > 0).then_some(())
    })
    .await;
    turn.append(append("ticket", "a", 0, 1).done()).await.expect("nobody was faster");
    let other = other.await.expect("no panic");
    assert!(matches!(other, Err(AppendError::Conflict { present: 1, .. })), "{other:?}");
}

async fn a_turn_lapses(database: TestDatabase) {
    let settings = StoreSettings { turn_ms_max: 1, ..StoreSettings::default() };
    let store = database.try_open(Mode::Write, settings).await.expect("the store opens");
    let turn = store.log().turn().await.expect("a turn");
    let other = store.log().append(append("ticket", "a", 0, 1).done()).await;
    other.expect("not held up for ever");
    let late = turn.append(append("ticket", "a", 1, 1).done()).await.expect("as any other");
    assert_eq!(late.last_position, 2);
}
