//! Makes a database with sample aggregates for other readers, and says what is in it.
//!
//! Usage: `sample_log sqlite|postgres`. Prints the address, one aggregate a line as JSON, and
//! `end`; the database goes when standard input is closed.

use std::collections::BTreeSet;

use casebook_domain::contact::Contact;
use casebook_domain::conversation::Conversation;
use casebook_domain::event::LogEvent;
use casebook_domain::ticket::Ticket;
use casebook_store::{Aggregates, Expected, Store};
use casebook_tests::forms::to_new;
use casebook_tests::tally::{Tally, TallyEvent};
use casebook_tests::workload::{COMMANDS, LoadTicket};
use casebook_tests::{TestDatabase, append};
use cqrs_es::Aggregate;
use serde_json::json;

#[tokio::main]
async fn main() {
    let database = match std::env::args().nth(1).as_deref() {
        Some("sqlite") => TestDatabase::sqlite().await,
        Some("postgres") => TestDatabase::postgres().await,
        _ => panic!("usage: sample_log sqlite|postgres"),
    };
    println!("{}", database.url());
    let store = database.open().await;
    for n in 0..12_u64 {
        add_tally(&store, n).await;
        add_ticket(&store, n).await;
    }
    for n in 0..12_u64 {
        show::<Tally>(&store, &format!("tally-{n}")).await;
        show::<LoadTicket>(&store, &format!("ticket-{n}")).await;
    }
    show_domain(&store).await;
    println!("end");
    let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    store.close().await;
}

/// A stream of several appends of several events.
async fn add_tally(store: &Store, n: u64) {
    for round in 0..=n {
        let events = (1..=n + 1).map(|by| to_new(&TallyEvent::Counted { by })).collect();
        let command = append(Tally::TYPE, &format!("tally-{n}"), round * (n + 1), 1).events(events);
        store.log().append(command.done()).await.expect("appended");
    }
}

/// Tickets at every stage, each append together with a stream of another kind.
async fn add_ticket(store: &Store, n: u64) {
    let (id, mut ticket) = (format!("ticket-{n}"), LoadTicket::default());
    for (version, command) in (0..).zip(COMMANDS).take(1 + n as usize % COMMANDS.len()) {
        let event = ticket.decide(command).expect("commands come in order");
        let command = append(LoadTicket::TYPE, &id, version, 1).events(vec![to_new(&event)]).also(
            "beside",
            &id,
            Expected::Any,
            vec![casebook_tests::event(1)],
        );
        store.log().append(command.done()).await.expect("appended");
        ticket.apply(event);
    }
}

/// The aggregates that mails of every kind make.
async fn show_domain(store: &Store) {
    let history = casebook_projections::testing::mixed(1, 60);
    history.append(store).await.expect("appended");
    let streams: BTreeSet<(String, String)> = history
        .recorded()
        .into_iter()
        .map(|recorded| (recorded.stream.kind, recorded.stream.id))
        .collect();
    for (kind, id) in streams {
        match kind.as_str() {
            Contact::TYPE => show::<Contact>(store, &id).await,
            Conversation::TYPE => show::<Conversation>(store, &id).await,
            Ticket::TYPE => show::<Ticket>(store, &id).await,
            other => panic!("a stream of kind {other} has no reader here"),
        }
    }
}

async fn show<A: Aggregate + Clone>(store: &Store, id: &str)
where
    A::Event: LogEvent,
{
    let loaded = Aggregates::<A>::new(store.log().clone(), 1).load(id).await.expect("loaded");
    let (version, state) = (loaded.version, &*loaded.state);
    println!("{}", json!({"kind": A::TYPE, "id": id, "version": version, "state": state}));
}
