//! The log cannot be changed, not even by hand.

use casebook_store::Dialect;
use casebook_tests::builders::TENANT;
use casebook_tests::inspect::check_log;
use casebook_tests::{TestDatabase, append, both_databases};

both_databases!(events_cannot_be_changed_by_hand, log_goes_on_after_attempts_to_change_it);

fn attempts(dialect: Dialect) -> Vec<&'static str> {
    let both = [
        "UPDATE events SET payload = '{}'",
        "UPDATE events SET payload = '{}' WHERE position = 2",
        "UPDATE events SET position = position + 100",
        "UPDATE events SET recorded_at = recorded_at WHERE position = 1",
        "UPDATE events SET tenant = 'other' WHERE position = 1",
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 3",
        "INSERT INTO events SELECT * FROM events WHERE position = 1 \
         ON CONFLICT (aggregate_type, aggregate_id, sequence) DO UPDATE SET payload = '{}'",
        "UPDATE commands SET fingerprint = 'other'",
        "DELETE FROM commands",
        "INSERT INTO commands SELECT * FROM commands WHERE true \
         ON CONFLICT (command_id) DO UPDATE SET last_position = 99",
        "UPDATE keys SET value = 'other'",
        "DELETE FROM keys",
        "INSERT INTO keys SELECT * FROM keys WHERE true \
         ON CONFLICT (tenant, kind, key) DO UPDATE SET value = 'other'",
    ];
    let sqlite = [
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1",
        "REPLACE INTO events SELECT * FROM events WHERE position = 1",
        "UPDATE OR REPLACE events SET position = 1 WHERE position = 2",
        "UPDATE OR IGNORE events SET payload = '{}' WHERE position = 2",
        "PRAGMA recursive_triggers = OFF; \
         INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 2",
        "REPLACE INTO commands SELECT * FROM commands",
        "REPLACE INTO keys SELECT tenant, kind, key, 'other', position FROM keys",
    ];
    let postgres = [
        "TRUNCATE events",
        "TRUNCATE events CASCADE",
        "TRUNCATE commands",
        "TRUNCATE keys",
        "SET session_replication_role = replica; DELETE FROM events",
        "MERGE INTO events e USING (SELECT 1 AS p) s ON e.position = s.p \
         WHEN MATCHED THEN DELETE",
    ];
    match dialect {
        Dialect::Sqlite => both.into_iter().chain(sqlite).collect(),
        Dialect::Postgres => both.into_iter().chain(postgres).collect(),
    }
}

async fn events_cannot_be_changed_by_hand(database: TestDatabase) {
    let store = database.open().await;
    let command = append("ticket", "a", 0, 3).key("message", "m", "a").done();
    store.log().append(command.clone()).await.expect("appended");
    let before = check_log(store.log()).await;
    let mut raw = database.raw().await;
    for sql in attempts(database.dialect()) {
        let answer = raw.execute(sql).await;
        assert!(answer.is_err(), "not refused: {sql}");
        assert_eq!(check_log(store.log()).await, before, "changed by: {sql}");
    }
    let found = store.log().find_key(TENANT, "message", "m").await.expect("a lookup");
    assert_eq!(found.as_deref(), Some("a"));
    assert!(store.log().append(command).await.expect("the first answer").repeated);
}

async fn log_goes_on_after_attempts_to_change_it(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append("ticket", "a", 0, 3).done()).await.expect("appended");
    let mut raw = database.raw().await;
    for sql in attempts(database.dialect()) {
        let _ = raw.execute(sql).await;
    }
    let done = store.log().append(append("ticket", "a", 3, 1).done()).await.expect("appended");
    assert_eq!(done.first_position, 4);
    assert_eq!(check_log(store.log()).await.len(), 4);
}
