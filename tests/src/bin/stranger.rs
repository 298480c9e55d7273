//! Load beside a stranger's open snapshot: appends must keep 0.8 of their rate.
//!
//! Usage: `stranger [APPENDS]` (default 50000) on PostgreSQL, `stranger APPENDS sqlite` on SQLite.
//! Two databases take turns, one with an open snapshot; ends with 1 when the rate falls below 0.8.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use casebook_store::{Dialect, Log, Store};
use casebook_tests::{Raw, TestDatabase, append};

/// Appends that one database takes before the other has its turn.
const TURN: usize = 5_000;
/// Concurrent clients.
const CLIENTS: usize = 32;
/// Part of the rate that must remain.
const KEPT: f64 = 0.8;

#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let appends: usize = arguments.next().map_or(50_000, |text| text.parse().expect("a number"));
    let sqlite = arguments.next().is_some_and(|word| word == "sqlite");
    let (alone, beside) = if sqlite {
        (TestDatabase::sqlite().await, TestDatabase::sqlite().await)
    } else {
        (TestDatabase::postgres().await, TestDatabase::postgres().await)
    };
    let stranger = open_snapshot(&beside).await;
    let stores = (alone.open().await, beside.open().await);
    let (mut total_alone, mut total_beside) = (Duration::ZERO, Duration::ZERO);
    for turn in 0..appends.div_ceil(TURN) {
        let (one, two) = (load(&stores.0, turn).await, load(&stores.1, turn).await);
        total_alone += one;
        total_beside += two;
        let rate = |time: Duration| TURN as f64 / time.as_secs_f64();
        println!("{:>6}: {:.0}/s alone, {:.0}/s beside", (turn + 1) * TURN, rate(one), rate(two));
    }
    drop(stranger);
    let kept = total_alone.as_secs_f64() / total_beside.as_secs_f64();
    println!("kept {kept:.3} of the rate beside an open snapshot");
    if kept < KEPT { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn open_snapshot(database: &TestDatabase) -> Raw {
    let mut stranger = database.raw().await;
    let begin = match database.dialect() {
        Dialect::Sqlite => "BEGIN",
        Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ",
    };
    stranger.execute(begin).await.expect("a transaction");
    assert_eq!(stranger.number("SELECT count(*) FROM events").await, 0);
    stranger
}

async fn load(store: &Store, turn: usize) -> Duration {
    let start = Instant::now();
    let tasks: Vec<_> =
        (0..CLIENTS).map(|client| tokio::spawn(write(store.log().clone(), turn, client))).collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    start.elapsed()
}

async fn write(log: Log, turn: usize, client: usize) {
    for n in (client..TURN).step_by(CLIENTS) {
        let command = append("ticket", &format!("{turn}-{n}"), 0, 1).done();
        log.append(command).await.expect("appended");
    }
}
