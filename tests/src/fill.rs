//! Fills a log with the events that mails make, as fast as the log takes them.

use crate::TestDatabase;
use casebook_domain::ticket::{Ended, TicketEvent};
use casebook_projections::testing::{History, Mail};

/// Appends that wait for the log at the same time.
const WRITERS: u64 = 64;
/// Mails of one writer between two looks at how far the log has come; whole threads of ten.
const MAILS: u64 = 50;

/// Tenant of all mails but those of [`fill_tickets`].
pub const TENANT: &str = "tenant-a";
/// Mails after which a ticket is closed, where tickets are: what was appended two rounds before.
const CLOSED_AFTER: u64 = 2 * WRITERS * MAILS;

/// Appends until there are at least `events` events; returns how many there are. No ticket is ever
/// closed.
pub async fn fill(database: &TestDatabase, events: u64) -> u64 {
    append(database, events, history).await.0
}

/// The same with tickets that are closed after a while; returns the number of mails, too.
pub async fn fill_closing(database: &TestDatabase, events: u64) -> (u64, u64) {
    append(database, events, |from| {
        let mut history = history(from);
        for number in (from..from + MAILS).filter_map(|number| number.checked_sub(CLOSED_AFTER)) {
            close(&mut history, &mail(number));
        }
        history
    })
    .await
}

/// Appends tickets of a tenant without what stands around them, two of ten gated, until there are
/// at least `tickets`.
pub async fn fill_tickets(database: &TestDatabase, tenant: &'static str, tickets: u64) {
    let history = move |from| {
        let mut history = History::new();
        for number in from..from + MAILS {
            let mut mail = Mail::new(tenant, number);
            mail.text = text(number);
            let mail = if number % 5 == 1 { mail.gated(&["health_blood"]) } else { mail };
            mail.add_ticket_to(&mut history);
        }
        history
    };
    // Each gated ticket is decided by a second event.
    append(database, tickets + tickets / 5, history).await;
}

async fn append(
    database: &TestDatabase,
    events: u64,
    history: impl Fn(u64) -> History + Copy + Send + 'static,
) -> (u64, u64) {
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
    (last, mails)
}

/// Closes the ticket that a mail opened, if it did.
fn close(history: &mut History, mail: &Mail) {
    if mail.thread == mail.number {
        history.begin_in(TENANT, mail.conversation_id());
        let ended = Ended { at: mail.at };
        history.push(mail.ticket_id(), &TicketEvent::TicketClosed(ended));
    }
}

/// What the mails from this number make: of ten, two are gated and three answer earlier ones.
fn history(from: u64) -> History {
    let mut history = History::new();
    for number in from..from + MAILS {
        mail(number).add_to(&mut history);
    }
    history
}

fn mail(number: u64) -> Mail {
    let mut mail = Mail::new(TENANT, number);
    mail.text = text(number);
    match number % 10 {
        1 => mail.gated(&["health_blood", "legal_threat"]),
        5 => mail.gated(&["complaint_formal"]),
        6..=8 => mail.in_thread(number - 5),
        _ => mail,
    }
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
