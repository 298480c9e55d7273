//! Each part of the store once, on SQLite and, where `CASEBOOK_TEST_POSTGRES_URL` names a server
//! (with the right to create databases), on PostgreSQL.

mod support;

use std::sync::Arc;
use std::time::Duration;

use casebook_domain::Timestamp;
use casebook_store::{
    AppendError, Column, DatabaseUrl, Dialect, Expected, FakeClock, Filter, KeyClaim, Mode, Store,
    StoreError, StoreSettings, StreamId, SystemClock, Upsert, Value, WriteBatch, WriteOutcome,
};
use support::{Folder, append, drop_database, each_database, open, postgres_database};

const WAIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn appends_and_reads() {
    each_database(async |url| {
        let clock = Arc::new(FakeClock::new(Timestamp::from_seconds(100)));
        let store = open(&url, clock.clone()).await;
        let log = store.log();
        let mut first = append(1, "a", Expected::Version(0), 2);
        first.keys = vec![KeyClaim { kind: "message".into(), key: "k".into(), value: "v".into() }];
        let done = log.append(first.clone()).await.expect("append");
        assert_eq!((done.first_position, done.last_position, done.repeated), (1, 2, false));
        clock.set(Timestamp::from_seconds(50));
        let again = log.append(first.clone()).await.expect("repeat");
        assert_eq!((again.first_position, again.repeated), (1, true));
        let second = log.append(append(2, "b", Expected::Any, 1)).await.expect("append");
        assert_eq!(second.recorded_at, Timestamp::from_seconds(100), "time never steps back");

        let page = log.read(0, &Filter::default(), 10).await.expect("read");
        assert_eq!(page.reached, 3);
        assert_eq!(page.events[0].payload, first.writes[0].events[0].payload);
        assert_eq!(page.events[1].version, 2);
        let only_b = Filter { stream_kinds: vec!["ticket".into()], ..Filter::default() };
        assert_eq!(log.read(2, &only_b, 10).await.expect("filtered").events.len(), 1);
        let none = Filter { tenant: Some("nobody".into()), ..Filter::default() };
        let page = log.read(0, &none, 10).await.expect("filtered");
        assert_eq!((page.events.len(), page.reached), (0, 3));
        let stream = StreamId::new("ticket", "a");
        assert_eq!(log.read_stream(&stream, 1, 10).await.expect("stream").len(), 1);
        assert_eq!(log.find_key("t", "message", "k").await.expect("key").as_deref(), Some("v"));
        assert_eq!(log.find_key("u", "message", "k").await.expect("key"), None);
        let command = log.find_command(first.command_id).await.expect("find").expect("known");
        assert_eq!(command.appended, done);
        assert_eq!(log.position_at(Timestamp::from_seconds(99)).await.expect("at"), 0);
        assert_eq!(log.position_at(Timestamp::from_seconds(100)).await.expect("at"), 3);
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn refuses_conflicts_taken_keys_and_mismatches() {
    each_database(async |url| {
        let store = open(&url, Arc::new(SystemClock)).await;
        let log = store.log();
        let mut first = append(1, "a", Expected::Version(0), 1);
        first.keys = vec![KeyClaim { kind: "message".into(), key: "k".into(), value: "v".into() }];
        log.append(first.clone()).await.expect("append");
        let conflict = log.append(append(2, "a", Expected::Version(0), 1)).await;
        let expected =
            AppendError::Conflict { stream: StreamId::new("ticket", "a"), expected: 0, present: 1 };
        assert_eq!(conflict, Err(expected));
        let mut taken = append(3, "c", Expected::Any, 1);
        taken.keys = first.keys.clone();
        assert!(matches!(log.append(taken).await, Err(AppendError::KeyTaken { .. })));
        let mut other = first.clone();
        other.fingerprint = "other".into();
        let mismatch = log.append(other).await;
        assert!(matches!(mismatch, Err(AppendError::IdempotencyMismatch { .. })));
        assert_eq!(log.last_position().await.expect("last"), 1);
    })
    .await;
}

#[tokio::test]
async fn follows_the_log_without_a_seam() {
    each_database(async |url| {
        let store = open(&url, Arc::new(SystemClock)).await;
        let log = store.log().clone();
        let mut subscription = log.subscribe(0, Filter::default()).with_page_events(7);
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let log = log.clone();
                tokio::spawn(async move {
                    for n in 0..25 {
                        let id = format!("s{writer}");
                        let number = writer * 100 + n + 1;
                        log.append(append(number, &id, Expected::Any, 1)).await.expect("append");
                    }
                })
            })
            .collect();
        let mut seen = 0;
        while seen < 200 {
            let page = tokio::time::timeout(WAIT, subscription.next_page()).await;
            for event in page.expect("in time").expect("page").events {
                seen += 1;
                assert_eq!(event.position, seen);
            }
        }
        for writer in writers {
            writer.await.expect("writer");
        }
        log.wait_for(200, WAIT).await.expect("reached");
        let beyond = log.wait_for(201, Duration::from_millis(1)).await;
        assert!(matches!(beyond, Err(StoreError::Timeout { position: 201 })));
    })
    .await;
}

#[tokio::test]
async fn read_models_are_written_in_one_transaction() {
    each_database(async |url| {
        let store = open(&url, Arc::new(SystemClock)).await;
        let db = store.db();
        let (text, real) = match db.dialect() {
            Dialect::Sqlite => ("TEXT", "REAL"),
            Dialect::Postgres => ("text", "double precision"),
        };
        let create = format!("CREATE TABLE m (id {text} PRIMARY KEY, n bigint, x {real})");
        db.write(WriteBatch::new().execute(create, vec![])).await.expect("create");
        let rows = |n: i64| Upsert {
            table: "m".into(),
            columns: vec![Column::text("id"), Column::int("n"), Column::real("x")],
            key_columns: 1,
            rows: vec![
                vec!["a".into(), n.into(), 0.5.into()],
                vec!["b".into(), Value::Null, Value::Null],
            ],
        };
        let done = db.write(WriteBatch::new().upsert(rows(1))).await.expect("upsert");
        assert_eq!(done, WriteOutcome::Done);
        let guarded = WriteBatch::new().upsert(rows(2)).expect_rows(
            "UPDATE m SET n = $2 WHERE id = $1",
            vec!["nobody".into(), 3.into()],
            1,
        );
        let refused = db.write(guarded).await.expect("refused");
        assert_eq!(refused, WriteOutcome::Refused { step: 1 });
        let sql = "SELECT id, n, x, $1::bigint AS p FROM m ORDER BY id";
        let rows = db.query(sql, &[Value::Null]).await.expect("query");
        assert_eq!(rows[0].int("n").expect("n"), 1, "a refused batch changes nothing");
        assert_eq!(rows[0].real("x").expect("x"), 0.5);
        assert_eq!(rows[1].opt_int("n").expect("n"), None);
        assert_eq!(rows[1].opt_int("p").expect("p"), None);
        assert_eq!(db.query(sql, &[7.into()]).await.expect("query")[0].int("p").expect("p"), 7);
        assert!(db.query("DELETE FROM m", &[]).await.is_err(), "queries only read");
    })
    .await;
}

#[tokio::test]
async fn leases_pass_on_with_a_rising_epoch() {
    each_database(async |url| {
        let store = open(&url, Arc::new(SystemClock)).await;
        let leases = store.leases();
        let ttl = Duration::from_secs(60);
        let first = leases.acquire("runner", "one", ttl).await.expect("acquire").expect("free");
        assert_eq!(first.epoch, 1);
        assert_eq!(leases.acquire("runner", "two", ttl).await.expect("acquire"), None);
        let again = leases.acquire("runner", "one", ttl).await.expect("acquire");
        assert_eq!(again, Some(first.clone()));
        assert!(leases.renew(&first, ttl).await.expect("renew"));
        leases.release(&first).await.expect("release");
        assert!(!leases.renew(&first, ttl).await.expect("renew"));
        let second = leases.acquire("runner", "two", ttl).await.expect("acquire").expect("free");
        assert_eq!(second.epoch, 2);
        leases.release(&first).await.expect("a late release");
        assert!(leases.renew(&second, ttl).await.expect("renew"), "it belongs to another now");
    })
    .await;
}

#[tokio::test]
async fn a_fresh_database_must_be_migrated() {
    let folder = Folder::new();
    let url = folder.database();
    let open = async |mode| {
        Store::open(&url, mode, StoreSettings::default(), Arc::new(SystemClock)).await.map(drop)
    };
    assert!(matches!(open(Mode::ReadOnly).await, Err(StoreError::Unavailable { .. })));
    assert!(matches!(open(Mode::Write).await, Err(StoreError::NeedsMigration { .. })));
    let report = Store::migrate(&url, &StoreSettings::default()).await.expect("migrate");
    assert_eq!(report.applied.first().map(String::as_str), Some("0001_log"));
    let report = Store::migrate(&url, &StoreSettings::default()).await.expect("migrate again");
    assert!(report.applied.is_empty());
    assert!(open(Mode::ReadOnly).await.is_ok());
}

#[tokio::test]
async fn sqlite_has_one_writer_and_readers_beside_it() {
    let folder = Folder::new();
    let url = folder.database();
    let store = open(&url, Arc::new(SystemClock)).await;
    store.log().append(append(1, "a", Expected::Any, 1)).await.expect("append");
    let clock = || Arc::new(SystemClock);
    let second = Store::open(&url, Mode::Write, StoreSettings::default(), clock()).await;
    match second {
        Err(StoreError::Locked { holder }) => {
            assert!(holder.contains(&format!("pid {}", std::process::id())), "{holder}");
        }
        other => panic!("expected the lock to hold, got {:?}", other.map(drop)),
    }
    let reader = Store::open(&url, Mode::ReadOnly, StoreSettings::default(), clock()).await;
    let reader = reader.expect("read beside a writer");
    assert_eq!(reader.log().log_id(), store.log().log_id());
    assert_eq!(reader.log().last_position().await.expect("last"), 1);
    store.log().append(append(2, "a", Expected::Any, 1)).await.expect("append");
    reader.log().wait_for(2, WAIT).await.expect("the reader looks for new events");
    let refused = reader.log().append(append(3, "a", Expected::Any, 1)).await;
    assert_eq!(refused, Err(AppendError::ReadOnly));
    let write = reader.db().write(WriteBatch::new().execute("DELETE FROM leases", vec![])).await;
    assert!(matches!(write, Err(StoreError::ReadOnly)));
    store.close().await;
    assert_eq!(reader.log().last_position().await.expect("last"), 2);
    drop(reader);
    let alone = Store::open(&url, Mode::ReadOnly, StoreSettings::default(), clock()).await;
    assert_eq!(alone.expect("open").log().last_position().await.expect("last"), 2);
}

#[tokio::test]
async fn a_full_sqlite_file_refuses_and_recovers() {
    let folder = Folder::new();
    let url = folder.database();
    let settings = |pages| StoreSettings {
        migrate_on_open: true,
        sqlite_max_pages: pages,
        ..StoreSettings::default()
    };
    let clock = || Arc::new(SystemClock);
    let store = Store::open(&url, Mode::Write, settings(Some(60)), clock()).await.expect("open");
    let mut stored = 0;
    let error = loop {
        match store.log().append(append(stored + 1, "a", Expected::Any, 20)).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 10_000, "the file never gets full");
    };
    assert_eq!(error, AppendError::Full);
    let last = store.log().last_position().await.expect("last");
    assert_eq!(u128::from(last), stored * 20, "nothing is half written");
    store.close().await;
    let store = Store::open(&url, Mode::Write, settings(None), clock()).await.expect("open");
    let done = store.log().append(append(stored + 1, "a", Expected::Any, 20)).await;
    assert_eq!(done.expect("space again").first_position, last + 1);
}

