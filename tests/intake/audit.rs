//! Looking back: `verify_log` finds what is wrong, `replay_ticket` shows how a ticket came to be.

use casebook_app::{LogCheck, LogProblem};
use casebook_domain::ids::TicketId;
use casebook_store::Dialect;
use casebook_tests::desk::{Desk, TENANT, operator};
use casebook_tests::letters::mail;
use casebook_tests::{Raw, TestDatabase, both_databases};

both_databases!(
    sound_log_has_no_problems,
    missing_and_damaged_bytes_are_found,
    damaged_bytes_beside_the_events_are_found,
    hole_is_found,
    unreadable_event_is_found,
    replay_shows_each_event_with_the_state_after_it,
);

async fn verify(desk: &Desk) -> LogCheck {
    desk.app.verify_log(&operator(), |_| {}).await.expect("the log is read")
}

/// What only somebody with the database's own password can do.
async fn tamper(desk: &Desk, sql: &str) {
    let mut raw = desk.database.raw().await;
    for table in ["events", "blobs"] {
        unlock(&mut raw, desk.database.dialect(), table).await;
    }
    raw.execute(sql).await.expect("the change");
}

async fn unlock(raw: &mut Raw, dialect: Dialect, table: &str) {
    match dialect {
        Dialect::Postgres => {
            let sql = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
            raw.execute(&sql).await.expect("the triggers are off");
        }
        Dialect::Sqlite => {
            let find = format!(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
            );
            for name in raw.rows(&find).await {
                let sql = format!("DROP TRIGGER {}", name[0]);
                raw.execute(&sql).await.expect("the trigger is gone");
            }
        }
    }
}

async fn sound_log_has_no_problems(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.receive(&mail("a")).await;
    desk.receive(&mail("b").answers("a").text(&"long ".repeat(20_000))).await;
    let check = verify(&desk).await;
    assert_eq!(check.problems, []);
    assert_eq!(check.events, desk.length().await);
    assert_eq!(check.streams, 4, "policy, conversation, ticket, contact");
    assert_eq!(check.blobs, 4, "the policy, two raw mails, one long text");
}

async fn missing_and_damaged_bytes_are_found(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let long = |id: &str| mail(id).text(&format!("{id} {}", "word ".repeat(5000)));
    let mut files = Vec::new();
    let mut positions = Vec::new();
    for id in ["a", "b", "c"] {
        let sent = long(id).text(&format!("{id}{}", "\r\nwords".repeat(12_000)));
        let received = desk.receive(&sent).await;
        let log = desk.log().await;
        let event = log.iter().rev().find(|event| event.event_type == "MessageReceived");
        positions.push(event.expect("the message").position);
        let sha256 = desk.message(&received).await.receipt.sha256;
        files.push((desk.blob_folder().join(TENANT).join(&sha256), sha256));
    }
    std::fs::remove_file(&files[0].0).expect("removed");
    let mut bytes = std::fs::read(&files[2].0).expect("a file");
    bytes[100] ^= 1;
    std::fs::write(&files[2].0, bytes).expect("damaged");
    let (gone, bad) = (files[0].1.clone(), files[2].1.clone());
    assert_eq!(
        verify(&desk).await.problems,
        [
            LogProblem::BlobMissing { position: positions[0], sha256: gone },
            LogProblem::BlobDamaged { position: positions[2], sha256: bad },
        ]
    );
}

async fn damaged_bytes_beside_the_events_are_found(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = desk.receive(&mail("a")).await;
    let sha256 = desk.message(&received).await.receipt.sha256;
    let position = received.position - 3;
    let (bytes, empty) = match desk.database.dialect() {
        Dialect::Sqlite => ("x'00'", "DELETE FROM blobs"),
        Dialect::Postgres => ("'\\x00'::bytea", "DELETE FROM blobs"),
    };
    tamper(&desk, &format!("UPDATE blobs SET bytes = {bytes} WHERE sha256 = '{sha256}'")).await;
    let damaged = LogProblem::BlobDamaged { position, sha256: sha256.clone() };
    assert_eq!(verify(&desk).await.problems, [damaged]);
    tamper(&desk, &format!("{empty} WHERE sha256 = '{sha256}'")).await;
    let missing = LogProblem::BlobMissing { position, sha256 };
    assert_eq!(verify(&desk).await.problems, [missing]);
}

async fn hole_is_found(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = desk.receive(&mail("a")).await;
    desk.receive(&mail("b")).await;
    tamper(&desk, &format!("DELETE FROM events WHERE position = {}", received.position)).await;
    let check = verify(&desk).await;
    let hole = LogProblem::Hole { position: received.position };
    assert!(check.problems.contains(&hole), "{:?}", check.problems);
    assert!(hole.to_string().contains(&received.position.to_string()));
}

async fn unreadable_event_is_found(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = desk.receive(&mail("a")).await;
    let after = desk.receive(&mail("b")).await;
    let position = received.position;
    tamper(
        &desk,
        &format!("UPDATE events SET payload = '{{\"New\":1}}' WHERE position = {position}"),
    )
    .await;
    let problems = verify(&desk).await.problems;
    let [LogProblem::Undecodable { position: found, reason }] = problems.as_slice() else {
        panic!("{problems:?}")
    };
    assert_eq!(*found, position);
    assert!(reason.contains("ContactWrote") && !reason.contains("New"), "{reason}");
    assert!(after.position > position, "what follows was checked as well");
}

async fn replay_shows_each_event_with_the_state_after_it(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    desk.receive(&mail("b").answers("a").text("He vomited again.\r\n")).await;
    let ticket = first.ticket_id.expect("a ticket");
    let steps = desk.app.replay_ticket(&operator(), ticket).await.expect("the steps");
    let types: Vec<&str> = steps.iter().map(|step| step.event_type.as_str()).collect();
    assert_eq!(types, ["TicketReceived", "CustomerReplied", "TicketGated"]);
    let versions: Vec<u64> = steps.iter().map(|step| step.version).collect();
    assert_eq!(versions, [1, 2, 3]);
    let status: Vec<_> = steps.iter().map(|step| step.state["status"].clone()).collect();
    assert_eq!(status, ["new", "new", "escalated"]);
    assert_eq!(steps[2].state["gate_codes"][0], "health_vomiting");
    assert_eq!(steps[0].metadata["actor"], "system:test");
    assert!(steps[0].data["conversation_id"].is_string());
    assert!(steps.windows(2).all(|pair| pair[0].position < pair[1].position));
    let unknown = TicketId(uuid::Uuid::nil());
    let error = desk.app.replay_ticket(&operator(), unknown).await.expect_err("unknown");
    assert_eq!(error.code(), "NOT_FOUND");
}
