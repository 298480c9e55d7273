//! `POST /intake/email`.

use axum::body::Body;
use axum::http::{Method, Request};
use bytes::Bytes;
use casebook_api::{Secret, TenantEdgeSettings};
use casebook_tests::{TestDatabase, both_databases};

use crate::harness::{Edge, HALLO, HELLO, SECRET, calm, mail, settings, sick};

both_databases!(
    a_mail_gets_a_receipt,
    a_gated_mail_answers_at_once_when_asked,
    refusals_tell_why,
    what_is_no_work_is_received_all_the_same,
    a_tenant_with_its_own_secret,
    broken_headers_do_not_lose_mail,
    a_mail_too_large_is_refused,
);

async fn a_mail_gets_a_receipt(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let reply = edge.mail(HELLO, calm("first")).await;
    assert_eq!(reply.status, 202);
    let receipt = reply.json();
    assert_eq!(receipt["tenant"], "protocol-raw");
    assert_eq!(receipt["inbox"], "hello");
    assert_eq!(receipt["outcome"], "received");
    assert!(receipt["ticket_id"].is_string());
    assert!(receipt.get("gated").is_none());
    assert!(receipt["position"].as_str().unwrap().contains(':'));

    let again = edge.mail(HELLO, calm("first")).await;
    assert_eq!((again.status, again.json()["outcome"].clone()), (202, "duplicate".into()));
    for id in ["ticket_id", "conversation_id", "message_id"] {
        assert_eq!(again.json()[id], receipt[id], "{id}");
    }
}

async fn a_gated_mail_answers_at_once_when_asked(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let receipt = edge.mail(HELLO, sick("one")).await;
    assert_eq!(receipt.status, 202);
    assert_eq!(receipt.json()["gated"]["code"], "health_vomiting");

    let headers = [("x-internal-secret", SECRET), ("x-envelope-to", HELLO)];
    let waited = edge.call(Method::POST, "/intake/email?wait=true", &headers, sick("two")).await;
    assert_eq!(waited.status, 200);
    let answer = waited.json();
    assert_eq!(answer["policy_gate_code"], "health_vomiting");
    assert_eq!(answer["category"], "escalation");
    assert_eq!(answer["confidence"], 0.0);
    assert_eq!(answer["draft_response"], "");
    assert_eq!(answer.as_object().unwrap().len(), 11);

    let undecided = edge.call(Method::POST, "/intake/email?wait=true", &headers, calm("3")).await;
    assert_eq!(undecided.status, 202);
    assert_eq!(undecided.json()["outcome"], "received");
    let senseless = edge.call(Method::POST, "/intake/email?wait=maybe", &headers, calm("4")).await;
    assert_eq!(senseless.refusal(), (400, "INVALID".to_owned(), "wait".to_owned()));
}

async fn refusals_tell_why(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let secret = ("x-internal-secret", SECRET);
    for (headers, status, code) in [
        (vec![("x-envelope-to", HELLO)], 401, "UNAUTHENTICATED"),
        (vec![("x-internal-secret", "wrong"), ("x-envelope-to", HELLO)], 401, "UNAUTHENTICATED"),
        (vec![secret], 404, "NOT_FOUND"),
        (vec![secret, ("x-envelope-to", "<>")], 404, "NOT_FOUND"),
        (vec![secret, ("x-envelope-to", "who@stranger.example")], 404, "NOT_FOUND"),
        (vec![secret, ("x-envelope-to", "no address")], 404, "NOT_FOUND"),
    ] {
        let reply = edge.call(Method::POST, "/intake/email", &headers, calm("x")).await;
        assert_eq!((reply.status, reply.refusal().1.as_str()), (status, code), "{headers:?}");
    }
    let get = edge.call(Method::GET, "/intake/email", &[secret], Body::empty()).await;
    assert_eq!(get.status, 405);
    assert_eq!(edge.app.store().log().last_position().await.unwrap(), 2, "nothing was recorded");
}

async fn what_is_no_work_is_received_all_the_same(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let other = edge.mail("sales@protocolraw.co.uk", calm("other")).await;
    assert_eq!(other.status, 202);
    assert_eq!(other.json()["outcome"], "set_aside");
    assert_eq!(other.json()["reason"], "other_address");
    assert!(other.json().get("ticket_id").is_none());
    let malformed = edge.mail(HELLO, "no headers at all, only words").await;
    assert_eq!(malformed.status, 202);
    let empty = edge.mail(HELLO, Body::empty()).await;
    assert_eq!(empty.status, 202);
}

