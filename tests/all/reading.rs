//! Reading: pages, filters, streams, waiting, following.

use std::time::Duration;

use casebook_store::log::{Cursor, CursorError, Filter, StreamId, StreamPart};
use casebook_store::{Store, StoreError, count_statements};
use casebook_tests::builders::event_with;
use casebook_tests::{TestDatabase, append, both_databases};
use futures::StreamExt;

both_databases!(
    pages_follow_each_other,
    filters_choose_and_combine,
    sparse_filter_advances_to_the_end,
    streams_are_read_from_any_version,
    several_streams_are_read_up_to_a_position,
    parts_of_streams_are_read_in_one_statement,
    waiting_ends_when_the_position_is_reached,
    waiting_in_vain_ends,
    appends_elsewhere_wake_up_waiters,
    subscription_is_a_stream_too,
    cursors_belong_to_one_log,
);

async fn filled(database: &TestDatabase, appends: usize) -> Store {
    let store = database.open().await;
    for n in 0..appends {
        let kind = ["ticket", "conversation", "contact"][n % 3];
        let name = if n % 50 == 49 { "Rare" } else { "Common" };
        let command = append(kind, &n.to_string(), 0, 1)
            .events(vec![event_with(name, "{}"), event_with("Second", "{}")])
            .tenant(["one", "two"][n % 2]);
        store.log().append(command.done()).await.expect("appended");
    }
    store
}

async fn pages_follow_each_other(database: TestDatabase) {
    let store = filled(&database, 20).await;
    let all = Filter::default();
    let mut after = 0;
    for _ in 0..5 {
        let page = store.log().read(after, &all, 7).await.expect("a page");
        let positions: Vec<_> = page.events.iter().map(|event| event.position).collect();
        let due: Vec<_> = (after + 1..=40.min(after + 7)).collect();
        assert_eq!(positions, due);
        after += positions.len() as u64;
        assert_eq!(page.reached, after);
    }
    let end = store.log().read(40, &all, 7).await.expect("a page");
    assert!(end.events.is_empty() && end.reached == 40);
    let beyond = store.log().read(4_000, &all, 7).await.expect("a page");
    assert!(beyond.events.is_empty(), "nothing lies beyond the end");
}

async fn filters_choose_and_combine(database: TestDatabase) {
    let store = filled(&database, 60).await;
    let words = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let cases = [
        (Filter { event_types: words(&["Rare"]), ..Filter::default() }, 1),
        (Filter { event_types: words(&["Rare", "Second"]), ..Filter::default() }, 61),
        (Filter { stream_kinds: words(&["ticket"]), ..Filter::default() }, 40),
        (Filter { stream_kinds: words(&["ticket", "contact"]), ..Filter::default() }, 80),
        (Filter { tenant: Some("one".to_owned()), ..Filter::default() }, 60),
        (
            Filter {
                tenant: Some("two".to_owned()),
                stream_kinds: words(&["contact"]),
                event_types: words(&["Second"]),
            },
            10,
        ),
        (Filter { tenant: Some("three".to_owned()), ..Filter::default() }, 0),
    ];
    for (filter, count) in cases {
        let page = store.log().read(0, &filter, 1_000).await.expect("a page");
        assert_eq!(page.events.len(), count, "{filter:?}");
        for event in &page.events {
            assert!(filter.tenant.as_ref().is_none_or(|tenant| *tenant == event.tenant));
        }
        assert!(page.events.is_sorted_by_key(|event| event.position));
        assert_eq!(page.reached, 120, "the page is complete to the end of the log");
    }
}

async fn sparse_filter_advances_to_the_end(database: TestDatabase) {
    let store = filled(&database, 120).await;
    let filter = Filter { event_types: vec!["Rare".to_owned()], ..Filter::default() };
    let (mut after, mut found) = (0, Vec::new());
    while after < 240 {
        let page = store.log().read(after, &filter, 1).await.expect("a page");
        assert!(page.reached > after, "a page without events still goes on");
        assert!(page.events.iter().all(|e| after < e.position && e.position <= page.reached));
        found.extend(page.events.iter().map(|event| event.position));
        after = page.reached;
    }
    assert_eq!(found, [99, 199]);
}

async fn streams_are_read_from_any_version(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append("ticket", "a", 0, 9).done()).await.expect("appended");
    store.log().append(append("ticket", "b", 0, 2).done()).await.expect("appended");
    let a = StreamId::new("ticket", "a");
    let cases: [(u64, usize, &[u64]); 5] = [
        (0, 100, &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (3, 2, &[4, 5]),
        (8, 5, &[9]),
        (9, 5, &[]),
        (50, 5, &[]),
    ];
    for (after, limit, versions) in cases {
        let events = store.log().read_stream(&a, after, limit).await.expect("the stream");
        let found: Vec<_> = events.iter().map(|event| event.version).collect();
        assert_eq!(found, versions, "after {after}, at most {limit}");
    }
    let none = store.log().read_stream(&StreamId::new("a", "ticket"), 0, 9).await.expect("none");
    assert!(none.is_empty());
}