#[tokio::test]
async fn a_restored_sqlite_file_gets_a_new_log_id() {
    let folder = Folder::new();
    let url = folder.database();
    let path = folder.path().join("casebook.db");
    let store = open(&url, Arc::new(SystemClock)).await;
    let first = store.log().log_id();
    store.close().await;
    let store = open(&url, Arc::new(SystemClock)).await;
    assert_eq!(store.log().log_id(), first, "a restart changes nothing");
    store.close().await;
    let older = std::fs::read(&path).expect("copy");
    let store = open(&url, Arc::new(SystemClock)).await;
    store.log().append(append(1, "a", Expected::Any, 1)).await.expect("append");
    store.close().await;
    std::fs::write(&path, older).expect("put the older copy back");
    let store = open(&url, Arc::new(SystemClock)).await;
    let second = store.log().log_id();
    assert_ne!(second, first, "the log went back");
    store.close().await;
    std::fs::copy(&path, folder.path().join("copy")).expect("copy");
    std::fs::rename(folder.path().join("copy"), &path).expect("rename");
    let store = open(&url, Arc::new(SystemClock)).await;
    assert_ne!(store.log().log_id(), second, "another file");
}

#[tokio::test]
async fn a_closed_store_answers_instead_of_hanging() {
    each_database(async |url| {
        let store = open(&url, Arc::new(SystemClock)).await;
        let log = store.log().clone();
        log.append(append(1, "a", Expected::Any, 1)).await.expect("append");
        store.close().await;
        let late = log.append(append(2, "a", Expected::Any, 1)).await;
        assert!(matches!(late, Err(AppendError::Unavailable { outcome_unknown: false, .. })));
    })
    .await;
}

