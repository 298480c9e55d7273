//! The demo and the commands that look at the store.

use std::path::Path;

use casebook_store::BlobHash;
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases, sqlite_only};
use serde_json::Value;

use crate::house::House;

both_databases!(
    verify_finds_a_damaged_blob,
    replay_prints_each_event_with_its_state,
    doctor_says_what_to_do,
    database_away_is_told,
);
sqlite_only!(demo_tells_what_became_of_every_sample, migrate_makes_the_database);

async fn demo_tells_what_became_of_every_sample(database: TestDatabase) {
    let house = House::new(database);
    let account = house.run(&["demo", "--no-serve", "--data", "demo"]).await.success();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../casebook/samples");
    let mut count = 0;
    for tenant in ["protocol-raw", "ozean-licht", "kids-ascension"] {
        for entry in std::fs::read_dir(samples.join(tenant)).expect("samples") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            let lines: Vec<_> =
                account.lines().filter(|line| line.trim_start().starts_with(&name)).collect();
            assert_eq!(lines.len(), 1, "{name} in\n{account}");
            assert!(!lines[0].contains("failed"), "{}", lines[0]);
            count += 1;
        }
    }
    assert!(count >= 25, "{count} samples");
    // Every gate of the policy is shown by some sample.
    assert!(account.contains(", drafted") && account.contains("In-Reply-To: "), "{account}");
    for gate in ["health_vomiting", "double_credit_request", "repeat_contacter", "b2b_inquiry"] {
        assert!(account.contains(gate), "{gate}");
    }
    for outcome in
        ["duplicate", "set aside: bounce", "set aside: auto_reply", "set aside: other_address"]
    {
        assert!(account.contains(outcome), "{outcome} in\n{account}");
    }
    let url = format!("sqlite:{}", house.folder().join("demo/casebook.db").display());
    let house =
        house.set("CASEBOOK_DATABASE_URL", &url).set("CASEBOOK_BLOBS__URL", &house_path(&account));
    let checked = house.run(&["verify"]).await;
    assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    let ticket = account.lines().find_map(|line| line.trim().strip_prefix("casebook replay "));
    let ticket = ticket.and_then(|rest| rest.split(' ').next()).expect("a ticket to look at");
    assert!(house.run(&["replay", ticket]).await.success().contains("TicketGated"));
}

/// The folder of blobs that the account names.
fn house_path(account: &str) -> String {
    let line = account.lines().find(|line| line.contains("are in ")).expect("the folder");
    let folder = line.rsplit("are in ").next().expect("the folder").trim();
    format!("{folder}/blobs")
}

async fn migrate_makes_the_database(database: TestDatabase) {
    let house = House::new(database);
    let path = house.folder().join("new/deep/casebook.db");
    let house = house.set("CASEBOOK_DATABASE_URL", &format!("sqlite:{}", path.display()));
    let refused = house.run(&["verify"]).await;
    assert_eq!(refused.code, Some(1), "there is no database yet: {refused:?}");
    let first = house.run(&["migrate"]).await.success();
    assert!(first.contains("applied"), "{first}");
    let again = house.run(&["migrate"]).await.success();
    assert!(!again.contains("applied"), "{again}");
    house.run(&["verify"]).await.success();
    let server = house.serve().await;
    server.mail(&mail("a")).await;
    server.stop().await;
}

async fn verify_finds_a_damaged_blob(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    let large = mail("a").text(&"A long letter about a late box.\r\n".repeat(4000));
    server.mail(&large).await;
    let sound = house.run(&["verify"]).await;
    assert_eq!(sound.code, Some(0), "{}{}", sound.out, sound.err);
    assert!(sound.out.contains("sound"), "{}", sound.out);
    let sha256 = BlobHash::of(&large.raw()).to_string();
    let file = house.blob_file(&sha256);
    let mut bytes = std::fs::read(&file).expect("the raw mail");
    bytes[50] ^= 1;
    std::fs::write(&file, &bytes).expect("damaged");
    let damaged = house.run(&["verify"]).await;
    assert_eq!(damaged.code, Some(1), "{}", damaged.out);
    assert!(damaged.out.contains(&sha256) && damaged.out.contains("damaged"), "{}", damaged.out);
    let json = house.run(&["verify", "--json"]).await;
    let line: Value = serde_json::from_str(json.out.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&line["problem"], &line["sha256"]), (&"blob_damaged".into(), &sha256.into()));
    std::fs::remove_file(&file).expect("removed");
    let missing = house.run(&["verify"]).await;
    assert_eq!(missing.code, Some(1));
    assert!(missing.out.contains("missing"), "{}", missing.out);
    server.stop().await;
}

async fn replay_prints_each_event_with_its_state(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    let first = server.mail(&mail("a").text("My dog vomited.\r\n")).await;
    server.mail(&mail("b").answers("a").text("Any news?\r\n")).await;
    let ticket = first["ticket_id"].as_str().expect("a ticket");
    let lines = house.run(&["replay", "--json", ticket]).await.json_lines();
    let types: Vec<_> = lines.iter().map(|line| line["event_type"].as_str()).collect();
    // Triage may have had its say about the second message by now.
    let received = [Some("TicketReceived"), Some("TicketGated"), Some("CustomerReplied")];
    assert_eq!(types[..3], received);
    assert_eq!(lines[2]["state"]["status"], "escalated");
    let text = house.run(&["replay", ticket]).await.success();
    assert!(text.contains("TicketGated") && text.contains("integration:intake"), "{text}");
    let nil = uuid::Uuid::nil().to_string();
    for unknown in [&nil, "seven"] {
        let ran = house.run(&["replay", unknown]).await;
        assert_eq!(ran.code, Some(2), "{}", ran.err);
    }
    server.stop().await;
}

async fn doctor_says_what_to_do(database: TestDatabase) {
    let house = House::new(database);
    let findings = house.run(&["doctor", "--json"]).await.json_lines();
    assert!(findings.len() >= 3, "{findings:?}");
    assert!(findings.iter().all(|finding| finding["level"] != "error"), "{findings:?}");
    let open = house.set("CASEBOOK_LISTEN", "0.0.0.0:8080");
    let ran = open.run(&["doctor"]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("CASEBOOK_API__TOKEN"), "{}", ran.out);
    let house = open
        .set("CASEBOOK_LISTEN", "127.0.0.1:8080")
        .set("CASEBOOK_REPLACEMENT__URLS__PROTOCOL_RAW", "http://shop.example/replace");
    let ran = house.run(&["doctor"]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("ERROR   replacement: "), "{}", ran.out);
}

async fn database_away_is_told(database: TestDatabase) {
    let house = House::new(database).set("CASEBOOK_STORE__CONNECT_TIMEOUT_MS", "1000");
    for url in ["postgres://nobody:secret-word@127.0.0.1:1/none", "sqlite:/proc/nothing/here.db"] {
        let ran = House::new(TestDatabase::sqlite().await)
            .set("CASEBOOK_STORE__CONNECT_TIMEOUT_MS", "1000")
            .set("CASEBOOK_DATABASE_URL", url)
            .run(&["serve"])
            .await;
        assert_eq!(ran.code, Some(1), "{url}: {}", ran.err);
        assert!(!ran.err.contains("secret-word"), "{}", ran.err);
    }
    house.run(&["doctor"]).await.success();
}
