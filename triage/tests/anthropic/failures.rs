//! Every failure, by status, by content and by connection.

use std::time::{Duration, Instant};

use casebook_triage::anthropic::AnthropicSettings;
use casebook_triage::{AskError, AskErrorKind, Provider};
use serde_json::json;
use tokio::net::TcpListener;

use crate::stand_in::{Answer, StandIn};
use crate::{ask, provider, question, settings};

async fn failure(status: &str, headers: &str, kind: &str, message: &str) -> AskError {
    let body = json!({
        "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_test",
    });
    ask(Answer::response(status, headers, &body.to_string())).await.expect_err("a failure")
}

#[tokio::test]
async fn given_each_documented_status_then_kind_and_consequences_follow() {
    use AskErrorKind as Kind;
    for (status, error_type, kind, retryable, outage) in [
        ("400 Bad Request", "invalid_request_error", Kind::InvalidRequest, false, false),
        ("401 Unauthorized", "authentication_error", Kind::Unauthenticated, false, true),
        ("402 Payment Required", "billing_error", Kind::SpendLimit, false, true),
        ("403 Forbidden", "permission_error", Kind::Forbidden, false, true),
        ("404 Not Found", "not_found_error", Kind::ModelNotFound, false, true),
        ("413 Payload Too Large", "request_too_large", Kind::TooLarge, false, false),
        ("429 Too Many Requests", "rate_limit_error", Kind::RateLimited, true, false),
        ("500 Internal Server Error", "api_error", Kind::ServerError, true, true),
        ("502 Bad Gateway", "", Kind::ServerError, true, true),
        ("503 Service Unavailable", "", Kind::ServerError, true, true),
        ("504 Gateway Timeout", "timeout_error", Kind::Timeout, true, true),
        ("529 Overloaded", "overloaded_error", Kind::Overloaded, true, true),
        ("302 Found", "", Kind::BadReply, true, false),
    ] {
        let error = failure(status, "location: http://127.0.0.1:9/\r\n", error_type, "no").await;
        assert_eq!(error.kind, kind, "{status}");
        assert_eq!((kind.retryable(), kind.is_outage()), (retryable, outage), "{status}");
        assert!(error.message.contains("[request req_test]"), "{error}");
        assert!(!format!("{error:?}").contains("sk-test"), "{error:?}");
    }
}

#[tokio::test]
async fn given_a_retired_model_then_the_operator_is_told_what_to_do() {
    let error = failure("404 Not Found", "", "not_found_error", "model: claude-sonnet-5").await;
    assert!(error.message.contains("`claude-sonnet-5` is not available"), "{error}");
    assert!(error.message.contains("retired") && error.message.contains("configure"), "{error}");
}

#[tokio::test]
async fn given_a_404_from_another_server_then_it_is_not_the_models_fault() {
    let error = ask(Answer::response("404 Not Found", "", "<html>not here</html>")).await;
    let error = error.expect_err("a failure");
    assert_eq!(error.kind, AskErrorKind::InvalidRequest);
    assert!(error.message.contains("base URL"), "{error}");
}

#[tokio::test]
async fn given_a_rate_limit_then_the_wait_is_read_in_both_forms() {
    let error = failure("429 Too Many", "retry-after: 7\r\n", "rate_limit_error", "slow").await;
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    let dates = "date: Wed, 21 Oct 2026 07:28:00 GMT\r\n\
                 retry-after: Wed, 21 Oct 2026 07:28:30 GMT\r\n";
    let error = failure("429 Too Many", dates, "rate_limit_error", "slow").await;
    assert_eq!(error.retry_after, Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn given_the_spend_limit_then_it_is_not_retried_whatever_it_asks() {
    let body = json!({ "type": "error", "error": {
        "type": "rate_limit_error", "message": "limit",
        "details": { "error_code": "enforced_spend_limit_reached" },
    }});
    let answer = Answer::response("429 Too Many", "retry-after: 7\r\n", &body.to_string());
    let error = ask(answer).await.expect_err("a failure");
    assert_eq!(error.kind, AskErrorKind::SpendLimit);
    assert!(!error.kind.retryable() && error.retry_after.is_none());
}

#[tokio::test]
async fn given_an_explanation_then_it_is_shown_unless_it_repeats_the_customer() {
    let error = failure("400 Bad", "", "invalid_request_error", "max_tokens: too low").await;
    assert!(error.message.contains("max_tokens: too low"), "{error}");
    let echo = "messages.0: Call me at the Old Mill";
    let error = failure("400 Bad", "", "invalid_request_error", echo).await;
    assert!(!error.message.contains("Old Mill"), "{error}");
}

#[tokio::test]
async fn given_a_body_that_is_no_message_then_the_reply_is_bad() {
    for body in ["", "not json", "[]", "{\"content\": 7}", "{}", "\u{0}"] {
        let error = ask(Answer::response("200 OK", "", body)).await.expect_err("no answer");
        assert_eq!(error.kind, AskErrorKind::BadReply, "{body}");
    }
}

#[tokio::test]
async fn given_an_endless_body_then_reading_stops_at_the_limit() {
    let error = ask(Answer::response("200 OK", "", &" ".repeat(100_000))).await.expect_err("none");
    assert_eq!(error.kind, AskErrorKind::BadReply);
    assert!(error.message.contains("exceeds 65536 bytes"), "{error}");
}

#[tokio::test]
async fn given_a_cut_connection_then_the_provider_is_unreachable() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"content\":";
    for answer in [Answer::Nothing, Answer::Bytes(head.into()), Answer::Bytes("HTTP/1".into())] {
        let error = ask(answer).await.expect_err("cut");
        assert_eq!(error.kind, AskErrorKind::Unreachable, "{error}");
    }
}

#[tokio::test]
async fn given_nobody_listens_then_the_provider_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let url = format!("http://{}", listener.local_addr().expect("address"));
    drop(listener);
    let error = provider(settings(url)).ask(&question()).await.expect_err("nobody");
    assert_eq!(error.kind, AskErrorKind::Unreachable, "{error}");
}

#[tokio::test]
async fn given_silence_or_a_slow_drip_then_the_total_time_is_kept() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n";
    for answer in [Answer::Silence, Answer::Drip(head.into()), Answer::Drip("HTTP/1.1 200".into())]
    {
        let server = StandIn::start(answer).await;
        let settings = AnthropicSettings { timeout_seconds: 1, ..settings(server.url()) };
        let started = Instant::now();
        let error = provider(settings).ask(&question()).await.expect_err("too slow");
        assert_eq!(error.kind, AskErrorKind::Timeout, "{error}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
