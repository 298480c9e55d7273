//! Three processes share the read models of one PostgreSQL: `kill -9` of whoever leads loses
//! nothing, and another takes over.

use std::time::Duration;

use casebook_projections::Projections;
use casebook_tests::child::Talker;
use casebook_tests::models::{small_settings, verified};
use casebook_tests::{TestDatabase, postgres_only, wait};

postgres_only!(leaders_among_three_are_killed);

const FOLLOWER: &str = env!("CARGO_BIN_EXE_follower");
/// Longest wait for the read models; only a failing case waits so long.
const PATIENCE: Duration = Duration::from_secs(90);

async fn leaders_among_three_are_killed(database: TestDatabase) {
    let spawn =
        |round: u64| Talker::spawn(FOLLOWER, &[database.url(), &round.to_string(), "1", "plain"]);
    let mut processes: Vec<Talker> = (1..=3).map(spawn).collect();
    let mut acknowledged = 0;
    while processes.len() > 1 {
        // Each sees what it took in itself, so every read model has a writer among them.
        for process in &processes {
            let enough = process.said("seen") + 3;
            let goes_on = || async { (process.said("seen") >= enough).then_some(()) };
            wait::until("the read models", goes_on).await;
        }
        let leads = |process: &Talker| process.said("leads");
        let leader = (0..processes.len()).max_by_key(|index| leads(&processes[*index]));
        let leader = processes.remove(leader.expect("a process"));
        assert!(leads(&leader) > 0, "one of them leads");
        acknowledged = acknowledged.max(last_acknowledged(&leader.kill()));
    }
    // The last one writes every read model by itself.
    let last = processes.pop().expect("the last");
    let seen = last.said("seen") + 2;
    wait::until("the last one", || async { (last.said("seen") >= seen).then_some(()) }).await;
    acknowledged = acknowledged.max(last_acknowledged(&last.stop()));
    let store = database.open().await;
    let head = store.log().last_position().await.expect("the end of the log");
    assert!(head >= acknowledged, "{head} of {acknowledged} is there");
    let models = Projections::start(&store, &small_settings()).await.expect("the models start");
    models.caught_up(head, PATIENCE).await.expect("the models catch up");
    models.stop().await;
    verified(&store, "after all").await;
    store.close().await;
}

/// The last position that a whole line names.
fn last_acknowledged(lines: &[String]) -> u64 {
    let position = |line: &String| line.strip_prefix("ack ")?.parse().ok();
    lines.iter().filter_map(position).max().expect("an acknowledged mail")
}
