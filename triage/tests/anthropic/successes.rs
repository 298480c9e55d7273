//! What is sent, and both forms of success.

use casebook_domain::triage::{FIELDS, accept};
use casebook_triage::anthropic::{AnthropicSettings, CacheTtl, OutputMode, Thinking};
use casebook_triage::{AskErrorKind, Provider, Usage};
use serde_json::{Value, json};

use crate::stand_in::{Answer, StandIn};
use crate::{ask, policy, provider, question, settings};

fn answer() -> Value {
    json!({
        "category": "delivery", "confidence": 0.92, "draft_response": "Hello, we are asking.",
        "action": "track_delivery", "escalation_reason": null, "suggested_subject": "Late box",
        "customer_name": "Ada",
    })
}

fn message(content: &Value, stop_reason: &Value) -> Answer {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-x",
        "content": content, "stop_reason": stop_reason, "stop_sequence": null,
        "usage": {
            "input_tokens": 100, "output_tokens": 20, "cache_read_input_tokens": 3000,
            "cache_creation_input_tokens": null, "service_tier": "standard",
        },
    });
    Answer::response("200 OK", "", &body.to_string())
}

#[tokio::test]
async fn given_the_answer_as_text_then_it_is_taken_with_usage_cost_and_id() {
    let content = json!([
        { "type": "thinking", "thinking": "hm", "signature": "s" },
        { "type": "text", "text": answer().to_string() },
    ]);
    let reply = ask(message(&content, &json!("end_turn"))).await.expect("answered");
    assert_eq!(reply.raw, answer().to_string());
    assert_eq!(reply.model, "claude-sonnet-5-x");
    assert_eq!(reply.request_id.as_deref(), Some("req_test"));
    let usage = Usage {
        input_tokens: 100,
        output_tokens: 20,
        cache_read_tokens: 3_000,
        cache_write_tokens: 0,
    };
    assert_eq!(reply.usage, usage);
    assert_eq!(reply.cost_micro_usd, 300 + 300 + 900);
    let accepted = accept(&policy(), &question().facts, &reply.raw).expect("accepted");
    assert_eq!(accepted.answer.category, "delivery");
}

#[tokio::test]
async fn given_the_answer_as_a_tool_call_then_its_input_is_taken() {
    let content = json!([
        { "type": "text", "text": "I record it." },
        { "type": "tool_use", "id": "t1", "name": "record_triage", "input": answer() },
    ]);
    let reply = ask(message(&content, &json!("tool_use"))).await.expect("answered");
    assert_eq!(serde_json::from_str::<Value>(&reply.raw).expect("JSON"), answer());
}

#[tokio::test]
async fn given_an_end_without_an_answer_then_the_kind_says_why() {
    let text = json!([{ "type": "text", "text": answer().to_string() }]);
    let two = json!([
        { "type": "tool_use", "input": answer() }, { "type": "tool_use", "input": answer() },
    ]);
    for (content, stop, kind) in [
        (&text, json!("max_tokens"), AskErrorKind::Truncated),
        (&text, json!("refusal"), AskErrorKind::Refused),
        (&json!([]), json!("refusal"), AskErrorKind::Refused),
        (&text, json!("model_context_window_exceeded"), AskErrorKind::TooLarge),
        (&text, json!("pause_turn"), AskErrorKind::BadReply),
        (&text, Value::Null, AskErrorKind::BadReply),
        (&json!([]), json!("end_turn"), AskErrorKind::BadReply),
        (&two, json!("tool_use"), AskErrorKind::BadReply),
    ] {
        let error = ask(message(content, &stop)).await.expect_err("no answer");
        assert_eq!(error.kind, kind, "{stop}");
        assert!(error.message.contains("req_test"), "{error}");
    }
}

/// Asks with these settings and gives back what the server was sent.
async fn sent(change: impl FnOnce(&mut AnthropicSettings)) -> (String, Value) {
    let text = json!([{ "type": "text", "text": "{}" }]);
    let server = StandIn::start(message(&text, &json!("end_turn"))).await;
    let mut settings = settings(server.url());
    change(&mut settings);
    provider(settings).ask(&question()).await.expect("answered");
    server.request().await
}

#[tokio::test]
async fn given_the_default_settings_then_the_request_is_one_that_current_models_take() {
    let (head, body) = sent(|_| ()).await;
    assert!(head.starts_with("post /v1/messages http/1.1\r\n"));
    for line in [
        "x-api-key: sk-test-key",
        "anthropic-version: 2023-06-01",
        "content-type: application/json",
    ] {
        assert!(head.contains(line), "{head}");
    }
    assert_eq!(body["model"], "claude-sonnet-5");
    assert_eq!(body["thinking"], json!({ "type": "disabled" }));
    assert_eq!(body["output_config"]["format"]["type"], "json_schema");
    assert_eq!(body["output_config"]["format"]["schema"]["required"], json!(FIELDS));
    for absent in ["temperature", "top_p", "top_k", "tools", "stream"] {
        assert!(body.get(absent).is_none(), "{absent}");
    }
    let system = body["system"].as_array().expect("blocks");
    assert_eq!(system.last().expect("block")["cache_control"], json!({ "type": "ephemeral" }));
    let messages = body["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["role"], "user");
    let system = system[0]["text"].as_str().expect("text");
    assert!(!system.contains("Old Mill"), "the stable prefix holds nothing of the message");
}

#[tokio::test]
async fn given_other_settings_then_tool_thinking_and_cache_follow() {
    let (_, body) = sent(|settings| {
        settings.mode = OutputMode::StrictTool;
        settings.thinking = Thinking::Unset;
        settings.cache_ttl = CacheTtl::OneHour;
    })
    .await;
    assert_eq!(body["tools"][0]["strict"], json!(true));
    assert_eq!(body["tools"][0]["input_schema"]["additionalProperties"], json!(false));
    assert_eq!(body["tool_choice"]["type"], "tool");
    assert_eq!(body["tool_choice"]["name"], body["tools"][0]["name"]);
    assert!(body.get("thinking").is_none() && body.get("output_config").is_none());
    assert_eq!(body["system"][0]["cache_control"]["ttl"], "1h");
}
