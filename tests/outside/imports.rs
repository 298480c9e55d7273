//! `casebook import`: files, folders, Maildir and mbox; stopped and repeated; JSON lines.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use casebook_tests::letters::{Mail, mail};
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::house::{House, signal};

both_databases!(
    folders_maildir_and_mbox_are_read,
    json_lines_have_exactly_these_fields,
    stopped_import_goes_on_without_duplicates,
    one_bad_file_does_not_keep_out_the_others,
    contacts_are_taken_over,
);

const IMPORT: [&str; 4] = ["import", "--tenant", "protocol-raw", "--json"];

async fn import(house: &House, paths: &[&str]) -> Vec<Value> {
    house.run(&[&IMPORT[..], paths].concat()).await.json_lines()
}

fn outcomes(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["outcome"].as_str().expect("an outcome")).collect()
}

/// An mbox of the kind that quotes every `>*From ` line (mboxrd).
fn mbox(mails: &[Mail]) -> Vec<u8> {
    let mut file = Vec::new();
    for mail in mails {
        file.extend(b"From ann@example.net Wed Apr  8 09:00:00 2026\n");
        let text = String::from_utf8(mail.raw().to_vec()).expect("text").replace("\r\n", "\n");
        for line in text.lines() {
            if line.trim_start_matches('>').starts_with("From ") {
                file.push(b'>');
            }
            file.extend(line.as_bytes());
            file.push(b'\n');
        }
        file.push(b'\n');
    }
    file
}

async fn folders_maildir_and_mbox_are_read(database: TestDatabase) {
    let house = House::new(database);
    let from = |id: &str| mail(id).from(&format!("{id}@example.net"));
    house.write("old/1.eml", &from("one").raw());
    house.write("old/deeper/2.eml", &from("two").to("someone@elsewhere.example").raw());
    house.write("maildir/cur/1:2,S", &from("three").raw());
    house.write("maildir/new/2", &from("four").raw());
    std::fs::create_dir_all(house.folder().join("maildir/tmp")).expect("a folder");
    let in_mbox = [from("five").text("From here on it was late.\n> From me"), from("six")];
    house.write("box.mbox", &mbox(&in_mbox));
    let lines = import(&house, &["old", "maildir", "box.mbox"]).await;
    assert_eq!(outcomes(&lines), ["received"; 6]);
    let ids: BTreeSet<_> =
        lines.iter().map(|line| line["message_id"].as_str().expect("an id")).collect();
    let expected =
        ["one", "two", "three", "four", "five", "six"].map(|id| format!("{id}@example.net"));
    assert_eq!(ids, expected.iter().map(String::as_str).collect());
    let quoted = lines.iter().find(|line| line["from"] == "five@example.net").expect("a line");
    assert_eq!(quoted["text"], "From here on it was late.\n> From me");
    assert!(quoted["file"].as_str().expect("a file").ends_with("box.mbox#1"), "{quoted}");
    let again = import(&house, &["box.mbox", "maildir", "old"]).await;
    assert_eq!(outcomes(&again), ["duplicate"; 6]);
    assert_eq!(house.run(&["verify"]).await.code, Some(0));
}

async fn json_lines_have_exactly_these_fields(database: TestDatabase) {
    let house = House::new(database);
    let text = "My dog vomited.\r\n\r\nOn Tue, 7 Apr 2026 at 10:00, Support wrote:\r\n> Hello\r\n";
    house.write("a.eml", &mail("a").subject("=?utf-8?q?Gr=C3=BC=C3=9Fe?=").text(text).raw());
    house.write("b.eml", &mail("b").add("Auto-Submitted", "auto-replied").raw());
    let lines = import(&house, &["a.eml", "b.eml"]).await;
    let gated = lines[0].as_object().expect("an object");
    let fields: Vec<&str> = gated.keys().map(String::as_str).collect();
    let mut expected = vec![
        "file",
        "outcome",
        "reason",
        "ticket",
        "conversation",
        "message_id",
        "from",
        "from_name",
        "to",
        "subject",
        "text",
        "new_text",
        "attachments",
        "automatic",
        "gates",
        "category",
        "confidence",
        "model",
        "draft",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);
    for (field, value) in [
        ("outcome", json!("received")),
        ("reason", Value::Null),
        ("message_id", json!("a@example.net")),
        ("from", json!("ann@example.net")),
        ("from_name", json!("Ann Weaver")),
        ("to", json!(["hello@protocolraw.co.uk"])),
        ("subject", json!("Grüße")),
        ("new_text", json!("My dog vomited.")),
        ("attachments", json!([])),
        ("automatic", Value::Null),
        ("gates", json!(["health_vomiting"])),
        ("category", json!("escalation")),
        ("confidence", json!(0.0)),
        ("model", json!("policy_gate")),
        ("draft", json!("")),
    ] {
        assert_eq!(gated[field], value, "{field}");
    }
    let full = gated["text"].as_str().expect("text");
    assert!(full.contains("> Hello"), "the full text: {full}");
    let aside = &lines[1];
    assert_eq!((&aside["outcome"], &aside["reason"]), (&json!("set_aside"), &json!("auto_reply")));
    assert_eq!((&aside["automatic"], &aside["ticket"]), (&json!("auto_reply"), &Value::Null));
    for field in ["category", "confidence", "model", "draft"] {
        assert_eq!(aside[field], Value::Null, "{field}");
    }
    let repeated = import(&house, &["a.eml"]).await.remove(0);
    assert_eq!(repeated["outcome"], "duplicate");
    for field in ["ticket", "conversation", "gates", "category", "confidence", "model", "draft"] {
        assert_eq!(repeated[field], lines[0][field], "{field}");
    }
}

