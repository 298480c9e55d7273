//! Many writers at once, and readers that follow them.

use std::collections::HashMap;

use casebook_store::log::{AppendError, Filter, StoredEvent};
use casebook_store::{Dialect, Log, Store};
use casebook_tests::inspect::check_log;
use casebook_tests::{TestDatabase, append, both_databases};
use tokio::task::JoinSet;

both_databases!(
    twenty_writers_race_for_each_version,
    twenty_writers_lose_nothing,
    readers_follow_thirty_two_writers,
);

const WRITERS: usize = 20;

/// The stores through which writers compete: two on PostgreSQL, as two processes would.
async fn writing_stores(database: &TestDatabase) -> Vec<Store> {
    match database.dialect() {
        Dialect::Sqlite => vec![database.open().await],
        Dialect::Postgres => vec![database.open().await, database.open().await],
    }
}

async fn twenty_writers_race_for_each_version(database: TestDatabase) {
    let stores = writing_stores(&database).await;
    for version in 0..25 {
        let mut race = JoinSet::new();
        for writer in 0..WRITERS {
            let log = stores[writer % stores.len()].log().clone();
            race.spawn(async move { log.append(append("ticket", "a", version, 1).done()).await });
        }
        let mut winners = 0;
        while let Some(answer) = race.join_next().await {
            match answer.expect("no panic") {
                Ok(done) => {
                    assert_eq!(done.versions[0].version, version + 1);
                    winners += 1;
                }
                Err(AppendError::Conflict { expected, present, .. }) => {
                    assert_eq!((expected, present), (version, version + 1));
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(winners, 1, "version {} has one winner", version + 1);
    }
    assert_eq!(check_log(stores[0].log()).await.len(), 25);
}

async fn twenty_writers_lose_nothing(database: TestDatabase) {
    const EACH: usize = 15;
    let stores = writing_stores(&database).await;
    let mut race = JoinSet::new();
    for writer in 0..WRITERS {
        let log = stores[writer % stores.len()].log().clone();
        race.spawn(async move {
            let (mut won, mut version) = (Vec::new(), 0);
            while won.len() < EACH {
                let command = append("ticket", "a", version, 1).done();
                let id = command.command_id;
                match log.append(command).await {
                    Ok(done) => {
                        version = done.versions[0].version;
                        won.push((version, id));
                    }
                    Err(AppendError::Conflict { present, .. }) => version = present,
                    Err(error) => panic!("{error}"),
                }
            }
            won
        });
    }
    let mut won: Vec<_> = race.join_all().await.into_iter().flatten().collect();
    won.sort_unstable();
    let stored: Vec<_> =
        check_log(stores[0].log()).await.iter().map(|e| (e.version, e.command_id)).collect();
    assert_eq!(won, stored, "each told success is in the log, and nothing else is");
}

async fn readers_follow_thirty_two_writers(database: TestDatabase) {
    const EACH: usize = 30;
    let stores = writing_stores(&database).await;
    let beside = database.open_beside().await;
    for n in 0..50 {
        stores[0].log().append(append("before", &n.to_string(), 0, 2).done()).await.expect("done");
    }
    let only_tickets = Filter { stream_kinds: vec!["ticket".to_owned()], ..Filter::default() };
    let last_kind = Filter { event_types: vec!["Last".to_owned()], ..Filter::default() };
    let readers = [
        (stores[0].log(), 0, Filter::default()),
        (stores[0].log(), 77, Filter::default()),
        (beside.log(), 0, Filter::default()),
        (beside.log(), 99, only_tickets),
        (beside.log(), 0, last_kind),
    ];
    let following: Vec<_> = readers
        .iter()
        .map(|(log, after, filter)| tokio::spawn(follow((*log).clone(), *after, filter.clone())))
        .collect();

    let mut writers = JoinSet::new();
    for writer in 0..32 {
        writers.spawn(write_many(stores[writer % stores.len()].log().clone(), writer, EACH));
    }
    writers.join_all().await;
    let end = casebook_tests::builders::event_with("Last", "{}");
    let end = append("end", "end", 0, 1).events(vec![end]).done();
    stores[0].log().append(end).await.expect("appended");

    let all = check_log(stores[0].log()).await;
    for ((_, after, filter), seen) in readers.iter().zip(following) {
        let seen = seen.await.expect("the reader ends well");
        let due: Vec<_> =
            all.iter().filter(|e| e.position > *after && passes(filter, e)).cloned().collect();
        assert_eq!(seen, due, "a reader from {after} sees each event once and in order");
    }
}

async fn write_many(log: Log, writer: usize, count: usize) {
    let mut versions: HashMap<String, u64> = HashMap::new();
    for n in 0..count {
        let kind = if n % 2 == 0 { "ticket" } else { "conversation" };
        let id = format!("w{writer}-{}", n % 5);
        let version = versions.entry(format!("{kind}/{id}")).or_default();
        let done = log.append(append(kind, &id, *version, 1 + n % 3).done()).await.expect("done");
        *version = done.versions[0].version;
    }
}

/// Reads by subscription until the event `Last` has passed by.
async fn follow(log: Log, after: u64, filter: Filter) -> Vec<StoredEvent> {
    let ends_at_ticket = filter.stream_kinds.len() == 1;
    let mut subscription = log.subscribe(after, filter);
    let (mut seen, mut reached) = (Vec::new(), after);
    loop {
        let page = subscription.next_page().await.expect("a page");
        assert!(page.reached >= reached, "a subscription goes forward");
        reached = page.reached;
        let last = page.events.iter().any(|event| event.event_type == "Last");
        seen.extend(page.events);
        // A filter that hides the end is over when the end lies behind what was reached.
        if last || (ends_at_ticket && ended_before(&log, reached).await) {
            return seen;
        }
    }
}

async fn ended_before(log: &Log, reached: u64) -> bool {
    let end = casebook_store::log::StreamId::new("end", "end");
    let events = log.read_stream(&end, 0, 1).await.expect("the stream");
    events.first().is_some_and(|event| event.position <= reached)
}

fn passes(filter: &Filter, event: &StoredEvent) -> bool {
    let among = |list: &[String], value: &str| list.is_empty() || list.iter().any(|x| x == value);
    among(&filter.event_types, &event.event_type) && among(&filter.stream_kinds, &event.stream.kind)
}