async fn parts_of_streams_are_read_in_one_statement(database: TestDatabase) {
    let store = filled(&database, 60).await;
    let all = store.log().read(0, &Filter::default(), 1_000).await.expect("a page").events;
    let part = |kind: &str, id: &str, after, up_to| StreamPart {
        stream: StreamId::new(kind, id),
        after,
        up_to,
    };
    let parts = [
        part("ticket", "3", 0, 1),
        part("ticket", "48", 1, 9),
        part("contact", "5", 0, 9),
        part("ticket", "57", 5, 5),
        part("none", "57", 0, 9),
    ];
    let (found, statements) = count_statements(store.log().read_parts(&parts)).await;
    let found = found.expect("events");
    let wanted = |event: &&casebook_store::StoredEvent| {
        parts.iter().any(|part| {
            part.stream == event.stream && event.version > part.after && event.version <= part.up_to
        })
    };
    let due: Vec<_> = all.iter().filter(wanted).cloned().collect();
    assert!(due.len() == 4 && found == due, "{found:?}");
    assert_eq!(statements, 1);
    assert!(store.log().read_parts(&[]).await.expect("events").is_empty());
    let many = vec![part("ticket", "3", 0, 1); casebook_store::log::MAX_STREAMS + 1];
    let refused = store.log().read_parts(&many).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}

async fn several_streams_are_read_up_to_a_position(database: TestDatabase) {
    let store = filled(&database, 60).await;
    let all = store.log().read(0, &Filter::default(), 1_000).await.expect("a page").events;
    let ids: Vec<String> = ["0", "3", "48", "57", "1", "none"].map(str::to_owned).to_vec();
    for (types, up_to) in [(&["Common", "Second"][..], 98), (&["Second"][..], 120)] {
        let found = store.log().read_streams("ticket", &ids, types, up_to).await.expect("events");
        let wanted = |event: &&casebook_store::StoredEvent| {
            event.stream.kind == "ticket"
                && ids.contains(&event.stream.id)
                && types.contains(&event.event_type.as_str())
                && event.position <= up_to
        };
        let due: Vec<_> = all.iter().filter(wanted).cloned().collect();
        assert!(due.len() >= 4 && found == due, "{found:?}");
    }
    let none = store.log().read_streams("ticket", &[], &["Common"], 120).await.expect("events");
    assert!(none.is_empty());
    let many = vec![String::new(); casebook_store::log::MAX_STREAMS + 1];
    let refused = store.log().read_streams("ticket", &many, &["Common"], 120).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}

async fn waiting_ends_when_the_position_is_reached(database: TestDatabase) {
    let store = database.open().await;
    let log = store.log().clone();
    log.wait_for(0, Duration::ZERO).await.expect("the start is always reached");
    let waiter = tokio::spawn(async move { log.wait_for(3, Duration::from_secs(90)).await });
    for _ in 0..3 {
        assert!(!waiter.is_finished());
        let command = append("ticket", "a", 0, 1).any_version().done();
        store.log().append(command).await.expect("appended");
    }
    waiter.await.expect("no panic").expect("reached");
    store.log().wait_for(3, Duration::ZERO).await.expect("reached already");
}

async fn waiting_in_vain_ends(database: TestDatabase) {
    let store = database.open().await;
    let answer = store.log().wait_for(1, Duration::from_millis(30)).await;
    assert!(matches!(answer, Err(StoreError::Timeout { position: 1 })), "{answer:?}");
}

async fn appends_elsewhere_wake_up_waiters(database: TestDatabase) {
    let store = database.open().await;
    let beside = database.open_beside().await;
    let mut subscription = beside.log().subscribe(0, Filter::default());
    for round in 1..=5 {
        let log = beside.log().clone();
        let waiter =
            tokio::spawn(async move { log.wait_for(round, Duration::from_secs(90)).await });
        let command = append("ticket", "a", 0, 1).any_version().done();
        store.log().append(command).await.expect("appended");
        waiter.await.expect("no panic").expect("reached in the other store");
        let page = subscription.next_page().await.expect("a page");
        assert_eq!(page.reached, round);
    }
}

async fn subscription_is_a_stream_too(database: TestDatabase) {
    let store = filled(&database, 10).await;
    let filter = Filter { event_types: vec!["Second".to_owned()], ..Filter::default() };
    let mut pages = Box::pin(store.log().subscribe(4, filter).into_stream());
    let mut positions = Vec::new();
    while positions.len() < 8 {
        let page = pages.next().await.expect("it never ends").expect("a page");
        positions.extend(page.events.iter().map(|event| event.position));
    }
    assert_eq!(positions, [6, 8, 10, 12, 14, 16, 18, 20]);
}

async fn cursors_belong_to_one_log(database: TestDatabase) {
    let store = filled(&database, 2).await;
    let (id, last) = (store.log().log_id(), 4);
    let cursor = Cursor { log_id: id, position: 3 };
    let same: Cursor = cursor.to_string().parse().expect("a cursor");
    assert_eq!(same.position_in(id, last), Ok(3));
    let beyond = Cursor { log_id: id, position: 5 };
    assert_eq!(beyond.position_in(id, last), Err(CursorError::Beyond { given: 5, last: 4 }));
    let beside = database.open_beside().await;
    assert_eq!(beside.log().log_id(), id, "all processes see the same log");
    store.close().await;
    assert_eq!(database.open().await.log().log_id(), id, "a restart keeps it");
}