async fn stopped_import_goes_on_without_duplicates(database: TestDatabase) {
    let house = House::new(database);
    let count = 400;
    let mails: Vec<_> =
        (0..count).map(|n| mail(&format!("m{n}")).from(&format!("p{n}@example.net"))).collect();
    house.write("all.mbox", &mbox(&mails));
    let mut command = house.command(&[&IMPORT[..], &["all.mbox"]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let process = child.id();
    let (first, err) = tokio::task::spawn_blocking(move || {
        let mut taken = 0;
        for line in output.lines().map_while(Result::ok) {
            assert!(line.contains("\"received\""), "{line}");
            taken += 1;
            if taken == 20 {
                signal(process, "INT");
            }
        }
        let ended = child.wait_with_output().expect("its end");
        assert_eq!(ended.status.code(), Some(0));
        (taken, String::from_utf8_lossy(&ended.stderr).into_owned())
    })
    .await
    .expect("a task");
    assert!((20..count).contains(&first), "stopped in the middle, after {first}");
    assert!(err.contains("again"), "{err}");
    let lines = import(&house, &["all.mbox"]).await;
    let duplicates = outcomes(&lines).iter().filter(|outcome| **outcome == "duplicate").count();
    assert_eq!((lines.len(), duplicates), (count, first));
    let mut raw = house.database.raw().await;
    let sql = "SELECT count(*) FROM events WHERE event_type = 'MessageReceived'";
    assert_eq!(raw.number(sql).await, i64::try_from(count).expect("a count"));
}

async fn one_bad_file_does_not_keep_out_the_others(database: TestDatabase) {
    let house = House::new(database).set("CASEBOOK_INTAKE__MAIL_BYTES_MAX", "3000");
    house.write("in/1.eml", &mail("a").raw());
    house.write("in/2.eml", &mail("b").text(&"x".repeat(5000)).raw());
    house.write("in/3.eml", &mail("c").raw());
    let ran = house.run(&[&IMPORT[..], &["in"]].concat()).await;
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let lines: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(outcomes(&lines), ["received", "failed", "received"]);
    assert!(lines[1]["reason"].as_str().expect("a reason").contains("3000"), "{}", lines[1]);
    let missing = house.run(&[&IMPORT[..], &["nowhere"]].concat()).await;
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("nowhere"), "{}", missing.err);
    let unknown = house.run(&["import", "--tenant", "nobody", "in"]).await;
    assert_ne!(unknown.code, Some(0));
}

async fn contacts_are_taken_over(database: TestDatabase) {
    let house = House::new(database);
    let line = json!({
        "email": "Ann@Example.net", "name": "Annabel Weaver", "box_size": "8 kg",
        "credits": [{ "at": "2026-04-01T00:00:00Z", "amount_minor": 500, "currency": "GBP", "reason": "late" }],
    });
    house.write("people.jsonl", format!("{line}\n").as_bytes());
    let csv = "email,name,credit_at,credit_amount_minor,credit_currency,credit_reason\n\
               bob@example.org,Bob Lee,2026-04-02T00:00:00Z,700,GBP,torn\n";
    house.write("people.csv", csv.as_bytes());
    let arguments =
        ["import", "--contacts", "--tenant", "protocol-raw", "people.jsonl", "people.csv"];
    house.run(&arguments).await.success();
    house.write("a.eml", &mail("a").text("Please refund me.\r\n").raw());
    house.write("b.eml", &mail("b").from("bob@example.org").text("Please refund me.\r\n").raw());
    let lines = import(&house, &["a.eml", "b.eml"]).await;
    for line in &lines {
        assert_eq!(line["gates"], json!(["double_credit_request"]), "{line}");
    }
}
