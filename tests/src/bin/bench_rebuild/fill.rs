//! Fills a log with the events that mails make, as fast as the log takes them.

use casebook_projections::testing::{History, Mail};
use casebook_tests::TestDatabase;

/// Appends that wait for the log at the same time.
const WRITERS: u64 = 64;
/// Mails of one writer between two looks at how far the log has come; whole threads of ten.
const MAILS: u64 = 50;

/// Appends until there are at least `events` events; returns how many there are.
pub async fn fill(database: &TestDatabase, events: u64) -> u64 {
    let store = database.open().await;
    let (mut mails, mut last) = (0, 0);
    while last < events {
        let tasks: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (store, from) = (store.clone(), mails + writer * MAILS);
                tokio::spawn(async move { history(from).append(&store).await })
            })
            .collect();
        for task in tasks {
            task.await.expect("no writer fails").expect("appended");
        }
        mails += WRITERS * MAILS;
        last = store.log().last_position().await.expect("the last position");
        eprint!("\r{:?}: {last} of {events} events", database.dialect());
    }
    eprintln!();
    store.close().await;
    last
}

/// What the mails from this number make: of ten, two are gated and three answer earlier ones.
fn history(from: u64) -> History {
    let mut history = History::new();
    for number in from..from + MAILS {
        let mut mail = Mail::new("tenant-a", number);
        mail.text = text(number);
        let mail = match number % 10 {
            1 => mail.gated(&["health_blood", "legal_threat"]),
            5 => mail.gated(&["complaint_formal"]),
            6..=8 => mail.in_thread(number - 5),
            _ => mail,
        };
        mail.add_to(&mut history);
    }
    history
}

/// About 300 bytes that begin differently for each mail.
fn text(number: u64) -> String {
    format!(
        "Hello, this is about box {number}. Could you tell me when it is going to leave the \
         warehouse? We moved house last month and I am not sure that the new address has reached \
         you. The tracking page has said the same thing since Monday morning, and our neighbour \
         is away until the end of the week. Kind regards, customer {number}"
    )
}