#[tokio::test]
async fn the_log_cannot_be_changed() {
    each_database(async |url| {
        let store = open(&url, Arc::new(SystemClock)).await;
        let mut given = append(1, "a", Expected::Any, 1);
        given.keys = vec![KeyClaim { kind: "m".into(), key: "k".into(), value: "v".into() }];
        store.log().append(given).await.expect("append");
        for table in ["events", "commands", "keys"] {
            let mut attempts =
                vec![format!("UPDATE {table} SET tenant = 'x'"), format!("DELETE FROM {table}")];
            match store.dialect() {
                Dialect::Sqlite => attempts
                    .push(format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")),
                Dialect::Postgres => attempts.push(format!("TRUNCATE {table}")),
            }
            for sql in attempts {
                let result = store.db().write(WriteBatch::new().execute(sql.clone(), vec![])).await;
                assert!(matches!(result, Err(StoreError::Database(_))), "{sql}: {result:?}");
            }
        }
        assert_eq!(
            store.log().read(0, &Filter::default(), 10).await.expect("read").events.len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_away_is_a_clear_error() {
    let url: DatabaseUrl = "postgres://nobody@127.0.0.1:1/none".parse().expect("url");
    let settings = StoreSettings { connect_timeout_ms: 500, ..StoreSettings::default() };
    let opened = Store::open(&url, Mode::Write, settings, Arc::new(SystemClock)).await;
    let error = opened.map(drop).expect_err("nothing listens there");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn two_processes_append_to_one_postgres() {
    let Some(database) = postgres_database().await else { return };
    let one = open(&database, Arc::new(SystemClock)).await;
    let two = open(&database, Arc::new(SystemClock)).await;
    assert_eq!(one.log().log_id(), two.log().log_id());
    let writers: Vec<_> = [&one, &two]
        .into_iter()
        .enumerate()
        .map(|(process, store)| {
            let log = store.log().clone();
            tokio::spawn(async move {
                for n in 0..100 {
                    let number = process as u128 * 1_000 + n + 1;
                    log.append(append(number, "shared", Expected::Any, 1)).await.expect("append");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("writer");
    }
    two.log().wait_for(200, WAIT).await.expect("woken by the other process");
    let page = one.log().read(0, &Filter::default(), 1_000).await.expect("read");
    let versions: Vec<_> = page.events.iter().map(|event| event.version).collect();
    assert_eq!(versions, (1..=200).collect::<Vec<_>>());
    one.close().await;
    two.close().await;
    drop_database(&database).await;
}
