//! Waiting for triage at the intake, and what a decision shows afterwards.

use axum::http::Method;
use casebook_api::EdgeSettings;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};

use crate::desk::Sure;
use crate::harness::{Edge, HELLO, Reply, SECRET, calm, settings};

both_databases!(who_waits_gets_the_decision, a_decision_shows_how_it_came_about,);

fn patient() -> EdgeSettings {
    let mut settings = settings();
    settings.intake.wait_max_ms = 60_000;
    settings
}

async fn send(edge: &Edge, path: &str, body: String) -> Reply {
    let headers = [("x-internal-secret", SECRET), ("x-envelope-to", HELLO)];
    edge.call(Method::POST, path, &headers, body).await
}

fn question(key: &str) -> String {
    let body = "When does my box come?";
    let from = format!("{key}@customer.example");
    json!({ "tenant": "protocol-raw", "customer_email": from, "body": body, "dedupe_key": key })
        .to_string()
}

async fn who_waits_gets_the_decision(database: TestDatabase) {
    let sure = Sure::new();
    let edge = Edge::asking(database, patient(), Some(sure.clone())).await;
    let task = edge.classify(sure.clone());
    let now = send(&edge, "/intake/email?wait=false", calm("now")).await;
    assert_eq!((now.status, now.json()["outcome"].as_str()), (202, Some("received")));
    let not_yet = send(&edge, "/intake/triage?wait=false", question("a")).await;
    assert_eq!(not_yet.status, 202);

    let waiting = async {
        tokio::join!(
            send(&edge, "/intake/email?wait=true", calm("later")),
            send(&edge, "/intake/triage", question("b")),
        )
    };
    // While they wait, others are received.
    let others = async {
        for number in 0..5 {
            let path = "/intake/triage?wait=false";
            assert_eq!(send(&edge, path, question(&format!("o{number}"))).await.status, 202);
        }
        sure.0.add_permits(100);
    };
    let ((mail, triage), ()) = tokio::join!(waiting, others);
    for reply in [mail, triage] {
        let answer = reply.json();
        assert_eq!(reply.status, 200, "{answer}");
        assert_eq!(
            (&answer["category"], &answer["confidence"]),
            (&json!("delivery"), &json!(0.92))
        );
        assert_eq!(answer["draft_response"], "Your box leaves our kitchen on Monday.");
    }
    for path in ["/intake/email?wait=maybe", "/intake/triage?wait=2"] {
        let refused = send(&edge, path, question("c")).await.refusal();
        assert_eq!(refused, (400, "INVALID".to_owned(), "wait".to_owned()));
    }
    edge.stop.send_replace(true);
    task.await.unwrap();
}

#[tokio::test]
async fn the_time_to_wait_ends() {
    let mut settings = settings();
    settings.intake.wait_max_ms = 1;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let mail = send(&edge, "/intake/email?wait=true", calm("one")).await;
    assert_eq!((mail.status, mail.json()["outcome"].as_str()), (202, Some("received")));
    let triage = send(&edge, "/intake/triage", question("a")).await;
    assert_eq!(triage.status, 202);
    assert!(triage.json()["ticket_id"].is_string() && triage.json()["decision_id"].is_null());
}

#[tokio::test]
async fn nobody_waits_in_a_process_that_stops() {
    let edge = Edge::with(TestDatabase::sqlite().await, patient()).await;
    let waiting = async {
        tokio::join!(
            send(&edge, "/intake/email?wait=true", calm("one")),
            send(&edge, "/intake/triage", question("a")),
        )
    };
    let stop = async {
        let all = || async {
            let tickets = edge.data("{ queue { totalCount } }", json!({})).await;
            (tickets["queue"]["totalCount"] == 2).then_some(())
        };
        casebook_tests::wait::until("both are received", all).await;
        edge.stop.send_replace(true);
    };
    let ((mail, triage), ()) = tokio::join!(waiting, stop);
    assert_eq!((mail.status, triage.status), (202, 202));
}

async fn a_decision_shows_how_it_came_about(database: TestDatabase) {
    let sure = Sure::new();
    let edge = Edge::asking(database, patient(), Some(sure.clone())).await;
    let task = edge.classify(sure.clone());
    sure.0.add_permits(1);
    let answer = send(&edge, "/intake/email?wait=true", calm("one")).await.json();
    edge.settle().await;
    let query = "query($id: ID!) { ticket(id: $id) { status draft decided unsure category
        recommendedAction { code label } decision { kind draftResponse action { code label }
            customerName isExistingCustomer suggestedSubject checks { code outcome note }
            run { provider model requestId attempts costMicroUsd durationMs fallbackFrom
                tokens { input output cacheRead cacheWrite } systemPromptSha256 userPromptSha256
                rawAnswerSha256 factsSha256 } } }
        providerState { name model available lastError } }";
    let data = edge.data(query, json!({ "id": answer["ticket_id"] })).await;
    let ticket = &data["ticket"];
    assert_eq!((&ticket["status"], &ticket["decided"]), (&json!("PENDING"), &json!(true)));
    assert_eq!(ticket["draft"], "Your box leaves our kitchen on Monday.");
    let action = &ticket["recommendedAction"];
    assert_eq!(
        (&action["code"], action),
        (&json!("track_delivery"), &ticket["decision"]["action"])
    );
    assert_ne!(action["label"], action["code"], "the policy has words for it");
    let decision = &ticket["decision"];
    assert_eq!(decision["kind"], "CLASSIFIED");
    assert_eq!(decision["isExistingCustomer"], false);
    let checks = decision["checks"].as_array().unwrap();
    assert!(!checks.is_empty() && checks.iter().all(|check| check["outcome"].is_string()));
    let run = &decision["run"];
    assert_eq!((&run["provider"], &run["model"]), (&json!("stand-in"), &json!("sure-1")));
    assert_eq!((&run["tokens"]["input"], &run["attempts"]), (&json!(7), &json!(2)));
    for hash in ["systemPromptSha256", "userPromptSha256", "rawAnswerSha256", "factsSha256"] {
        assert_eq!(run[hash].as_str().map(str::len), Some(64), "{hash}");
    }
    let state = json!({ "name": "stand-in", "model": "sure-1", "available": true,
        "lastError": Value::Null });
    assert_eq!(data["providerState"], json!([state]));
    edge.stop.send_replace(true);
    task.await.unwrap();
}
