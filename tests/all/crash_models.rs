//! `kill -9` of a process whose read models follow under load: each equals, at the checkpoint that
//! the kill left, a fold from zero; and so it does once another process has caught up.

use std::time::Duration;

use casebook_projections::Projections;
use casebook_store::Store;
use casebook_tests::child::Talker;
use casebook_tests::ids::mix;
use casebook_tests::models::{small_settings, verified};
use casebook_tests::{TestDatabase, both_databases, wait};

both_databases!(killed_processes_leave_read_models_that_equal_the_log);

const FOLLOWER: &str = env!("CARGO_BIN_EXE_follower");
/// How often a process is killed on each database.
const ROUNDS: u64 = 20;
/// Writers in each process.
const WRITERS: u64 = 3;
/// Longest wait for the read models; only a failing case waits so long.
const PATIENCE: Duration = Duration::from_secs(90);

async fn killed_processes_leave_read_models_that_equal_the_log(database: TestDatabase) {
    let mut behind = 0;
    let mut before = Vec::new();
    for round in 1..=ROUNDS {
        let arguments = [database.url(), &round.to_string(), &WRITERS.to_string()];
        let child = Talker::spawn(FOLLOWER, &arguments);
        // Somewhere under load, elsewhere in each round; the read models have begun to move.
        let enough = 2 + usize::try_from(mix(round) % 8).expect("a count");
        let loaded = || child.said("seen") > 0 && child.said("ack") >= enough;
        wait::until("the mails", || async { loaded().then_some(()) }).await;
        let acknowledged = last_acknowledged(&child.kill());

        let store = database.open().await;
        let head = store.log().last_position().await.expect("the end of the log");
        assert!(head >= acknowledged, "round {round}: {head} of {acknowledged} is there");
        let checkpoints = verified(&store, &format!("round {round}, as the kill left it")).await;
        // A read model that no event of these mails concerns stays where it began.
        let moved = before
            .iter()
            .zip(&checkpoints)
            .all(|(before, now)| now > before || (*before, *now) == (0, 0));
        assert!(moved, "round {round}: the killed process moved {before:?} to {checkpoints:?}");
        behind += checkpoints.iter().filter(|checkpoint| **checkpoint < head).count();
        catch_up(&store, head).await;
        before = verified(&store, &format!("round {round}, caught up")).await;
        store.close().await;
    }
    assert!(behind > 0, "no kill met a read model on its way");
}

async fn catch_up(store: &Store, head: u64) {
    let models = Projections::start(store, &small_settings()).await.expect("the models start");
    models.caught_up(head, PATIENCE).await.expect("the models catch up");
    models.stop().await;
}

/// The last position that a whole line names.
fn last_acknowledged(lines: &[String]) -> u64 {
    let position = |line: &String| line.strip_prefix("ack ")?.parse().ok();
    lines.iter().filter_map(position).max().expect("an acknowledged mail")
}
