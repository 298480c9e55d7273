//! `kill -9` under load: whatever was acknowledged is there, and the log is whole.

use std::collections::HashMap;

use casebook_store::log::{StoredEvent, StreamId};
use casebook_store::{Dialect, Store};
use casebook_tests::child::{Acknowledged, Appender, stream_of, writer_seed};
use casebook_tests::ids::mix;
use casebook_tests::inspect::check_log;
use casebook_tests::{Ids, TestDatabase, append, both_databases, wait};

both_databases!(killed_processes_lose_nothing_acknowledged);

const APPENDER: &str = env!("CARGO_BIN_EXE_appender");
/// How often a process is killed on each database.
const ROUNDS: u64 = 20;
/// Writers in each process; three share one stream.
const WRITERS: u64 = 6;

async fn killed_processes_lose_nothing_acknowledged(database: TestDatabase) {
    let mut acknowledged = Vec::new();
    for round in 1..=ROUNDS {
        let child = Appender::spawn(APPENDER, database.url(), round, WRITERS);
        // Somewhere under load, elsewhere in each round.
        let enough = 10 + usize::try_from(mix(round) % 200).expect("a count");
        wait::until("the appends", || async { (child.count() >= enough).then_some(()) }).await;
        let done = child.kill();
        acknowledged.push((round, done));
        if round % 5 == 0 {
            let store = database.open().await;
            check(&store, &acknowledged).await;
            store.close().await;
        }
    }
    let store = database.open().await;
    repeat_the_unanswered(&store, &acknowledged).await;
    check(&store, &acknowledged).await;
    if database.dialect() == Dialect::Sqlite {
        let answer = database.raw().await.rows("PRAGMA integrity_check").await;
        assert_eq!(answer, [["ok"]]);
    }
}

/// Holds the log against what the killed processes had been told.
async fn check(store: &Store, acknowledged: &[(u64, Vec<Acknowledged>)]) {
    let events = check_log(store.log()).await;
    for (_, done) in acknowledged {
        for done in done {
            check_acknowledged(&events, done);
        }
    }
    check_commands(store, &events).await;
}

fn check_acknowledged(events: &[StoredEvent], done: &Acknowledged) {
    let index = usize::try_from(done.position).expect("a position") - 1;
    let event = events.get(index).expect("an acknowledged event is there");
    assert_eq!(event.command_id, done.command_id, "at position {}", done.position);
    assert_eq!(event.version, done.version, "at position {}", done.position);
    let count = usize::try_from(1 + done.n % 3).expect("a count");
    let whole = &events[index + 1 - count..=index];
    assert!(whole.iter().all(|e| e.command_id == done.command_id), "the append is whole");
}

/// Every command of the log is known with the positions that it has there.
async fn check_commands(store: &Store, events: &[StoredEvent]) {
    let mut last = HashMap::new();
    for event in events {
        last.insert(event.command_id, (event.position, event.stream.clone(), event.version));
    }
    let sql = "SELECT command_id, last_position FROM commands";
    let rows = store.db().query(sql, &[]).await.expect("the commands");
    assert_eq!(rows.len(), last.len(), "as many commands as are in the log");
    for row in rows {
        let id = row.text("command_id").expect("an id").parse().expect("an id");
        assert_eq!(row.uint("last_position").expect("a position"), last[&id].0);
    }
    for (id, (position, stream, version)) in last.iter().take(25) {
        let found = store.log().find_command(*id).await.expect("a lookup").expect("the command");
        assert_eq!(found.appended.last_position, *position);
        assert_eq!(found.appended.versions[0].stream, *stream);
        assert_eq!(found.appended.versions[0].version, *version);
    }
}

/// Repeats what each writer had asked for when it was killed: done once, whether or not the killed
/// process had done it.
async fn repeat_the_unanswered(store: &Store, acknowledged: &[(u64, Vec<Acknowledged>)]) {
    for (round, done) in acknowledged {
        for writer in 0..WRITERS {
            let next = done.iter().filter(|d| d.writer == writer).count() as u64;
            let id = Ids::nth(writer_seed(*round, writer), next);
            let before = store.log().find_command(id).await.expect("a lookup");
            let count = usize::try_from(1 + next % 3).expect("a count");
            let command = append("tally", &stream_of(*round, writer), 0, count).command(id);
            let answer = store.log().append(command.any_version().done()).await.expect("done");
            assert_eq!(answer.repeated, before.is_some());
            let stream = StreamId::new("tally", stream_of(*round, writer));
            let events = store.log().read_stream(&stream, 0, 100_000).await.expect("the stream");
            let found = events.iter().filter(|event| event.command_id == id).count();
            assert_eq!(found, count, "an append is done once and whole");
        }
    }
}
