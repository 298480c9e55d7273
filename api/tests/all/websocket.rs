//! The protocol `graphql-transport-ws`: who is let in, and why connections are closed.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use casebook_api::{IntegrationSettings, Secret};
use casebook_tests::{TestDatabase, wait};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};

use tower::ServiceExt;

use crate::harness::{Edge, HELLO, calm, settings};
use crate::served::{PROTOCOL, Served};

const STALL: Duration = Duration::from_secs(30);

async fn open() -> (Edge, Served) {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    let served = Served::start(&edge, STALL).await;
    (edge, served)
}

async fn closed() -> (Edge, Served) {
    let mut settings = settings();
    settings.api.token = Some(Secret::new("agents"));
    let integration = IntegrationSettings {
        token: Some(Secret::new("crm-token")),
        tenants: vec!["protocol-raw".to_owned()],
        personal: false,
    };
    settings.api.integrations.insert("crm".to_owned(), integration);
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let served = Served::start(&edge, STALL).await;
    (edge, served)
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once() {
    let (edge, served) = open().await;
    let ticket = edge.mail(HELLO, calm("a")).await.json()["ticket_id"].clone();
    let mut client = served.let_in(json!({ "x-casebook-agent": "agent:ada" })).await;
    client
        .subscribe("q", "query($n: Int) { queue(first: $n) { totalCount } }", json!({ "n": 1 }))
        .await;
    assert!(client.data("q").await["queue"]["totalCount"].is_number());
    assert_eq!(client.hear().await, json!({ "type": "complete", "id": "q" }));
    let claim =
        "mutation($id: ID!) { claimTicket(input: { ticketId: $id }) { ticket { assignee } } }";
    client.subscribe("q", claim, json!({ "id": ticket })).await;
    assert_eq!(client.data("q").await["claimTicket"]["ticket"]["assignee"], "ada");
    assert_eq!(client.hear().await["type"], "complete");
    client.say(json!({ "type": "ping", "payload": { "n": 7 } })).await;
    assert_eq!(client.hear().await, json!({ "type": "pong", "payload": { "n": 7 } }));
    client.say(json!({ "type": "ping" })).await;
    assert_eq!(client.hear().await, json!({ "type": "pong" }));
    let farewell = CloseFrame { code: CloseCode::Normal, reason: "".into() };
    client.socket.close(Some(farewell)).await.unwrap();
    assert_eq!(client.closed().await, 1000, "a close is answered");
}

#[tokio::test]
async fn what_cannot_be_executed_is_an_error_of_its_operation() {
    let mut settings = settings();
    settings.api.streams.operations_max = 1;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let served = Served::start(&edge, STALL).await;
    let mut client = served.let_in(json!({})).await;
    for (query, code) in [
        ("{", "INVALID"),
        ("{ nonsense }", "INVALID"),
        ("subscription { nonsense }", "INVALID"),
        ("subscription { events(after: \"x\") { id } }", "INVALID"),
        ("subscription { events(types: [\"x\"]) { id } }", "INVALID"),
        ("subscription { events(tenants: [\"x\"]) { id } }", "NOT_FOUND"),
        (
            "subscription { ticketChanged(id: \"0195c1a0-0000-7000-8000-000000000001\") { position } }",
            "NOT_FOUND",
        ),
        ("subscription($p: Position!) { events(after: $p) { id } }", "INVALID"),
    ] {
        client.subscribe("1", query, Value::Null).await;
        let message = client.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")), "{message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{query}: {message}");
    }
    client.subscribe("1", "subscription { events { id } }", Value::Null).await;
    client.subscribe("2", "{ position }", Value::Null).await;
    let refused = client.hear().await;
    assert_eq!(refused["id"], "2");
    assert_eq!(refused["payload"][0]["extensions"]["limit"], "api.streams.operations_max");
    // Once it is complete, there is room, and its name is free.
    client.say(json!({ "type": "complete", "id": "1" })).await;
    client.subscribe("1", "{ position }", Value::Null).await;
    assert!(client.data("1").await["position"].is_string());
}

#[tokio::test]
async fn a_breach_of_the_protocol_closes_with_its_code() {
    let (_edge, served) = open().await;
    let init = r#"{"type":"connection_init"}"#;
    let follow =
        r#"{"type":"subscribe","id":"1","payload":{"query":"subscription { events { id } }"}}"#;
    for (said, code) in [
        (vec!["nonsense"], 4400),
        (vec![r#"{"type":"nonsense"}"#], 4400),
        (vec![init, r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#], 4400),
        (vec![follow], 4401),
        (vec![init, follow, follow], 4409),
        (vec![init, init], 4429),
    ] {
        let mut client = served.websocket().await;
        for text in &said {
            client.say_text(text).await;
        }
        if said[0] == init {
            assert_eq!(client.hear().await["type"], "connection_ack");
        }
        assert_eq!(client.closed().await, code, "{said:?}");
    }
    let mut binary = served.websocket().await;
    futures::SinkExt::send(&mut binary.socket, Message::binary(vec![1])).await.unwrap();
    assert_eq!(binary.closed().await, 4400);
    let mut other = served.open(&[("sec-websocket-protocol", "graphql-ws")]).await;
    if let Ok(other) = &mut other {
        assert_eq!(other.closed().await, 4406);
    }
    assert_eq!(served.open(&[]).await.unwrap().closed().await, 4406);
}

#[tokio::test]
async fn who_says_nothing_is_closed_in_time() {
    let mut settings = settings();
    settings.api.streams.init_timeout_ms = 1;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let served = Served::start(&edge, STALL).await;
    assert_eq!(served.websocket().await.closed().await, 4408);
}

#[tokio::test]
async fn credentials_come_by_init_or_by_header() {
    let (_edge, served) = closed().await;
    let init = |payload: Value| json!({ "type": "connection_init", "payload": payload });
    let bearer = |token: &str| json!({ "authorization": format!("Bearer {token}") });
    let header = |token: &'static str| [PROTOCOL, ("authorization", token)];
    for (headers, payload, is_let_in) in [
        (header("Bearer agents"), json!({}), true),
        (header("Bearer wrong"), json!({}), false),
        (header("Bearer wrong"), bearer("agents"), true),
        (header("Bearer agents"), bearer("wrong"), false),
        (header("x"), json!({ "Authorization": "Bearer crm-token" }), true),
        (header("x"), json!({ "authorization": 7 }), false),
    ] {
        let mut client = served.open(&headers).await.unwrap();
        client.say(init(payload.clone())).await;
        if is_let_in {
            assert_eq!(client.hear().await["type"], "connection_ack", "{payload}");
        } else {
            assert_eq!(client.closed().await, 4403, "{payload}");
        }
    }
    let mut integration = served.let_in(bearer("crm-token")).await;
    for (query, code) in [
        ("subscription { queueChanged { position } }", "FORBIDDEN"),
        ("subscription { events(personal: true) { id } }", "FORBIDDEN"),
        ("subscription { events(tenants: [\"ozean-licht\"]) { id } }", "NOT_FOUND"),
        ("{ queue { totalCount } }", "FORBIDDEN"),
    ] {
        integration.subscribe("1", query, Value::Null).await;
        let message = integration.hear().await;
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{query}: {message}");
    }
    let query = "subscription { events(after: \"earliest\") { tenant type } }";
    integration.subscribe("1", query, Value::Null).await;
    assert_eq!(integration.data("1").await["events"]["tenant"], "protocol-raw");
}

#[tokio::test]
async fn pages_of_strangers_open_no_socket() {
    let (_edge, served) = open().await;
    for (origin, status) in [("https://evil.example", 403), ("null", 403)] {
        let refused = served.open(&[PROTOCOL, ("origin", origin)]).await;
        let Err(Error::Http(response)) = refused.map(|_| ()) else { panic!("{origin} was let in") };
        assert_eq!(response.status(), status);
    }
    let own = format!("http://{}", served.address);
    assert!(served.open(&[PROTOCOL, ("origin", &own)]).await.is_ok());
    let refused = served.open(&[PROTOCOL, ("host", "evil.example")]).await;
    assert!(matches!(refused.map(|_| ()), Err(Error::Http(response)) if response.status() == 421));
}

#[tokio::test]
async fn sockets_take_seats_and_end_when_the_server_stops() {
    let mut settings = settings();
    settings.api.streams.connections_max = 1;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let served = Served::start(&edge, STALL).await;
    let mut client = served.let_in(json!({})).await;
    let refused = served.open(&[PROTOCOL]).await;
    assert!(matches!(refused.map(|_| ()), Err(Error::Http(response)) if response.status() == 503));
    client.subscribe("1", "subscription { events { id } }", Value::Null).await;
    edge.stop.send_replace(true);
    assert_eq!(client.closed().await, 1001);
}

#[tokio::test]
async fn who_has_not_said_who_they_are_keeps_no_seat_from_anybody() {
    let mut settings = settings();
    settings.api.streams.connections_max = 1;
    settings.api.streams.handshakes_max = 1;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let served = Served::start(&edge, STALL).await;
    let mut silent = served.websocket().await;
    let refused = served.open(&[PROTOCOL]).await;
    assert!(matches!(refused.map(|_| ()), Err(Error::Http(response)) if response.status() == 503));
    let stream = Request::get("/events").header("host", "localhost");
    let stream = stream.header("accept", "text/event-stream").body(Body::empty()).unwrap();
    let open = edge.router.clone().oneshot(stream).await.unwrap();
    assert_eq!(open.status(), 200, "the one seat is free");
    silent.say(json!({ "type": "connection_init" })).await;
    assert_eq!(silent.closed().await, 1013);
    drop((open, silent));
    let free = || async { served.open(&[PROTOCOL]).await.ok() };
    let mut next = wait::until("the place at the door to be free", free).await;
    next.say(json!({ "type": "connection_init" })).await;
    assert_eq!(next.hear().await["type"], "connection_ack");
}

#[test]
fn who_takes_nothing_is_told_so_before_the_line_is_cut() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let measured = recorder.handle();
    // All on this thread, which the recorder belongs to.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(told_and_cut(&measured)));
}

/// A client stops to read until the server gives it up, then reads on.
async fn told_and_cut(measured: &PrometheusHandle) {
    let mut settings = settings();
    settings.api.streams.stall_ms_max = 200;
    let stall = Duration::from_millis(settings.api.streams.stall_ms_max);
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    edge.long_mails(300).await;
    let served = Served::start(&edge, stall).await;
    let mut client = served.let_in(json!({})).await;
    let query = "subscription { events(after: \"earliest\", personal: true) { position data } }";
    client.subscribe("1", query, Value::Null).await;
    let given_up = "casebook_websockets_closed_total{code=\"4508\"} 1";
    wait::until("the server to give up", || async {
        measured.render().contains(given_up).then_some(())
    })
    .await;
    // What was on its way comes whole and in order, and then the reason.
    let (mut last, mut messages) = (0, 0);
    let code = loop {
        match client.frame().await {
            Some(Message::Text(text)) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                let position = message["payload"]["data"]["events"]["position"].as_str().unwrap();
                let place: u64 = position.rsplit(':').next().unwrap().parse().unwrap();
                assert!(place > last, "{place} after {last}");
                (last, messages) = (place, messages + 1);
            }
            Some(Message::Close(Some(frame))) => break u16::from(frame.code),
            other => panic!("a reason was expected after {messages} messages, not {other:?}"),
        }
    };
    assert_eq!(code, 4508);
    assert!(last < edge.app.store().log().last_position().await.unwrap(), "not all was sent");
    assert_eq!(client.frame().await, None, "and then the line is cut");
}
