//! Keys: an outside identity is claimed once, in the append that uses it.

use std::collections::HashMap;

use casebook_store::StoreError;
use casebook_store::log::AppendError;
use casebook_tests::builders::TENANT;
use casebook_tests::inspect::check_log;
use casebook_tests::{TestDatabase, append, both_databases};
use tokio::task::JoinSet;

both_databases!(
    key_is_taken_once,
    keys_belong_to_their_tenant_and_kind,
    racing_claims_have_one_winner,
    claims_of_one_append_must_differ,
    many_keys_are_found_at_once,
);

async fn key_is_taken_once(database: TestDatabase) {
    let store = database.open().await;
    let first = append("ticket", "a", 0, 1).key("message", "m1", "ticket a").done();
    store.log().append(first).await.expect("appended");
    let second = append("ticket", "b", 0, 1).key("message", "m1", "ticket b").done();
    let answer = store.log().append(second).await;
    let Err(AppendError::KeyTaken { kind, key, value }) = answer else {
        panic!("{answer:?} instead of a taken key")
    };
    assert_eq!((kind.as_str(), key.as_str(), value.as_str()), ("message", "m1", "ticket a"));
    let found = store.log().find_key(TENANT, "message", "m1").await.expect("a lookup");
    assert_eq!(found.as_deref(), Some("ticket a"));
    assert_eq!(check_log(store.log()).await.len(), 1);
}

async fn keys_belong_to_their_tenant_and_kind(database: TestDatabase) {
    let store = database.open().await;
    for (n, (tenant, kind)) in
        [("one", "message"), ("two", "message"), ("one", "order")].into_iter().enumerate()
    {
        let id = n.to_string();
        let command = append("ticket", &id, 0, 1).tenant(tenant).key(kind, "k", &id).done();
        store.log().append(command).await.expect("appended");
        let found = store.log().find_key(tenant, kind, "k").await.expect("a lookup");
        assert_eq!(found, Some(id));
    }
    assert_eq!(store.log().find_key("two", "order", "k").await.expect("a lookup"), None);
}

async fn racing_claims_have_one_winner(database: TestDatabase) {
    let store = database.open().await;
    let beside = database.open_beside().await;
    for round in 0..15 {
        let key = format!("m{round}");
        let mut race = JoinSet::new();
        for writer in 0..10 {
            let log = if writer % 2 == 0 { store.log() } else { beside.log() }.clone();
            let (key, id) = (key.clone(), format!("{round}-{writer}"));
            race.spawn(async move {
                log.append(append("ticket", &id, 0, 1).key("message", &key, &id).done()).await
            });
        }
        let answers = race.join_all().await;
        let winners: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        assert_eq!(winners.len(), 1, "one claim holds");
        let holder = &winners[0].versions[0].stream.id;
        for answer in &answers {
            match answer {
                Ok(_) | Err(AppendError::ReadOnly) => {}
                Err(AppendError::KeyTaken { value, .. }) => assert_eq!(value, holder),
                Err(error) => panic!("{error}"),
            }
        }
        let found = store.log().find_key(TENANT, "message", &key).await.expect("a lookup");
        assert_eq!(found.as_ref(), Some(holder));
    }
    assert_eq!(check_log(store.log()).await.len(), 15);
}

async fn claims_of_one_append_must_differ(database: TestDatabase) {
    let store = database.open().await;
    let command =
        append("ticket", "a", 0, 1).key("message", "m", "1").key("message", "m", "2").done();
    let answer = store.log().append(command).await;
    assert!(
        matches!(answer, Err(AppendError::Invalid(_) | AppendError::KeyTaken { .. })),
        "{answer:?}"
    );
    assert_eq!(check_log(store.log()).await.len(), 0);
}

async fn many_keys_are_found_at_once(database: TestDatabase) {
    let store = database.open().await;
    let mut command = append("ticket", "a", 0, 1);
    for n in 0..300 {
        command = command.key("message", &format!("k{n}"), &format!("v{n}"));
    }
    store.log().append(command.done()).await.expect("appended");
    let asked: Vec<String> = (200..1_200).map(|n| format!("k{n}")).collect();
    let found = store.log().find_keys(TENANT, "message", &asked).await.expect("a lookup");
    let due: HashMap<_, _> = (200..300).map(|n| (format!("k{n}"), format!("v{n}"))).collect();
    assert_eq!(found, due);
    let none = store.log().find_keys(TENANT, "message", &[]).await.expect("a lookup");
    assert!(none.is_empty());
    let too_many: Vec<String> = (0..1_001).map(|n| format!("k{n}")).collect();
    let refused = store.log().find_keys(TENANT, "message", &too_many).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}
