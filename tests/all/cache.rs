//! Aggregates from a bounded cache: a stale one cannot write, and a fresh load mends it.

use std::sync::Arc;

use casebook_store::log::{AppendError, StreamId};
use casebook_store::{Aggregates, Dialect, StoreError};
use casebook_tests::builders::event_with;
use casebook_tests::inspect::check_log;
use casebook_tests::tally::{Tally, TallyEvent};
use casebook_tests::{TestDatabase, append, both_databases};
use cqrs_es::Aggregate;

both_databases!(
    stale_cache_of_a_second_process_cannot_write,
    cache_keeps_the_newest_state,
    bounded_cache_reads_again_what_it_dropped,
    unknown_event_is_named,
    long_stream_is_folded_whole,
);

async fn count(log: &casebook_store::Log, id: &str, version: u64, by: usize) -> u64 {
    let command = append(Tally::TYPE, id, version, 1).events(vec![casebook_tests::event(by)]);
    log.append(command.done()).await.expect("appended").versions[0].version
}

/// Two caches over one log: of two processes on PostgreSQL, of two parts of the one writing process
/// on SQLite.
async fn stale_cache_of_a_second_process_cannot_write(database: TestDatabase) {
    let here = database.open().await;
    let there = match database.dialect() {
        Dialect::Sqlite => here.clone(),
        Dialect::Postgres => database.open().await,
    };
    let cached: Aggregates<Tally> = Aggregates::new(there.log().clone(), 10);
    count(here.log(), "a", 0, 5).await;
    assert_eq!(cached.load("a").await.expect("loaded").version, 1);
    for round in 1..=10 {
        count(here.log(), "a", 2 * round - 1, 1).await;
        let stale = cached.load("a").await.expect("loaded");
        assert!(stale.from_cache && stale.version == 2 * round - 1, "{stale:?}");
        let command = append(Tally::TYPE, "a", stale.version, 1).done();
        let answer = there.log().append(command).await;
        assert!(
            matches!(answer, Err(AppendError::Conflict { present, .. }) if present == 2 * round),
            "{answer:?}"
        );
        let fresh = cached.load_fresh("a").await.expect("loaded");
        assert!(!fresh.from_cache && fresh.version == 2 * round, "{fresh:?}");
        let version = count(there.log(), "a", fresh.version, 1).await;
        let mut state = (*fresh.state).clone();
        state.apply(TallyEvent::Counted { by: 1 });
        cached.put("a", version, Arc::new(state));
    }
    let last = cached.load("a").await.expect("loaded");
    assert_eq!((last.version, last.state.sum), (21, 25));
    check_log(here.log()).await;
}

async fn cache_keeps_the_newest_state(database: TestDatabase) {
    let store = database.open().await;
    let cached: Aggregates<Tally> = Aggregates::new(store.log().clone(), 10);
    assert_eq!(cached.load("none").await.expect("loaded").version, 0);
    for version in 0..3 {
        count(store.log(), "a", version, 1).await;
    }
    let fresh = cached.load_fresh("a").await.expect("loaded");
    cached.put("a", 1, Arc::new(Tally::default()));
    let kept = cached.load("a").await.expect("loaded");
    assert!(kept.from_cache);
    assert_eq!((kept.version, &kept.state), (3, &fresh.state), "an older state does not replace");
    cached.evict("a");
    let again = cached.load("a").await.expect("loaded");
    assert!(!again.from_cache);
    assert_eq!((again.version, &again.state), (3, &fresh.state));
}

async fn bounded_cache_reads_again_what_it_dropped(database: TestDatabase) {
    let store = database.open().await;
    let cached: Aggregates<Tally> = Aggregates::new(store.log().clone(), 4);
    for n in 0..40 {
        count(store.log(), &n.to_string(), 0, n + 1).await;
    }
    let mut kept = 0;
    for round in 0..2 {
        for n in 0..40_u64 {
            let loaded = cached.load(&n.to_string()).await.expect("loaded");
            assert_eq!((loaded.version, loaded.state.sum), (1, n + 1));
            kept += usize::from(round == 1 && loaded.from_cache);
        }
    }
    assert!(kept <= 8, "a cache of 4 kept {kept}");
}

async fn unknown_event_is_named(database: TestDatabase) {
    let store = database.open().await;
    count(store.log(), "a", 0, 1).await;
    let unknown =
        append(Tally::TYPE, "a", 1, 1).events(vec![event_with("Burnt", "{\"Burnt\":{}}")]);
    store.log().append(unknown.done()).await.expect("appended");
    let cached: Aggregates<Tally> = Aggregates::new(store.log().clone(), 10);
    let error = cached.load("a").await.expect_err("not decoded");
    assert!(
        matches!(&error, StoreError::Undecodable { stream, position: 2, .. }
            if *stream == StreamId::new(Tally::TYPE, "a")),
        "{error:?}"
    );
    assert!(!error.to_string().contains("{}"), "no payload in {error}");
}

async fn long_stream_is_folded_whole(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append(Tally::TYPE, "a", 0, 2_500).done()).await.expect("appended");
    let cached: Aggregates<Tally> = Aggregates::new(store.log().clone(), 10);
    let loaded = cached.load("a").await.expect("loaded");
    assert_eq!((loaded.version, loaded.state.events), (2_500, 2_500));
    assert_eq!(loaded.state.sum, 2_500 * 2_501 / 2);
}
