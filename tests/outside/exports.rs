//! `casebook export` beside a running server: forms, files, personal data, exit codes.

use std::io::{Read, Write};

use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::Value;

use crate::house::House;

both_databases!(
    both_forms_say_the_same,
    personal_data_is_there_only_when_asked_for,
    taking_personal_data_out_is_recorded,
    events_are_taken_out_between_positions,
    wrong_words_are_told,
);

const WHAT: [&str; 7] =
    ["tickets", "conversations", "messages", "decisions", "contacts", "notes", "events"];

/// A house into which two people wrote, with its server.
async fn inhabited(database: TestDatabase) -> (House, crate::house::Server) {
    let house = House::new(database);
    let server = house.serve().await;
    let quoted = mail("a").subject("\"Grüße\", a list; and more").text("My dog vomited.\r\n");
    server.mail(&quoted).await;
    let last = server.mail(&mail("b").from("Bob Lee <Bob@Example.org>")).await;
    // The answer comes once the read models are that far.
    let query = "query($p: Position) { queue(first: 1, waitFor: $p) { totalCount } }";
    server.query(query, serde_json::json!({ "p": last["position"] })).await;
    (house, server)
}

async fn both_forms_say_the_same(database: TestDatabase) {
    let (house, server) = inhabited(database).await;
    let url = server.url();
    for what in WHAT {
        // Triage and other work may go on; positions hold the log still.
        let mut arguments = vec!["export", "--what", what, "--personal", "--server", url];
        if what == "events" {
            arguments.extend(["--to", "4"]);
        }
        if ["tickets", "decisions"].contains(&what) {
            arguments.extend(["--tenant", "ozean-licht"]);
        }
        let lines = house.run(&arguments).await.json_lines();
        let file = format!("{what}.csv");
        let csv = [&arguments[..], &["--format", "csv", "--output", &file]].concat();
        let ran = house.run(&csv).await;
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert_eq!(ran.out, "");
        assert!(
            ran.err.contains(&format!("{} {what}, as of position", lines.len())),
            "{}",
            ran.err
        );
        let text = std::fs::read_to_string(house.folder().join(&file)).expect("a file");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().expect("names").clone();
        let records: Vec<csv::StringRecord> =
            reader.records().collect::<Result<_, _>>().expect("records");
        assert_eq!(records.len(), lines.len(), "{what}");
        for (record, line) in records.iter().zip(&lines) {
            assert_eq!(line.as_object().map(serde_json::Map::len), Some(names.len()));
            for (name, value) in names.iter().zip(record) {
                let same = match &line[name] {
                    Value::Null => value.is_empty(),
                    Value::String(text) => value == text,
                    other => serde_json::from_str::<Value>(value).ok().as_ref() == Some(other),
                };
                assert!(same, "{what}.{name}: {value:?} for {}", line[name]);
            }
        }
    }
    let count = |lines: Vec<Value>| lines.len();
    assert_eq!(count(house.run(&["export", "--what", "messages"]).await.json_lines()), 2);
    assert_eq!(
        count(house.run(&["export", "--what", "events", "--to", "4"]).await.json_lines()),
        4
    );
    let left = std::fs::read_dir(house.folder()).expect("the folder").count();
    assert_eq!(left, WHAT.len() + 1, "the files, the data, and nothing half-written");
    server.stop().await;
}

async fn personal_data_is_there_only_when_asked_for(database: TestDatabase) {
    let (house, server) = inhabited(database).await;
    let with = ["--personal", "--server", server.url()];
    for (what, format) in WHAT.map(|what| (what, "jsonl")).into_iter().chain([("messages", "csv")])
    {
        let arguments = ["export", "--what", what, "--format", format];
        let open = house.run(&arguments).await.success();
        let personal = house.run(&[&arguments[..], &with].concat()).await.success();
        for word in ["ann@example.net", "bob@example.org", "Bob", "vomited", "Grüße"] {
            assert!(!open.contains(word), "{what}: {word}");
        }
        let shown = personal.contains("ann@example.net") || personal.contains("Gr");
        assert_eq!(shown, !["notes", "decisions"].contains(&what), "{what}: {personal}");
    }
    let tickets = house.run(&["export", "--what", "tickets"]).await.json_lines();
    let gated = tickets.iter().find(|row| row["gate_code"] == "health_vomiting").expect("a row");
    assert_eq!((&gated["subject"], &gated["status"]), (&Value::Null, &"escalated".into()));
    server.stop().await;
}

/// What the audit trail says of looks: by whom, and in words.
async fn looks(house: &House) -> Vec<(String, String)> {
    let trail = house.run(&["audit", "--event", "PersonalDataRead", "--json"]).await.json_lines();
    let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    trail.iter().map(|entry| (word(entry, "actor"), word(entry, "sentence"))).collect()
}

