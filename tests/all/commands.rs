//! Commands: done once, however often they are asked for.

use casebook_domain::time::MICROS_PER_SECOND;
use casebook_store::log::AppendError;
use casebook_tests::inspect::check_log;
use casebook_tests::{TestDatabase, append, both_databases, ids};
use tokio::task::JoinSet;

both_databases!(
    repeat_returns_the_first_answer,
    repeat_is_recognised_before_versions_are_checked,
    another_fingerprint_is_a_mismatch,
    repeats_at_the_same_time_write_once,
    repeats_through_two_stores_write_once,
    refused_command_may_be_tried_again,
    find_command_knows_what_was_done,
);

async fn repeat_returns_the_first_answer(database: TestDatabase) {
    let store = database.open().await;
    let command = append("ticket", "a", 0, 2).outcome("ticket a opened").done();
    let first = store.log().append(command.clone()).await.expect("appended");
    store.log().append(append("ticket", "a", 2, 5).done()).await.expect("appended");
    database.clock.advance(60 * MICROS_PER_SECOND);
    let again = store.log().append(command.clone()).await.expect("the first answer");
    assert!(again.repeated && !first.repeated);
    assert_eq!(again.first_position, first.first_position);
    assert_eq!(again.last_position, first.last_position);
    assert_eq!(again.versions, first.versions);
    assert_eq!(again.recorded_at, first.recorded_at);
    assert_eq!(again.outcome.as_deref(), Some("ticket a opened"));
    assert_eq!(check_log(store.log()).await.len(), 7);

    store.close().await;
    let store = database.open().await;
    let later = store.log().append(command).await.expect("the first answer");
    assert_eq!(later, again, "also after a restart");
}

async fn repeat_is_recognised_before_versions_are_checked(database: TestDatabase) {
    let store = database.open().await;
    let command = append("ticket", "a", 0, 1).key("message", "m1", "v1").done();
    store.log().append(command.clone()).await.expect("appended");
    let mut elsewhere = command.clone();
    elsewhere.writes = append("ticket", "b", 5, 3).done().writes;
    let again = store.log().append(elsewhere).await.expect("the first answer");
    assert!(again.repeated);
    assert_eq!(again.last_position, 1);
    assert_eq!(check_log(store.log()).await.len(), 1);
}

async fn another_fingerprint_is_a_mismatch(database: TestDatabase) {
    let store = database.open().await;
    let id = ids::fresh();
    let command = |text: &str| append("ticket", "a", 0, 1).command(id).fingerprint(text).done();
    store.log().append(command("one")).await.expect("appended");
    let answer = store.log().append(command("two")).await;
    assert!(
        matches!(answer, Err(AppendError::IdempotencyMismatch { command_id }) if command_id == id),
        "{answer:?}"
    );
    assert!(store.log().append(command("one")).await.expect("the first answer").repeated);
    assert_eq!(check_log(store.log()).await.len(), 1);
}

async fn repeats_at_the_same_time_write_once(database: TestDatabase) {
    let store = database.open().await;
    for round in 0..10 {
        let id = ids::fresh();
        let mut repeats = JoinSet::new();
        for n in 0..12 {
            let log = store.log().clone();
            let fingerprint = if n % 4 == 3 { "other" } else { "same" };
            let stream = format!("t{round}");
            repeats.spawn(async move {
                let command = append("ticket", &stream, 0, 2).command(id).fingerprint(fingerprint);
                (fingerprint, log.append(command.done()).await)
            });
        }
        let answers = repeats.join_all().await;
        let first: Vec<_> =
            answers.iter().filter(|(_, a)| a.as_ref().is_ok_and(|done| !done.repeated)).collect();
        assert_eq!(first.len(), 1, "one of them did it");
        let (won, done) = (first[0].0, first[0].1.as_ref().expect("done"));
        for (fingerprint, answer) in &answers {
            match answer {
                Ok(same) => {
                    assert_eq!(fingerprint, &won);
                    assert_eq!(same.last_position, done.last_position);
                }
                Err(AppendError::IdempotencyMismatch { .. }) => assert_ne!(fingerprint, &won),
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert_eq!(check_log(store.log()).await.len(), 20);
}

async fn repeats_through_two_stores_write_once(database: TestDatabase) {
    let store = database.open().await;
    let beside = database.open_beside().await;
    for round in 0..20 {
        let stream = format!("t{round}");
        let command = append("ticket", &stream, 0, 1).key("k", &stream, "v").done();
        let (here, there) =
            tokio::join!(store.log().append(command.clone()), beside.log().append(command.clone()));
        let here = here.expect("appended");
        match there {
            Ok(there) => {
                assert_ne!(here.repeated, there.repeated, "one did it, one repeats");
                assert_eq!(here.last_position, there.last_position);
            }
            Err(AppendError::ReadOnly) => assert!(!here.repeated),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(check_log(store.log()).await.len(), 20);
}

async fn refused_command_may_be_tried_again(database: TestDatabase) {
    let store = database.open().await;
    let id = ids::fresh();
    let refused = store.log().append(append("ticket", "a", 4, 1).command(id).done()).await;
    assert!(matches!(refused, Err(AppendError::Conflict { .. })), "{refused:?}");
    let done = store.log().append(append("ticket", "a", 0, 1).command(id).done()).await;
    assert!(!done.expect("appended").repeated);
}

async fn find_command_knows_what_was_done(database: TestDatabase) {
    let store = database.open().await;
    let command = append("ticket", "a", 0, 2).fingerprint("f").outcome("{}").done();
    let id = command.command_id;
    assert!(store.log().find_command(id).await.expect("a lookup").is_none());
    let done = store.log().append(command).await.expect("appended");
    let found = store.log().find_command(id).await.expect("a lookup").expect("the command");
    assert_eq!(found.fingerprint, "f");
    assert_eq!(found.appended.last_position, done.last_position);
    assert_eq!(found.appended.versions, done.versions);
    assert_eq!(found.appended.outcome.as_deref(), Some("{}"));
}
