//! Faults: disk full, database away, answers lost, server restarted under load.

use std::time::Duration;

use casebook_store::log::{AppendError, Filter};
use casebook_store::{Mode, Store, StoreSettings};
use casebook_tests::builders::event_with;
use casebook_tests::database::open_at;
use casebook_tests::inspect::check_log;
use casebook_tests::postgres::{PostgresServer, Stop, shared};
use casebook_tests::proxy::{Line, Proxy};
use casebook_tests::{TestDatabase, append, postgres_only, sqlite_only, wait};
use tokio::task::JoinSet;

postgres_only!(
    database_away_at_start_is_told,
    database_away_in_the_middle_is_survived,
    silent_network_ends_in_a_clear_answer,
    lost_answer_is_settled_by_the_command_id,
    one_lost_answer_is_settled_by_the_writer,
    connections_ended_by_the_server_are_replaced,
    full_disk_of_postgres_is_told,
);
sqlite_only!(full_disk_of_sqlite_is_told);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn restart_under_load_loses_nothing() {
    wait::bounded(restart_under_load()).await;
}

/// The statement that commits, as it travels: ended by NUL, and so not part of `READ COMMITTED`.
const COMMIT: &str = "COMMIT\0";

/// Settings under which a fault shows within seconds.
fn impatient() -> StoreSettings {
    StoreSettings {
        append_timeout_ms: 2_000,
        connect_timeout_ms: 1_000,
        statement_timeout_ms: 1_500,
        ..StoreSettings::default()
    }
}

async fn open_through(proxy: &Proxy, database: &TestDatabase) -> Store {
    let url = database.url_through(proxy.port());
    let clock = std::sync::Arc::clone(&database.clock);
    open_at(&url, Mode::Write, impatient(), clock).await.expect("the store opens")
}

async fn database_away_at_start_is_told(database: TestDatabase) {
    let proxy = Proxy::start(shared().port()).await;
    proxy.set(Line::Cut);
    let url = database.url_through(proxy.port());
    let clock = std::sync::Arc::clone(&database.clock);
    let answer = open_at(&url, Mode::Write, impatient(), clock).await;
    let error = answer.map(|_| "a store").expect_err("nobody answers");
    assert!(error.is_transient(), "{error}");
    assert!(!error.to_string().contains("casebook:"), "no password in {error}");
    proxy.set(Line::Open);
    let store = open_through(&proxy, &database).await;
    store.log().append(append("ticket", "a", 0, 1).done()).await.expect("appended");
}

async fn database_away_in_the_middle_is_survived(database: TestDatabase) {
    let proxy = Proxy::start(shared().port()).await;
    let store = open_through(&proxy, &database).await;
    let mut follower = store.log().subscribe(0, Filter::default());
    store.log().append(append("ticket", "a", 0, 1).done()).await.expect("appended");
    assert_eq!(follower.next_page().await.expect("a page").reached, 1);
    proxy.set(Line::Cut);
    let command = append("ticket", "a", 1, 1).done();
    let answer = store.log().append(command.clone()).await;
    assert!(matches!(answer, Err(AppendError::Unavailable { .. })), "{answer:?}");
    let error = store.log().read(0, &Filter::default(), 9).await.expect_err("nobody answers");
    assert!(error.is_transient(), "{error}");
    proxy.set(Line::Open);
    let done = wait::until_ok("the append after the fault", || store.log().append(command.clone()));
    assert_eq!(done.await.last_position, 2);
    // A follower may report the fault, but it goes on from where it was.
    for tries in 0.. {
        match follower.next_page().await {
            Ok(page) => {
                assert_eq!(page.events.first().map(|event| event.position), Some(2));
                break;
            }
            Err(error) => assert!(tries < 50 && error.is_transient(), "{error}"),
        }
    }
    check_log(store.log()).await;
}

async fn silent_network_ends_in_a_clear_answer(database: TestDatabase) {
    let proxy = Proxy::start(shared().port()).await;
    let store = open_through(&proxy, &database).await;
    store.log().append(append("ticket", "a", 0, 1).done()).await.expect("appended");
    proxy.set(Line::Frozen);
    let command = append("ticket", "a", 1, 1).done();
    let asked = tokio::time::timeout(Duration::from_secs(15), store.log().append(command.clone()));
    let answer = asked.await.expect("an answer in time");
    assert!(matches!(answer, Err(AppendError::Unavailable { .. })), "{answer:?}");
    proxy.set(Line::Open);
    let done = wait::until_ok("the append after the fault", || store.log().append(command.clone()));
    assert_eq!(done.await.last_position, 2);
    check_log(store.log()).await;
}

