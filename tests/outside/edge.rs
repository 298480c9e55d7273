//! What the server answers over HTTP.

use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::house::{House, SECRET};

both_databases!(
    probes_answer,
    intake_refuses_with_the_right_status,
    intake_without_a_secret_is_closed,
    mails_are_received_once_and_gated_answers_come_at_once,
    queue_and_ticket_show_what_came_in,
    triage_names_the_wrong_field,
);

async fn probes_answer(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    assert_eq!(server.get("/healthz").await, (StatusCode::OK, "ok\n".to_owned()));
    let (status, ready) = server.get("/readyz").await;
    assert_eq!(status, StatusCode::OK, "{ready}");
    let ready: Value = serde_json::from_str(&ready).expect("JSON");
    assert_eq!(ready, json!({ "ready": true, "problems": [] }));
    server.mail(&mail("a")).await;
    let (status, metrics) = server.get("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(metrics.contains("casebook_intake_messages_total"), "{metrics}");
    // The mail is answered, so nothing waits any more.
    assert!(metrics.contains("\ncasebook_append_queue_length 0\n"), "{metrics}");
    assert_eq!(server.get("/nothing").await.0, StatusCode::NOT_FOUND);
    server.stop().await;
}

async fn intake_refuses_with_the_right_status(database: TestDatabase) {
    let house = House::new(database).set("CASEBOOK_INTAKE__MAIL_BYTES_MAX", "4000");
    let server = house.serve().await;
    let to = ("x-envelope-to", "hello@protocolraw.co.uk");
    let secret = ("x-internal-secret", SECRET);
    let small = mail("a").raw();
    let large = mail("b").text(&"x".repeat(5000)).raw();
    for (headers, raw, status, code) in [
        (vec![to], &small, 401, "UNAUTHENTICATED"),
        (vec![to, ("x-internal-secret", "an-intake-secreT")], &small, 401, "UNAUTHENTICATED"),
        (vec![secret], &small, 404, "NOT_FOUND"),
        (vec![secret, ("x-envelope-to", "a@elsewhere.example")], &small, 404, "NOT_FOUND"),
        (vec![secret, to], &large, 413, "LIMIT"),
    ] {
        let answer = server.post("/intake/email", &headers, raw.clone()).await;
        let (found, body) = answer.expect("an answer");
        assert_eq!((found.as_u16(), &body["error"]["code"]), (status, &json!(code)), "{body}");
    }
    let other = server.mail(&mail("c").to("jobs@protocolraw.co.uk")).await;
    assert_eq!(
        (&other["outcome"], &other["reason"]),
        (&json!("set_aside"), &json!("other_address"))
    );
    server.stop().await;
}

async fn intake_without_a_secret_is_closed(database: TestDatabase) {
    let house = House::new(database).unset("CASEBOOK_INTAKE__SECRET");
    let server = house.serve().await;
    for path in ["/intake/email", "/intake/triage"] {
        let answer = server.post(path, &[("x-internal-secret", "")], "{}").await;
        let (status, body) = answer.expect("an answer");
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    }
    server.stop().await;
}

async fn mails_are_received_once_and_gated_answers_come_at_once(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    let sick = mail("a").text("My dog vomited twice.\r\n");
    let first = server.mail(&sick).await;
    assert_eq!(first["outcome"], "received");
    assert_eq!(first["gated"]["code"], "health_vomiting");
    let again = server.mail(&sick).await;
    assert_eq!(again["outcome"], "duplicate");
    for field in ["ticket_id", "conversation_id", "message_id", "tenant", "inbox"] {
        assert_eq!(again[field], first[field], "{field}");
        assert!(first[field].is_string(), "{field}");
    }
    let headers = [("x-internal-secret", SECRET), ("x-envelope-to", "hello@protocolraw.co.uk")];
    let waited = server.post("/intake/email?wait=true", &headers, sick.raw()).await;
    let (status, answer) = waited.expect("an answer");
    assert_eq!((status, &answer["ticket_id"]), (StatusCode::OK, &first["ticket_id"]), "{answer}");
    assert_eq!(answer["policy_gate_code"], "health_vomiting");
    assert_eq!(answer.as_object().map(serde_json::Map::len), Some(11));
    let message = json!({
        "tenant": "protocol-raw", "customer_email": "bob@example.org", "dedupe_key": "k",
        "body": "There was blood in his stool.",
    });
    let (status, answer) = server.triage(&message).await;
    assert_eq!((status, &answer["escalate"]), (StatusCode::OK, &json!(true)), "{answer}");
    assert_eq!(server.triage(&message).await, (status, answer));
    let undecided = json!({
        "tenant": "protocol-raw", "customer_email": "bob@example.org", "body": "When do you deliver?",
    });
    let (status, answer) = server.triage(&undecided).await;
    assert_eq!((status, &answer["policy_gate_triggered"]), (StatusCode::OK, &json!(false)));
    assert!(answer["decision_id"].is_string() && answer["category"].is_string(), "{answer}");
    assert!(answer["confidence"].as_f64().is_some_and(|sure| sure > 0.0), "{answer}");
    server.stop().await;
}

async fn queue_and_ticket_show_what_came_in(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    server.mail(&mail("a").from("Cleo <cleo@example.org>")).await;
    let sick = server.mail(&mail("b").subject("Re: Dinner").text("My dog vomited.\r\n")).await;
    let query = "query($p: Position) { queue(first: 10, waitFor: $p) { totalCount edges { node {
        __typename ... on Ticket { id subject customerEmail gateCodes } } } } }";
    let data = server.query(query, json!({ "p": sick["position"] })).await;
    assert_eq!(data["queue"]["totalCount"], 2, "{data}");
    let top = &data["queue"]["edges"][0]["node"];
    assert_eq!(top["customerEmail"], "ann@example.net", "the gated one comes first: {data}");
    assert_eq!(
        (&top["subject"], &top["gateCodes"]),
        (&json!("Dinner"), &json!(["health_vomiting"]))
    );
    let query = "query($id: ID!) { ticket(id: $id) { id gateCode decisions { id } contact { id } \
                 conversation { id } message { id } } }";
    let data = server.query(query, json!({ "id": sick["ticket_id"] })).await;
    assert_eq!(data["ticket"]["gateCode"], "health_vomiting", "{data}");
    assert_eq!(data["ticket"]["id"], top["id"]);
    assert_eq!(data["ticket"]["decisions"].as_array().map(Vec::len), Some(1));
    server.stop().await;
}

async fn triage_names_the_wrong_field(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    let base = r#""tenant":"protocol-raw","customer_email":"a@example.org","body":"x""#;
    for (text, field) in [
        (format!("{{{base},\"channel\":\"pigeon\"}}"), "channel"),
        (format!("{{{base},\"subject\":7}}"), "subject"),
        (format!("{{{base},\"colour\":\"red\"}}"), "colour"),
        (r#"{"tenant":"protocol-raw","body":"x"}"#.to_owned(), "customer_email"),
        (
            r#"{"tenant":"protocol-raw","customer_email":"a","body":"x"}"#.to_owned(),
            "customer_email",
        ),
        (format!("{{{base},\"dedupe_key\":\"\"}}"), "dedupe_key"),
    ] {
        let (status, body) = server.triage_text(&text).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(body["error"]["code"], "INVALID");
        let named = body["error"]["field"].as_str().unwrap_or_default();
        let message = body["error"]["message"].as_str().unwrap_or_default();
        assert!(named == field || message.contains(field), "{field}: {body}");
    }
    for broken in ["", "{", "[]", "null", "\u{0}"] {
        assert_eq!(server.triage_text(broken).await.0, StatusCode::BAD_REQUEST, "{broken}");
    }
    server.stop().await;
}
