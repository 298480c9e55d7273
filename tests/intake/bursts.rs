//! Bursts of one person over two processes: nobody is told to come again.

use casebook_app::IntakeSettings;
use casebook_tests::desk::{Desk, DeskParts, receive};
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, postgres_only};
use tokio::task::JoinSet;

postgres_only!(burst_of_one_person_over_two_processes_is_taken_in);

/// Mails of the burst, half of them at each process.
const MAILS: usize = 60;

async fn burst_of_one_person_over_two_processes_is_taken_in(database: TestDatabase) {
    // With one retry only, whoever loses once has to have a turn of its own.
    let parts = || {
        let intake = IntakeSettings { conflict_retries_max: 1, ..IntakeSettings::default() };
        DeskParts { intake, ..DeskParts::default() }
    };
    let desk = Desk::with(database, parts()).await;
    let beside = desk.try_on(desk.database.open_beside().await, parts()).await;
    let apps = [desk.app.clone(), beside.expect("a second process")];
    let mut tasks = JoinSet::new();
    for n in 0..MAILS {
        let app = apps[n % 2].clone();
        tasks.spawn(async move { receive(&app, &mail(&format!("m{n}"))).await });
    }
    let answers = tasks.join_all().await;
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(refused.is_empty(), "{} of {MAILS} refused: {:?}", refused.len(), refused[0]);
    let counted = desk.log().await.iter().filter(|e| e.event_type == "ContactWrote").count();
    assert_eq!(counted, MAILS, "each is counted once");
}
