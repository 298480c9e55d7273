//! What an operator does at the console: read models rebuilt, and events passed over.

use casebook_store::Dialect;
use casebook_tests::builders::event_with;
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, append, both_databases, wait};
use serde_json::Value;

use crate::house::House;

both_databases!(read_models_are_rebuilt_from_the_console, an_unreadable_event_is_passed_over);

async fn read_models_are_rebuilt_from_the_console(database: TestDatabase) {
    let sqlite = database.dialect() == Dialect::Sqlite;
    let house = House::new(database);
    let server = house.serve().await;
    for id in ["a", "b"] {
        server.mail(&mail(id)).await;
    }
    let beside = house.run(&["rebuild", "--json"]).await.json_lines();
    assert!(beside.len() >= 6 && beside.iter().all(|line| line["state"] == "live"), "{beside:?}");
    let here = house.run(&["rebuild", "tickets", "notes"]).await;
    if sqlite {
        assert_eq!(here.code, Some(3), "{here:?}");
        let holder = server.process_id().to_string();
        assert!(here.err.contains(&holder) && here.err.contains("--server"), "{here:?}");
    } else {
        let out = here.success();
        assert!(out.contains("tickets: version") && out.matches("the same").count() == 2, "{out}");
    }
    let url = server.url();
    let there = house.run(&["rebuild", "tickets", "--server", url, "--json"]).await.json_lines();
    assert_eq!(
        (&there[0]["name"], &there[0]["comparison"]["differing"]),
        (&"tickets".into(), &0.into())
    );
    let digests = &there[0]["comparison"];
    named_in_the_chapter(&beside[0]);
    named_in_the_chapter(&there[0]);
    named_in_the_chapter(digests);
    assert_eq!(digests["digest_before"], digests["digest_after"]);
    let told = house.run(&["rebuild", "--server", url]).await.success();
    assert!(told.contains("tickets") && told.contains("generation"), "{told}");
    for wrong in [&["rebuild", "nonsense", "--server", url][..], &["rebuild", "tickets", "--all"]] {
        let ran = house.run(wrong).await;
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
    server.stop().await;
    let all = house.run(&["rebuild", "--all"]).await.success();
    assert!(all.matches("the same").count() >= 6, "{all}");
    house.run(&["verify"]).await.success();
}

/// The fields of an object of `rebuild --json` are those that the chapter tells.
fn named_in_the_chapter(object: &Value) {
    let chapter = include_str!("../../docs/cli.md");
    let (_, section) = chapter.split_once("## Read models").expect("a section");
    let section = section.split("\n## ").next().expect("its end");
    let unknown: Vec<&String> = object
        .as_object()
        .expect("an object")
        .keys()
        .filter(|name| !section.contains(&format!("`{name}`")))
        .collect();
    assert!(unknown.is_empty(), "not in docs/cli.md: {unknown:?}");
}

async fn an_unreadable_event_is_passed_over(database: TestDatabase) {
    let sqlite = database.dialect() == Dialect::Sqlite;
    let store = database.open().await;
    let id = uuid::Uuid::nil().to_string();
    let broken = append("contact", &id, 0, 1)
        .tenant("protocol-raw")
        .events(vec![event_with("ContactWrote", "{\"ContactWrote\":{}}")]);
    store.log().append(broken.done()).await.expect("appended");
    store.close().await;
    let house = House::new(database);
    let server = house.serve().await;
    let ready = |wanted: u16| {
        let server = &server;
        async move {
            wait::until("readiness", || async {
                (server.get("/readyz").await.0.as_u16() == wanted).then_some(())
            })
            .await;
        }
    };
    ready(503).await;
    // Another reader may be the first that cannot go on.
    let metrics = wait::until("the alarm", || async {
        let (_, metrics) = server.get("/metrics").await;
        let alarm = "casebook_projection_stopped{model=\"contacts\"} 1";
        metrics.contains(alarm).then_some(metrics)
    })
    .await;
    assert!(metrics.contains("casebook_projection_lag{model=\"tickets\"}"), "{metrics}");
    let url = server.url();
    let unsound = house.run(&["verify"]).await;
    assert_eq!(unsound.code, Some(1), "{unsound:?}");
    let mut skip = vec!["skip", "--position", "1", "--reason", "made by a test build"];
    if sqlite {
        let refused = house.run(&skip).await;
        assert_eq!(refused.code, Some(3), "{refused:?}");
        skip.extend(["--server", url]);
    }
    let out = house.run(&skip).await.success();
    assert!(out.contains("ContactWrote of version 1 is passed over by every reader"), "{out}");
    let out = house.run(&skip).await.success();
    assert!(out.contains("was passed over by every reader before"), "{out}");
    ready(200).await;
    let readable = ["skip", "--position", "2", "--reason", "x", "--server", url];
    let refused = house.run(&readable).await;
    assert!(refused.code == Some(2) && refused.err.contains("can be read"), "{refused:?}");
    server.mail(&mail("a")).await;
    server.stop().await;
    house.run(&["verify"]).await.success();
}
