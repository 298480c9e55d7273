//! Appends: atomic over their streams, versions checked, positions and columns as promised.

use casebook_store::log::{AppendError, Expected, StreamId};
use casebook_tests::builders::{TENANT, event_with};
use casebook_tests::inspect::{check_log, read_all};
use casebook_tests::{TestDatabase, append, both_databases, event};

both_databases!(
    first_append_answers_positions_and_versions,
    several_streams_share_one_append,
    conflict_on_one_stream_leaves_the_others_untouched,
    conflict_names_the_present_version,
    any_version_appends_at_the_end,
    stored_events_carry_what_was_appended,
    senseless_appends_are_invalid,
    bad_append_does_not_harm_its_neighbours,
);

async fn first_append_answers_positions_and_versions(database: TestDatabase) {
    let store = database.open().await;
    let first = store.log().append(append("ticket", "a", 0, 3).done()).await.expect("appended");
    assert_eq!((first.first_position, first.last_position), (1, 3));
    assert_eq!(first.versions[0].stream, StreamId::new("ticket", "a"));
    assert_eq!(first.versions[0].version, 3);
    assert!(!first.repeated);
    let second = store.log().append(append("ticket", "a", 3, 1).done()).await.expect("appended");
    assert_eq!((second.first_position, second.last_position), (4, 4));
    assert_eq!(second.versions[0].version, 4);
    assert_eq!(store.log().last_position().await.expect("the last position"), 4);
    check_log(store.log()).await;
}

async fn several_streams_share_one_append(database: TestDatabase) {
    let store = database.open().await;
    let command = append("ticket", "a", 0, 2)
        .also("conversation", "a", Expected::Version(0), vec![event(1)])
        .also("contact", "x", Expected::Any, vec![event(1), event(2)]);
    let done = store.log().append(command.done()).await.expect("appended");
    assert_eq!((done.first_position, done.last_position), (1, 5));
    let versions: Vec<_> =
        done.versions.iter().map(|v| (v.stream.to_string(), v.version)).collect();
    let expected = [("ticket/a", 2), ("conversation/a", 1), ("contact/x", 2)];
    assert_eq!(versions, expected.map(|(stream, version)| (stream.to_owned(), version)));
    let order: Vec<_> =
        check_log(store.log()).await.iter().map(|event| event.stream.to_string()).collect();
    assert_eq!(order, ["ticket/a", "ticket/a", "conversation/a", "contact/x", "contact/x"]);
}

async fn conflict_on_one_stream_leaves_the_others_untouched(database: TestDatabase) {
    let store = database.open().await;
    store.log().append(append("ticket", "b", 0, 4).done()).await.expect("appended");
    let command = append("ticket", "a", 0, 1)
        .also("ticket", "b", Expected::Version(2), vec![event(1)])
        .also("ticket", "c", Expected::Version(0), vec![event(1)])
        .key("message", "m", "v")
        .done();
    let id = command.command_id;
    let error = store.log().append(command).await.expect_err("a conflict");
    assert!(
        matches!(&error, AppendError::Conflict { stream, expected: 2, present: 4 }
            if *stream == StreamId::new("ticket", "b")),
        "{error:?}"
    );
    assert_eq!(check_log(store.log()).await.len(), 4);
    assert!(store.log().find_command(id).await.expect("a lookup").is_none());
    assert_eq!(store.log().find_key(TENANT, "message", "m").await.expect("a lookup"), None);
    let next = store.log().append(append("ticket", "a", 0, 1).done()).await.expect("appended");
    assert_eq!(next.first_position, 5, "a refused append uses no position");
}

async fn conflict_names_the_present_version(database: TestDatabase) {
    let store = database.open().await;
    for (expected, present) in [(1, 0), (7, 0)] {
        let error = store.log().append(append("ticket", "a", expected, 1).done()).await;
        let Err(AppendError::Conflict { present: found, .. }) = error else {
            panic!("{error:?} instead of a conflict")
        };
        assert_eq!(found, present);
    }
    store.log().append(append("ticket", "a", 0, 2).done()).await.expect("appended");
    for expected in [0, 1, 3] {
        let error = store.log().append(append("ticket", "a", expected, 1).done()).await;
        let Err(AppendError::Conflict { present, .. }) = error else {
            panic!("{error:?} instead of a conflict")
        };
        assert_eq!(present, 2);
    }
}

