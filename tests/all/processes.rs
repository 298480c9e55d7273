//! Several processes on one database.

use casebook_store::log::AppendError;
use casebook_store::{Mode, Store, StoreError, StoreSettings};
use casebook_tests::child::Appender;
use casebook_tests::database::open_at;
use casebook_tests::inspect::check_log;
use casebook_tests::{TestDatabase, append, both_databases, postgres_only, sqlite_only, wait};

both_databases!(reading_store_refuses_every_write, readers_work_beside_a_writing_process);
postgres_only!(two_processes_append_to_one_database);
sqlite_only!(
    second_writing_process_is_refused,
    second_writing_store_of_the_same_process_is_refused,
    lock_ends_with_the_store,
    migration_waits_for_no_one,
    reading_store_makes_no_file,
);

const APPENDER: &str = env!("CARGO_BIN_EXE_appender");

async fn reading_store_refuses_every_write(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append("ticket", "a", 0, 1).done()).await.expect("appended");
    let settings = StoreSettings::default();
    let reader = database.try_open(Mode::ReadOnly, settings).await.expect("opens");
    let answer = reader.log().append(append("ticket", "a", 1, 1).done()).await;
    assert!(matches!(answer, Err(AppendError::ReadOnly)), "{answer:?}");
    let answer = reader.db().write(casebook_store::WriteBatch::default()).await;
    assert!(matches!(answer, Err(StoreError::ReadOnly)), "{answer:?}");
    let answer = reader.db().query("DELETE FROM commands", &[]).await;
    assert!(answer.is_err(), "a query does not write");
    assert_eq!(check_log(reader.log()).await.len(), 1);
}

async fn readers_work_beside_a_writing_process(database: TestDatabase) {
    let writer = Appender::spawn(APPENDER, database.url(), 7, 3);
    wait::until("some appends", || async { (writer.count() > 20).then_some(()) }).await;
    let settings = StoreSettings::default();
    let reader = database.try_open(Mode::ReadOnly, settings).await.expect("opens");
    let first = check_log(reader.log()).await.len();
    let more = writer.count() + 50;
    wait::until("more appends", || async { (writer.count() > more).then_some(()) }).await;
    let acknowledged = writer.stop();
    let events = check_log(reader.log()).await;
    assert!(events.len() > first, "a reader sees what was appended meanwhile");
    let last = acknowledged.iter().map(|done| done.position).max().expect("some");
    assert!(events.len() as u64 >= last);
}

async fn two_processes_append_to_one_database(database: TestDatabase) {
    // The same seed gives both the same streams, so they fight for versions; different numbers of
    // writers would repeat the same command ids, hence a third process of another seed.
    let children = [
        Appender::spawn(APPENDER, database.url(), 1, 4),
        Appender::spawn(APPENDER, database.url(), 1, 4),
        Appender::spawn(APPENDER, database.url(), 2, 4),
    ];
    for child in &children {
        wait::until("appends of each", || async { (child.count() > 60).then_some(()) }).await;
    }
    let acknowledged: Vec<_> = children.into_iter().map(Appender::stop).collect();
    let store = database.open().await;
    let events = check_log(store.log()).await;
    for done in acknowledged.iter().flatten() {
        let event = &events[usize::try_from(done.position).expect("a position") - 1];
        assert_eq!(event.command_id, done.command_id, "at position {}", done.position);
        assert_eq!(event.version, done.version);
    }
    let repeated = acknowledged[0].iter().filter(|done| acknowledged[1].contains(done)).count();
    assert!(repeated > 0, "the processes met on the same commands");
}

async fn second_writing_process_is_refused(database: TestDatabase) {
    let writer = Appender::spawn(APPENDER, database.url(), 3, 1);
    wait::until("some appends", || async { (writer.count() > 0).then_some(()) }).await;
    let answer = database.try_open(Mode::Write, StoreSettings::default()).await;
    let Err(StoreError::Locked { holder }) = answer.map(|_| "a store") else {
        panic!("a second writing process was let in")
    };
    assert!(holder.contains(&writer.process_id().to_string()), "the holder is named: {holder}");
    writer.stop();
    wait::until_ok("the file to be free", || {
        database.try_open(Mode::Write, StoreSettings::default())
    })
    .await;
}

async fn second_writing_store_of_the_same_process_is_refused(database: TestDatabase) {
    let store = database.open().await;
    let again = database.try_open(Mode::Write, StoreSettings::default()).await.map(|_| "a store");
    assert!(matches!(again, Err(StoreError::Locked { .. })), "{again:?}");
    store.log().append(append("ticket", "a", 0, 1).done()).await.expect("the first goes on");
}

async fn lock_ends_with_the_store(database: TestDatabase) {
    for version in 0..5 {
        let store = database.open().await;
        store.log().append(append("ticket", "a", version, 1).done()).await.expect("appended");
        store.close().await;
    }
    let store: Store = database.open().await;
    drop(store);
    wait::until_ok("a dropped store to let go", || {
        database.try_open(Mode::Write, StoreSettings::default())
    })
    .await;
}

async fn migration_waits_for_no_one(database: TestDatabase) {
    let store = database.open().await;
    let url = database.url().parse().expect("an address");
    let answer = Store::migrate(&url, &StoreSettings::default()).await;
    if let Err(error) = answer {
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    }
    store.log().append(append("ticket", "a", 0, 1).done()).await.expect("the log goes on");
}

async fn reading_store_makes_no_file(database: TestDatabase) {
    let missing = database.folder().join("missing.db");
    let url = format!("sqlite:{}", missing.display());
    let clock = std::sync::Arc::clone(&database.clock);
    let answer = open_at(&url, Mode::ReadOnly, StoreSettings::default(), clock).await;
    assert!(answer.is_err(), "there is nothing to read");
    assert!(!missing.exists(), "a reader leaves nothing behind");
}