/// The answer to the commit is lost each time, until the caller gives up and asks again.
async fn lost_answer_is_settled_by_the_command_id(database: TestDatabase) {
    let proxy = Proxy::start(shared().port()).await;
    let store = open_through(&proxy, &database).await;
    for (round, lost) in [COMMIT, "a-marked-event"].into_iter().enumerate() {
        let event = event_with("Counted", r#"{"Counted":"a-marked-event"}"#);
        let command = append("ticket", &round.to_string(), 0, 1).events(vec![event]).done();
        let before = proxy.hits();
        proxy.set(Line::LoseAnswerTo(lost.as_bytes().to_vec()));
        let answer = store.log().append(command.clone()).await;
        proxy.set(Line::Open);
        assert!(proxy.hits() > before, "the fault was met");
        let Err(AppendError::Unavailable { outcome_unknown, .. }) = answer else {
            panic!("{answer:?} instead of a lost answer")
        };
        assert!(outcome_unknown || lost != COMMIT, "whether it was committed is not known");
        let stored = wait::until_ok("a lookup", || store.log().find_command(command.command_id));
        assert!(outcome_unknown || stored.await.is_none(), "a known outcome is true");
        let done = wait::until_ok("the repeat", || store.log().append(command.clone())).await;
        assert_eq!((done.repeated, done.versions[0].version), (lost == COMMIT, 1));
        assert_eq!(check_log(store.log()).await.len(), round + 1, "done once");
    }
}

/// The answer to one commit is lost: the writer finds out by itself that it was done.
async fn one_lost_answer_is_settled_by_the_writer(database: TestDatabase) {
    let proxy = std::sync::Arc::new(Proxy::start(shared().port()).await);
    let store = open_through(&proxy, &database).await;
    for round in 0..5 {
        let before = proxy.hits();
        proxy.set(Line::LoseAnswerTo(COMMIT.as_bytes().to_vec()));
        let fault = std::sync::Arc::clone(&proxy);
        let healed = tokio::spawn(async move {
            wait::until("the fault", || async { (fault.hits() > before).then_some(()) }).await;
            fault.set(Line::Open);
        });
        let command = append("ticket", "a", round, 1).done();
        let done = store.log().append(command).await.expect("appended");
        assert_eq!((done.repeated, done.last_position), (false, round + 1));
        healed.await.expect("no panic");
    }
    check_log(store.log()).await;
}

async fn connections_ended_by_the_server_are_replaced(database: TestDatabase) {
    let store = database.open().await;
    let mut raw = database.raw().await;
    let end_all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for version in 0..6 {
        assert!(raw.number(end_all).await > 0, "the store has connections");
        let command = append("ticket", "a", version, 1).done();
        let done = wait::until_ok("an append", || store.log().append(command.clone())).await;
        assert_eq!(done.last_position, version + 1);
        let all = Filter::default();
        let page = wait::until_ok("a read", || store.log().read(version, &all, 9)).await;
        assert_eq!(page.events.len(), 1);
    }
    check_log(store.log()).await;
}

async fn full_disk_of_postgres_is_told(database: TestDatabase) {
    let proxy = Proxy::start(shared().port()).await;
    let store = open_through(&proxy, &database).await;
    let marker = "marker-of-the-full-disk";
    let event = event_with("Counted", format!(r#"{{"Counted":"{marker}"}}"#));
    let command = append("ticket", "a", 0, 1).events(vec![event]).done();
    proxy.set(Line::DiskFullFor(marker.as_bytes().to_vec()));
    let answer = store.log().append(command.clone()).await;
    assert!(matches!(answer, Err(AppendError::Full)), "{answer:?}");
    assert!(proxy.hits() >= 1, "the fault was met");
    let other = store.log().append(append("ticket", "b", 0, 1).done()).await;
    assert_eq!(other.expect("others go on").last_position, 1);
    proxy.set(Line::Open);
    let done = store.log().append(command).await.expect("appended once there is space");
    assert!(!done.repeated && done.last_position == 2);
    check_log(store.log()).await;
}

async fn full_disk_of_sqlite_is_told(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append("ticket", "start", 0, 1).done()).await.expect("appended");
    let used = database.raw().await.number("PRAGMA page_count").await;
    store.close().await;
    let pages = u32::try_from(used + 40).expect("a number of pages");
    let settings = StoreSettings { sqlite_max_pages: Some(pages), ..StoreSettings::default() };
    let store = database.try_open(Mode::Write, settings).await.expect("opens");
    let big = format!(r#"{{"t":"{}"}}"#, "x".repeat(20_000));
    let command = |n: usize| {
        append("big", &n.to_string(), 0, 1).events(vec![event_with("Big", big.clone())]).done()
    };
    let mut stored = 1;
    let refused = loop {
        assert!(stored < 200, "the limit is met");
        match store.log().append(command(stored)).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, AppendError::Full), "{refused:?}");
    assert_eq!(check_log(store.log()).await.len(), stored, "what was answered is there");
    store.close().await;
    let store = database.open().await;
    store.log().append(command(stored)).await.expect("appended once there is space");
    assert_eq!(check_log(store.log()).await.len(), stored + 1);
}

async fn restart_under_load() {
    let server = PostgresServer::start();
    let database = TestDatabase::postgres_on(&server).await;
    // Defaults that an operator may have set must not weaken the log.
    let careless = format!(
        "ALTER DATABASE {name} SET synchronous_commit = off; \
         ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'",
        name = database.name()
    );
    database.raw().await.execute(&careless).await.expect("defaults are set");
    let store = database.open().await;
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let (log, stop) = (store.log().clone(), std::sync::Arc::clone(&stop));
        writers.spawn(async move {
            let mut done = Vec::new();
            for version in 0.. {
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                let command = append("ticket", &format!("w{writer}"), version, 1).done();
                let id = command.command_id;
                // The same command is repeated until it is answered: never twice in the log.
                wait::until_ok("an append across the restart", || log.append(command.clone()))
                    .await;
                done.push(id);
            }
            done
        });
    }
    for how in [Stop::Immediate, Stop::Fast, Stop::Immediate] {
        let before = store.log().last_position().await.expect("a position");
        wait_for(&store, before + 50).await;
        server.stop(how);
        server.start_again();
    }
    let before = wait::until_ok("the last position", || store.log().last_position()).await;
    wait_for(&store, before + 50).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut acknowledged: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    let mut stored: Vec<_> =
        check_log(store.log()).await.into_iter().map(|event| event.command_id).collect();
    acknowledged.sort_unstable();
    stored.sort_unstable();
    assert_eq!(acknowledged, stored, "each command once, none lost");
    store.close().await;
}

async fn wait_for(store: &Store, position: u64) {
    wait::until_ok("the log to go on", || store.log().wait_for(position, Duration::from_secs(10)))
        .await;
}