async fn any_version_appends_at_the_end(database: TestDatabase) {
    let store = database.open().await;
    for version in 1..=3 {
        let command = append("ticket", "a", 99, 1).any_version().done();
        let done = store.log().append(command).await.expect("appended");
        assert_eq!(done.versions[0].version, version);
    }
}

async fn stored_events_carry_what_was_appended(database: TestDatabase) {
    let store = database.open().await;
    // Space, key order, number form and an escaped NUL must come back byte for byte.
    let payload =
        r#"{ "Odd" : {"z":1.0, "a":1e3,"a":"é\u0000\ud83d\ude00",  "n":12345678901234567890}}"#;
    let event = event_with("Odd", payload);
    let command = append("ticket", "a", 0, 1)
        .events(vec![event.clone()])
        .metadata("correlation_id", "c-1")
        .tenant("über")
        .done();
    let done = store.log().append(command.clone()).await.expect("appended");
    let stored = read_all(store.log()).await.remove(0);
    assert_eq!(stored.payload, payload);
    assert_eq!((stored.event_type.as_str(), stored.event_version.as_str()), ("Odd", "1"));
    assert_eq!((stored.tenant.as_str(), stored.command_id), ("über", command.command_id));
    assert_eq!(stored.recorded_at, done.recorded_at);
    let metadata: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&stored.metadata).expect("a flat map of strings");
    assert_eq!(metadata["correlation_id"], "c-1");
    assert_eq!(metadata["actor"], "agent:test");
    assert_eq!(metadata["event_id"], event.event_id.to_string());
}

async fn senseless_appends_are_invalid(database: TestDatabase) {
    let store = database.open().await;
    let senseless = [
        append("ticket", "a", 0, 0).done(),
        append("ticket", "a", 0, 1).also("ticket", "a", Expected::Any, vec![event(1)]).done(),
        append("ticket", "a\0b", 0, 1).done(),
        append("ticket", "a", 0, 1).tenant("a\0b").done(),
        append("ticket", "a", 0, 1).key("message", "a\0b", "v").done(),
        append("ticket", "a", 0, 1).outcome("a\0b").done(),
        append("ticket", "a", 0, 1).events(vec![event_with("Bad", "{\"not\": json")]).done(),
        append("ticket", "a", 0, 1).events(vec![event_with("Bad", "{} {}")]).done(),
        append("ticket", "a", 0, 1).events(vec![event_with("Bad\0", "{}")]).done(),
    ];
    for command in senseless {
        let answer = store.log().append(command.clone()).await;
        assert!(matches!(answer, Err(AppendError::Invalid(_))), "{answer:?} to {command:?}");
    }
    assert_eq!(store.log().last_position().await.expect("the last position"), 0);
}

async fn bad_append_does_not_harm_its_neighbours(database: TestDatabase) {
    let store = database.open().await;
    let commands = (0..60).map(|n| {
        let command = append("ticket", &format!("t{n}"), 0, 1);
        match n % 6 {
            1 => command.events(vec![event_with("Bad", "{")]),
            3 => command.also("ticket", "t0", Expected::Version(9), vec![event(1)]),
            _ => command,
        }
    });
    let tasks: Vec<_> = commands
        .map(|command| {
            let log = store.log().clone();
            tokio::spawn(async move { log.append(command.done()).await })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        let answer = task.await.expect("no panic");
        let good = match n % 6 {
            1 => matches!(answer, Err(AppendError::Invalid(_))),
            3 => matches!(answer, Err(AppendError::Conflict { .. })),
            _ => answer.is_ok(),
        };
        assert!(good, "append {n}: {answer:?}");
    }
    assert_eq!(check_log(store.log()).await.len(), 40);
}
