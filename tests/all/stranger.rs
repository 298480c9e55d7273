//! A stranger's open transaction must not stop or reorder the log.

use casebook_store::Dialect;
use casebook_store::log::Filter;
use casebook_tests::inspect::check_log;
use casebook_tests::postgres::{create_database, drop_database, shared};
use casebook_tests::{Raw, TestDatabase, append, both_databases, postgres_only};

both_databases!(open_snapshot_does_not_stop_appends);
postgres_only!(
    open_write_of_a_stranger_does_not_stop_appends,
    transactions_of_another_database_do_not_matter,
    strangers_holding_locks_on_rows_do_not_reorder,
);

async fn append_many(database: &TestDatabase, count: usize) {
    let store = database.open().await;
    let mut follower = store.log().subscribe(0, Filter::default());
    let mut seen = 0;
    for n in 0..count {
        let done = store.log().append(append("ticket", &n.to_string(), 0, 1).done()).await;
        let position = done.expect("appended").last_position;
        while seen < position {
            let page = follower.next_page().await.expect("a page");
            for event in page.events {
                assert_eq!(event.position, seen + 1, "in order, while the stranger waits");
                seen = event.position;
            }
        }
    }
    check_log(store.log()).await;
}

async fn open_snapshot_does_not_stop_appends(database: TestDatabase) {
    let mut stranger = database.raw().await;
    let begin = match database.dialect() {
        Dialect::Sqlite => "BEGIN",
        Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ",
    };
    stranger.execute(begin).await.expect("a transaction");
    assert_eq!(stranger.number("SELECT count(*) FROM events").await, 0);
    append_many(&database, 100).await;
    assert_eq!(stranger.number("SELECT count(*) FROM events").await, 0, "its snapshot is kept");
    stranger.execute("COMMIT").await.expect("ended");
    assert_eq!(stranger.number("SELECT count(*) FROM events").await, 100);
}

async fn open_write_of_a_stranger_does_not_stop_appends(database: TestDatabase) {
    let mut stranger = database.raw().await;
    stranger.execute("CREATE TABLE strange (n bigint)").await.expect("a table");
    stranger.execute("BEGIN; INSERT INTO strange VALUES (1)").await.expect("an open write");
    append_many(&database, 60).await;
    stranger.execute("ROLLBACK").await.expect("ended");
}

async fn transactions_of_another_database_do_not_matter(database: TestDatabase) {
    let other = create_database(shared(), None).await;
    let mut stranger = Raw::postgres(&shared().url(&other)).await;
    stranger.execute("CREATE TABLE strange (n bigint)").await.expect("a table");
    stranger.execute("BEGIN; INSERT INTO strange VALUES (1)").await.expect("an open write");
    // Advisory locks belong to one database: the same number elsewhere blocks nobody.
    let lock_all = "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT \
                    ((classid::bigint << 32) | objid::bigint) AS key FROM pg_locks \
                    WHERE locktype = 'advisory') AS held";
    stranger.rows(lock_all).await;
    append_many(&database, 60).await;
    stranger.execute("ROLLBACK").await.expect("ended");
    drop(stranger);
    drop_database(shared(), &other);
}

async fn strangers_holding_locks_on_rows_do_not_reorder(database: TestDatabase) {
    append_many(&database, 5).await;
    let mut stranger = database.raw().await;
    stranger.execute("BEGIN").await.expect("a transaction");
    stranger.rows("SELECT position FROM events FOR SHARE").await;
    let store = database.open().await;
    for version in 1..20 {
        let done = store.log().append(append("ticket", "4", version, 1).done()).await;
        assert_eq!(done.expect("appended").last_position, 5 + version);
    }
    stranger.execute("ROLLBACK").await.expect("ended");
    check_log(store.log()).await;
}
