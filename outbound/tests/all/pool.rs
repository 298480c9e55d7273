//! Connections are kept, limited and replaced.

use std::sync::Arc;
use std::time::{Duration, Instant};

use casebook_outbound::catcher::{CatcherSettings, Fault, Script, Step};

use crate::line::Line;

#[tokio::test]
async fn mails_in_a_row_share_a_connection() {
    let line = Line::scripted([[]]).await;
    for _ in 0..20 {
        line.send().await.expect("taken");
    }
    assert_eq!((line.caught().len(), line.catcher.connections()), (20, 1));
}

#[tokio::test]
async fn no_connection_is_kept_when_none_shall_be() {
    let catcher = CatcherSettings::default();
    let line = Line::with(
        catcher,
        |mut settings| {
            settings.idle_seconds = 0;
            settings
        },
        None,
    )
    .await;
    for _ in 0..3 {
        line.send().await.expect("taken");
    }
    assert_eq!(line.catcher.connections(), 3);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced_unnoticed() {
    let line = Line::scripted([[]]).await;
    line.send().await.expect("taken");
    line.catcher.hang_up();
    assert_eq!(line.send().await.as_deref(), Ok("250 2.0.0 kept"));
    assert_eq!((line.caught().len(), line.catcher.connections()), (2, 2));
}

#[tokio::test]
async fn a_kept_connection_that_says_goodbye_or_nonsense_is_replaced() {
    // The first answer at each step is for the first mail.
    let odd = [
        vec![Fault::say(Step::Mail, "250 ok"), Fault::say(Step::Mail, "421 4.4.2 too long idle")],
        vec![Fault::say(Step::Kept, "250 2.0.0 kept\r\n250 2.0.0 and once more")],
        vec![Fault::say(Step::Rcpt, "250 ok"), Fault::close(Step::Rcpt)],
        vec![Fault::say(Step::Mail, "250 ok"), Fault::silence(Step::Mail)],
    ];
    // A script that says something positive goes on as usual.
    for faults in odd {
        let line = Line::scripted([faults]).await;
        line.send().await.expect("the first mail");
        assert_eq!(line.send().await.as_deref(), Ok("250 2.0.0 kept"));
        assert_eq!((line.caught().len(), line.catcher.connections()), (2, 2));
    }
}

#[tokio::test]
async fn what_may_have_been_taken_is_not_sent_again_by_itself() {
    let line = Line::scripted([[Fault::say(Step::Kept, "250 ok"), Fault::close(Step::Kept)]]).await;
    line.send().await.expect("the first mail");
    assert!(line.send().await.expect_err("no answer").uncertain);
    assert_eq!((line.caught().len(), line.catcher.connections()), (2, 1));
}

#[tokio::test]
async fn connections_at_once_are_limited() {
    let slow = Script::new([Fault::delay(Step::Kept, Duration::from_millis(50))]);
    let catcher = CatcherSettings { scripts: vec![slow; 3], ..CatcherSettings::default() };
    let line = Line::with(
        catcher,
        |mut settings| {
            settings.connections_max = 3;
            settings
        },
        None,
    )
    .await;
    let line = Arc::new(line);
    let mails: Vec<_> = (0..24)
        .map(|_| {
            let line = Arc::clone(&line);
            tokio::spawn(async move { line.send().await })
        })
        .collect();
    for mail in mails {
        mail.await.expect("no panic").expect("taken");
    }
    assert_eq!((line.caught().len(), line.catcher.connections()), (24, 3));
}

#[tokio::test]
async fn the_end_of_a_mail_is_not_held_back() {
    let line = Line::scripted([[]]).await;
    let mut times = Vec::new();
    for _ in 0..31 {
        let start = Instant::now();
        line.send().await.expect("taken");
        times.push(start.elapsed());
    }
    times.sort();
    // A write that waits for the acknowledgement of the one before it takes 40 ms.
    assert!(times[15] < Duration::from_millis(30), "{times:?}");
}