/// A server that is none of ours and answers whatever it is asked with an empty object.
fn no_casebook() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a caller");
            let (mut request, mut part) = (Vec::new(), [0; 4096]);
            while !request.ends_with(b"}") {
                let read = stream.read(&mut part).expect("a request");
                request.extend_from_slice(&part[..read]);
            }
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                          content-length: 2\r\nconnection: close\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).expect("answered");
        }
    });
    format!("http://{address}")
}

async fn taking_personal_data_out_is_recorded(database: TestDatabase) {
    let (house, server) = inhabited(database).await;
    let personal = ["export", "--what", "contacts", "--tenant", "ozean-licht", "--personal"];
    let here = house.run(&personal).await;
    let sqlite = house.database.dialect() == casebook_store::Dialect::Sqlite;
    if sqlite {
        assert_eq!((here.code, here.out.as_str()), (Some(3), ""), "nothing without a record");
        assert!(here.err.contains("--server"), "{}", here.err);
    } else {
        here.success();
    }
    let by_server = [&personal[..], &["--server", server.url()]].concat();
    house.run(&by_server).await.success();
    house.run(&["export", "--what", "contacts"]).await.success();
    let stranger = [&personal[..], &["--server", "http://127.0.0.1:1"]].concat();
    let stranger = house.run(&stranger).await;
    assert_eq!((stranger.code, stranger.out.as_str()), (Some(1), ""), "{}", stranger.err);
    let other = house.run(&[&personal[..], &["--server", &no_casebook()]].concat()).await;
    assert_eq!((other.code, other.out.as_str()), (Some(1), ""), "{}", other.err);
    server.stop().await;
    let before = looks(&house).await;
    assert!(before.iter().any(|(actor, _)| actor == "agent:casebook-command"), "{before:?}");
    assert_eq!(before.len(), if sqlite { 1 } else { 2 }, "{before:?}");
    house.run(&["export", "--what", "events", "--from", "2", "--personal"]).await.success();
    let after = looks(&house).await;
    // One for each tenant.
    assert!(after.len() > before.len() + 1, "{after:?}");
    let (actor, seen) = after.last().expect("a look");
    assert!(actor.contains("export"), "{actor}");
    assert!(seen.contains("events") && seen.contains("from 2"), "{seen}");
}

async fn events_are_taken_out_between_positions(database: TestDatabase) {
    let (house, server) = inhabited(database).await;
    server.stop().await;
    let all = house.run(&["export", "--what", "events"]).await.json_lines();
    let positions: Vec<u64> = all.iter().filter_map(|line| line["position"].as_u64()).collect();
    assert_eq!(positions, (1..=all.len() as u64).collect::<Vec<_>>());
    let part = ["export", "--what", "events", "--from", "3", "--to", "5"];
    assert_eq!(house.run(&part).await.json_lines(), all[2..5]);
    let tenant = ["export", "--what", "events", "--tenant", "protocol-raw"];
    let own = house.run(&tenant).await.json_lines();
    let expected: Vec<_> =
        all.iter().filter(|line| line["tenant"] == "protocol-raw").cloned().collect();
    assert!(!own.is_empty() && own.len() < all.len());
    assert_eq!(own, expected);
    let personal = ["export", "--what", "events", "--format", "csv", "--personal"];
    let text = house.run(&personal).await.success();
    let mut raw = house.database.raw().await;
    let payloads = format!(
        "SELECT CAST(payload AS text) FROM events WHERE position <= {} ORDER BY position",
        all.len()
    );
    let stored: Vec<String> = raw.rows(&payloads).await.into_iter().flatten().collect();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let taken: Vec<String> =
        reader.records().map(|record| record.expect("a record")[10].to_owned()).collect();
    assert_eq!(taken, stored, "byte by byte");
}

async fn wrong_words_are_told(database: TestDatabase) {
    let house = House::new(database);
    house.run(&["policy", "publish", "--tenant", "protocol-raw"]).await.success();
    let early = house.run(&["export", "--what", "tickets"]).await;
    match house.database.dialect() {
        // Making the SQL views makes their tables.
        casebook_store::Dialect::Postgres => assert_eq!(early.success(), ""),
        casebook_store::Dialect::Sqlite => {
            assert_eq!(early.code, Some(2), "{}", early.err);
            assert!(early.err.contains("casebook serve"), "{}", early.err);
        }
    }
    for (arguments, word) in [
        (&["--what", "secrets"][..], "conversations"),
        (&["--what", "events", "--format", "xml"], "jsonl"),
        (&["--what", "events", "--tenant", "nobody"], "tenant"),
        (&["--what", "contacts", "--from", "2"], "events only"),
        (&["--what", "events", "--output", "nowhere/at/all"], "nowhere"),
    ] {
        let ran = house.run(&[&["export"], arguments].concat()).await;
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(word), "{}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
}
