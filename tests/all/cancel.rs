//! Callers that go away: an append is done completely or not at all, and the next ones work.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use casebook_store::Dialect;
use casebook_store::log::{Append, Expected};
use casebook_tests::inspect::check_log;
use casebook_tests::{TestDatabase, append, both_databases, event, wait};

both_databases!(
    callers_dropped_after_some_polls,
    callers_dropped_at_some_moment,
    readers_dropped_leave_working_connections,
    append_that_nobody_waits_for_is_done,
);

fn two_streams(name: &str) -> Append {
    append("ticket", name, 0, 2)
        .also("conversation", name, Expected::Version(0), vec![event(1)])
        .key("message", name, name)
        .done()
}

/// Polls a future `polls` times, waiting to be woken between them if `patient`, and drops it.
async fn drop_after<T>(polls: usize, patient: bool, future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    let mut done = 0;
    poll_fn(move |context| {
        if done == polls {
            return Poll::Ready(None);
        }
        done += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if done == polls && !patient => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn callers_dropped_after_some_polls(database: TestDatabase) {
    let store = database.open().await;
    let mut commands = Vec::new();
    for round in 0..6 {
        for polls in 0..8 {
            for patient in [false, true] {
                let command = two_streams(&format!("{round}-{polls}-{patient}"));
                let answer = drop_after(polls, patient, store.log().append(command.clone())).await;
                assert!(polls > 0 || answer.is_none(), "without a poll nothing is answered");
                commands.push((command, polls, answer.is_some()));
            }
        }
    }
    store.log().append(append("end", "end", 0, 1).done()).await.expect("later appends work");
    let events = check_log(store.log()).await;
    for (command, polls, answered) in commands {
        let written = events.iter().filter(|e| e.command_id == command.command_id).count();
        assert!(written == 0 || written == 3, "an append is done by halves");
        assert!(polls > 0 || written == 0, "what was never polled was never asked for");
        assert!(!answered || written == 3, "an answered append is there");
        let found = store.log().find_command(command.command_id).await.expect("a lookup");
        assert_eq!(found.is_some(), written == 3);
        let again = store.log().append(command).await.expect("a repeat works");
        assert_eq!(again.repeated, written == 3);
    }
    no_transaction_is_left_open(&database).await;
}

async fn callers_dropped_at_some_moment(database: TestDatabase) {
    let store = database.open().await;
    let mut commands = Vec::new();
    for n in 0..80 {
        let command = two_streams(&n.to_string());
        let patience = Duration::from_micros(n * 41);
        let answer = tokio::time::timeout(patience, store.log().append(command.clone())).await;
        commands.push((command, answer.is_ok()));
    }
    store.log().append(append("end", "end", 0, 1).done()).await.expect("later appends work");
    let events = check_log(store.log()).await;
    for (command, answered) in commands {
        let written = events.iter().filter(|e| e.command_id == command.command_id).count();
        assert!(written == 3 || (written == 0 && !answered), "{written} of 3 events");
    }
    no_transaction_is_left_open(&database).await;
}

async fn readers_dropped_leave_working_connections(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append("ticket", "a", 0, 500).done()).await.expect("appended");
    let filter = casebook_store::Filter::default();
    for polls in 0..6 {
        for patient in [false, true] {
            drop_after(polls, patient, store.log().read(0, &filter, 500)).await;
            drop_after(polls, patient, store.db().query("SELECT 1 AS one", &[])).await;
            let mut subscription = store.log().subscribe(0, filter.clone());
            let page = match drop_after(polls, patient, subscription.next_page()).await {
                Some(page) => page,
                None => subscription.next_page().await,
            };
            let first = page.expect("a page").events[0].position;
            assert_eq!(first, 1, "a dropped wait for a page loses nothing");
        }
    }
    for _ in 0..30 {
        store.db().query("SELECT 1 AS one", &[]).await.expect("a connection that works");
    }
    no_transaction_is_left_open(&database).await;
}

async fn append_that_nobody_waits_for_is_done(database: TestDatabase) {
    let store = database.open().await;
    let command = two_streams("a");
    let id = command.command_id;
    let log = store.log().clone();
    // Handed to the writer by the first poll, or by a later one if the writer was not ready.
    let mut pending = Box::pin(log.append(command));
    let first = poll_fn(|context| Poll::Ready(pending.as_mut().poll(context))).await;
    if first.is_pending() {
        let mut head = store.log().head();
        tokio::select! {
            _ = &mut pending => {}
            grown = head.wait_for(|head| *head > 0) => drop(grown),
        }
    }
    drop(pending);
    wait::until("the append to be done", || async {
        store.log().find_command(id).await.expect("a lookup")
    })
    .await;
    assert_eq!(check_log(store.log()).await.len(), 3);
}

/// PostgreSQL: no connection may stay in a transaction once the store has nothing to do.
async fn no_transaction_is_left_open(database: &TestDatabase) {
    if database.dialect() == Dialect::Sqlite {
        // The one writer would be blocked for ever; the appends above show that it is not. A
        // foreign connection can take the write lock at once.
        let mut raw = database.raw().await;
        raw.execute("BEGIN IMMEDIATE; ROLLBACK").await.expect("the write lock is free");
        return;
    }
    let mut raw = database.raw().await;
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND \
               pid <> pg_backend_pid() AND (state LIKE 'idle in transaction%' OR state = 'active')";
    let raw = tokio::sync::Mutex::new(&mut raw);
    wait::until("no transaction to be open", || async {
        (raw.lock().await.number(sql).await == 0).then_some(())
    })
    .await;
}
