//! A database restored from a dump is another log: positions given out since are not reused
//! silently.

use casebook_store::log::{Cursor, CursorError};
use casebook_store::{Dialect, Mode, StoreSettings};
use casebook_tests::database::open_at;
use casebook_tests::inspect::check_log;
use casebook_tests::postgres::{create_database, drop_database, shared};
use casebook_tests::{TestDatabase, append, both_databases, sqlite_only};

both_databases!(restored_dump_is_another_log, restored_log_takes_appends);
sqlite_only!(older_copy_put_back_is_another_log);

/// Dumps the database and restores it elsewhere; the address of the copy.
async fn restored(database: &TestDatabase) -> String {
    match database.dialect() {
        Dialect::Postgres => {
            let name = create_database(shared(), None).await;
            shared().dump_and_restore(database.name(), &name);
            shared().url(&name)
        }
        Dialect::Sqlite => {
            let copy = database.folder().join("copy.db");
            let sql = format!("VACUUM INTO '{}'", copy.display());
            database.raw().await.execute(&sql).await.expect("a dump");
            let target = database.folder().join("restored.db");
            std::fs::rename(copy, &target).expect("the dump moves to its place");
            format!("sqlite:{}", target.display())
        }
    }
}

async fn restored_dump_is_another_log(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append("ticket", "a", 0, 3).done()).await.expect("appended");
    let cursor = Cursor { log_id: store.log().log_id(), position: 3 };
    let url = restored(&database).await;
    let clock = std::sync::Arc::clone(&database.clock);
    let copy = open_at(&url, Mode::Write, StoreSettings::default(), clock).await.expect("opens");
    assert_eq!(check_log(copy.log()).await, check_log(store.log()).await);
    let present = copy.log().log_id();
    let answer = cursor.position_in(present, 3);
    let refusal = CursorError::OtherLog { given: cursor.log_id, present };
    assert_eq!(answer, Err(refusal.clone()));
    assert!(refusal.to_string().contains("restored"), "{refusal}");
    assert_eq!(cursor.position_in(store.log().log_id(), 3), Ok(3), "the original goes on");
    finish(&database, copy, &url).await;
}

async fn restored_log_takes_appends(database: TestDatabase) {
    let store = database.open().await;
    let command = append("ticket", "a", 0, 3).key("message", "m", "a").done();
    store.log().append(command.clone()).await.expect("appended");
    store.close().await;
    let url = restored(&database).await;
    let clock = std::sync::Arc::clone(&database.clock);
    let copy = open_at(&url, Mode::Write, StoreSettings::default(), clock).await.expect("opens");
    assert!(copy.log().append(command).await.expect("the first answer").repeated);
    let done = copy.log().append(append("ticket", "a", 3, 1).done()).await.expect("appended");
    assert_eq!(done.first_position, 4);
    check_log(copy.log()).await;
    finish(&database, copy, &url).await;
}

/// The same file, overwritten with what it held earlier: number and birth of the file stay.
async fn older_copy_put_back_is_another_log(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append("ticket", "a", 0, 3).done()).await.expect("appended");
    let before = store.log().log_id();
    store.close().await;
    let older = std::fs::read(database.file()).expect("a copy");
    let store = database.open().await;
    assert_eq!(store.log().log_id(), before);
    store.log().append(append("ticket", "a", 3, 2).done()).await.expect("appended");
    store.close().await;
    std::fs::write(database.file(), older).expect("the copy is put back");
    let store = database.open().await;
    assert_eq!(store.log().last_position().await.expect("a position"), 3);
    let cursor = Cursor { log_id: before, position: 3 };
    let answer = cursor.position_in(store.log().log_id(), 3);
    assert!(matches!(answer, Err(CursorError::OtherLog { .. })), "{answer:?}");
}

async fn finish(database: &TestDatabase, copy: casebook_store::Store, url: &str) {
    copy.close().await;
    if database.dialect() == Dialect::Postgres
        && let Some((_, name)) = url.rsplit_once('/')
    {
        drop_database(shared(), name);
    }
}