async fn a_tenant_with_its_own_secret(database: TestDatabase) {
    let mut settings = settings();
    let own = TenantEdgeSettings { intake_secret: Some(Secret::new("of-ozean")) };
    settings.tenants.insert("ozean-licht".to_owned(), own);
    let edge = Edge::with(database, settings).await;
    for (secret, to, status) in [
        (SECRET, HELLO, 202),
        (SECRET, HALLO, 401),
        ("of-ozean", HALLO, 202),
        ("of-ozean", HELLO, 401),
    ] {
        let headers = [("x-internal-secret", secret), ("x-envelope-to", to)];
        let reply = edge.call(Method::POST, "/intake/email", &headers, calm("s")).await;
        assert_eq!(reply.status, status, "{secret} {to}");
    }
}

async fn broken_headers_do_not_lose_mail(database: TestDatabase) {
    let edge = Edge::new(database).await;
    let request = Request::post("/intake/email")
        .header("host", "localhost")
        .header("x-internal-secret", SECRET)
        .header("x-envelope-to", &b"j\xfcrgen@protocolraw.co.uk"[..])
        .header("x-envelope-from", &b"\xff\xfe"[..])
        .body(Body::from(calm("latin")))
        .unwrap();
    let reply = edge.send(request).await;
    assert_eq!((reply.status, reply.json()["outcome"].clone()), (202, "set_aside".into()));
}

async fn a_mail_too_large_is_refused(database: TestDatabase) {
    let mut settings = settings();
    settings.intake.mail_bytes_max = 1000;
    let edge = Edge::with(database, settings).await;
    let large = mail("large", HELLO, "a@b.example", "Large", &"x".repeat(1000));
    let announced = edge.mail(HELLO, large.clone()).await;
    let streamed = Body::from_stream(futures::stream::iter(
        large
            .into_bytes()
            .chunks(100)
            .map(|part| Ok::<_, std::io::Error>(Bytes::copy_from_slice(part)))
            .collect::<Vec<_>>(),
    ));
    let streamed = edge.mail(HELLO, streamed).await;
    for reply in [announced, streamed] {
        assert_eq!((reply.status, reply.refusal().1.as_str()), (413, "LIMIT"));
        assert_eq!(reply.json()["error"]["limit"], "intake.mail_bytes_max");
    }
    let headers =
        [("x-internal-secret", SECRET), ("x-envelope-to", HELLO), ("content-length", "1001")];
    let lie = edge.call(Method::POST, "/intake/email", &headers, "short").await;
    assert_eq!(lie.status, 413, "what is announced is refused before it comes");
}

#[tokio::test]
async fn without_a_secret_intake_is_closed() {
    let mut settings = settings();
    settings.intake.secret = None;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let reply = edge.mail(HELLO, calm("x")).await;
    assert_eq!((reply.status, reply.refusal().1.as_str()), (503, "UNAVAILABLE"));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_mail() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    let parts = [Ok(Bytes::from_static(b"Subject: half")), Err(std::io::Error::other("gone"))];
    let reply = edge.mail(HELLO, Body::from_stream(futures::stream::iter(parts))).await;
    assert_eq!((reply.status, reply.refusal().1.as_str()), (400, "INVALID"));
    assert_eq!(edge.app.store().log().last_position().await.unwrap(), 2, "nothing was recorded");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let mut settings = settings();
    settings.api.body_timeout_ms = 50;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let endless = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    let reply = edge.mail(HELLO, Body::from_stream(endless)).await;
    assert_eq!((reply.status, reply.refusal().1.as_str()), (408, "LIMIT"));
}

#[tokio::test]
async fn a_caller_who_goes_away_cancels_nothing() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    for number in 0..10 {
        let call = edge.mail(HELLO, calm(&format!("gone-{number}")));
        // The caller leaves as soon as the request has been handed over.
        tokio::select! {
            biased;
            _ = call => {}
            () = tokio::task::yield_now() => {}
        }
    }
    let all_recorded = || async {
        edge.settle().await;
        let data = edge.data("{ queue { totalCount } }", serde_json::json!({})).await;
        (data["queue"]["totalCount"] == 10).then_some(())
    };
    casebook_tests::wait::until("the mails of callers who left are recorded", all_recorded).await;
}

#[tokio::test]
async fn without_a_store_the_caller_is_told_to_come_back() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    edge.app.store().clone().close().await;
    let reply = edge.mail(HELLO, calm("late")).await;
    assert_eq!((reply.status, reply.refusal().1.as_str()), (503, "UNAVAILABLE"));
    assert!(reply.header("retry-after").parse::<u32>().unwrap() > 0);
    assert!(!String::from_utf8_lossy(&reply.body).contains("writer"), "causes stay inside");
}
