//! `GET /events`: pages, streams, and who may have them.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request};
use casebook_api::{EdgeSettings, IntegrationSettings, Secret};
use casebook_tests::{TestDatabase, both_databases, wait};
use futures::StreamExt;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

use crate::harness::{Edge, HALLO, HELLO, Reply, calm, mail, settings, sick};
use crate::served::Served;

both_databases!(
    a_stream_gives_history_then_what_happens_without_a_seam,
    pages_lead_from_one_to_the_next,
);

const STREAM: (&str, &str) = ("accept", "text/event-stream");

/// A stream of events as a client reads it.
struct Sse {
    body: BodyDataStream,
    text: String,
}

/// What stands between two blank lines.
#[derive(Debug, Default)]
struct Frame {
    id: String,
    data: Option<Value>,
    comment: bool,
}

impl Sse {
    async fn open(edge: &Edge, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = Request::get(path).header("host", "localhost").header(STREAM.0, STREAM.1);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = edge.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream =
            Self { body: response.into_body().into_data_stream(), text: String::new() };
        let greeting = stream.frame().await.expect("a greeting");
        // Whoever is cut off before anything happens comes back to here.
        assert!(greeting.comment && greeting.id.contains(':'), "{greeting:?}");
        stream
    }

    /// The next frame; `None` at the end of the stream.
    async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((head, rest)) = self.text.split_once("\n\n") {
                let mut frame = Frame::default();
                for line in head.lines() {
                    match line.split_once(':').expect("a field") {
                        ("", _) => frame.comment = true,
                        ("id", id) => frame.id = id.trim().to_owned(),
                        ("data", data) => frame.data = serde_json::from_str(data).ok(),
                        ("retry", _) => {}
                        other => panic!("{other:?}"),
                    }
                }
                self.text = rest.to_owned();
                return Some(frame);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.body.next()).await;
            match chunk.expect("something comes") {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap()),
                None => return None,
            }
        }
    }

    /// The next event.
    async fn event(&mut self) -> Value {
        loop {
            let frame = self.frame().await.expect("the stream goes on");
            if let Some(event) = frame.data {
                assert_eq!(event["position"], frame.id);
                return event;
            }
        }
    }
}

fn events(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    serde_json::from_slice(&reply.body).unwrap()
}

async fn a_stream_gives_history_then_what_happens_without_a_seam(database: TestDatabase) {
    let edge = Edge::new(database).await;
    edge.mail(HELLO, sick("a")).await;
    let page = events(&edge.get("/events?limit=1000").await);
    let mut stream = Sse::open(&edge, "/events", &[]).await;
    let mut seen = Vec::new();
    while seen.len() < page.len() {
        seen.push(stream.event().await);
    }
    assert_eq!(seen, page);
    edge.mail(HELLO, calm("b")).await;
    let next = stream.event().await;
    assert_eq!(next["tenant"], "protocol-raw");
    // Coming back goes on behind the last event, whatever `after` says.
    let last = seen[2]["position"].as_str().unwrap();
    let mut again = Sse::open(&edge, "/events?after=latest", &[("last-event-id", last)]).await;
    assert_eq!(again.event().await, page[3]);
    let mut latest = Sse::open(&edge, "/events?after=latest&personal=true", &[]).await;
    edge.mail(HELLO, calm("c")).await;
    loop {
        let event = latest.event().await;
        if event["type"] == "casebook.message.received.v1" {
            let text = event["data"]["personal"]["new_text"].as_str().unwrap();
            assert!(text.starts_with("On which day"), "{text}");
            break;
        }
    }
    edge.stop.send_replace(true);
    while stream.frame().await.is_some() {}
    while latest.frame().await.is_some() {}
}

async fn pages_lead_from_one_to_the_next(database: TestDatabase) {
    let edge = Edge::new(database).await;
    edge.mail(HELLO, sick("a")).await;
    edge.mail(HALLO, mail("b", HALLO, "Ida <ida@example.at>", "Kurs", "Wann beginnt er?")).await;
    let all = events(&edge.get("/events?limit=1000").await);
    for base in
        ["limit=2", "limit=2&tenant=ozean-licht", "limit=3&type=casebook.ticket.received.v1"]
    {
        let (mut walked, mut path) = (Vec::new(), format!("/events?{base}"));
        loop {
            let reply = edge.get(&path).await;
            assert_eq!(
                reply.header("content-type"),
                "application/cloudevents-batch+json; charset=utf-8"
            );
            walked.extend(events(&reply));
            let position = reply.header("x-casebook-position");
            assert!(position.contains(':'));
            let Some(link) = reply.header("link").strip_prefix('<') else { break };
            path = link.strip_suffix(">; rel=\"next\"").expect("a link").to_owned();
            assert!(path.contains(&form(position)), "{path}");
        }
        let wanted = |event: &&Value| {
            !(base.contains("tenant") && event["tenant"] != "ozean-licht"
                || base.contains("type") && event["type"] != "casebook.ticket.received.v1")
        };
        let expected: Vec<_> = all.iter().filter(wanted).cloned().collect();
        assert_eq!(walked, expected, "{base}");
    }
}

fn form(text: &str) -> String {
    text.replace(':', "%3A")
}

#[tokio::test]
async fn what_cannot_be_asked_is_named() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    let foreign = "00000000000000000000000000000001:0";
    for (query, status, code, field) in [
        ("limit=0", 400, "INVALID", "limit"),
        ("limit=1001", 400, "INVALID", "limit"),
        ("after=x", 400, "INVALID", "after"),
        (&format!("after={foreign}"), 400, "INVALID", "after"),
        ("type=casebook.nonsense.v1", 400, "INVALID", "type"),
        ("tenant=nobody", 404, "NOT_FOUND", ""),
        ("ticket=7", 400, "INVALID", "ticket"),
        ("personal=maybe", 400, "INVALID", "personal"),
        ("colour=red", 400, "INVALID", "colour"),
    ] {
        let reply = edge.get(&format!("/events?{query}")).await;
        assert_eq!(reply.refusal(), (status, code.to_owned(), field.to_owned()), "{query}");
    }
    let headers = [STREAM, ("last-event-id", "x")];
    let reply = edge.call(Method::GET, "/events", &headers, Body::empty()).await;
    assert_eq!(reply.refusal().2, "last-event-id");
    let reply = edge.call(Method::GET, "/events?limit=5", &[STREAM], Body::empty()).await;
    assert_eq!(reply.refusal().2, "limit");
}

fn with_integrations() -> EdgeSettings {
    let mut settings = settings();
    settings.api.token = Some(Secret::new("agents"));
    for (name, personal) in [("warehouse", false), ("crm", true)] {
        let of = IntegrationSettings {
            token: Some(Secret::new(format!("{name}-token"))),
            tenants: vec!["protocol-raw".to_owned()],
            personal,
        };
        settings.api.integrations.insert(name.to_owned(), of);
    }
    settings
}

#[tokio::test]
async fn an_integration_sees_the_events_of_its_tenants_and_nothing_else() {
    let edge = Edge::with(TestDatabase::sqlite().await, with_integrations()).await;
    edge.mail(HELLO, sick("a")).await;
    edge.mail(HALLO, mail("b", HALLO, "Ida <ida@example.at>", "Kurs", "Wann beginnt er?")).await;
    let (warehouse, crm) = ("Bearer warehouse-token", "Bearer crm-token");
    for (token, path, status) in [
        ("Bearer nonsense", "/events", 401),
        (warehouse, "/events", 200),
        (warehouse, "/events?personal=true", 403),
        (warehouse, "/events?tenant=ozean-licht", 404),
        (crm, "/events?personal=true", 200),
        ("Bearer agents", "/events?personal=true&tenant=ozean-licht", 200),
        (crm, "/files/protocol-raw/0195c1a0-0000-7000-8000-000000000001/raw", 403),
    ] {
        let headers = [("authorization", token)];
        let reply = edge.call(Method::GET, path, &headers, Body::empty()).await;
        assert_eq!(reply.status, status, "{token} {path}");
        if status == 200 && token != "Bearer agents" {
            let events = events(&reply);
            assert!(!events.is_empty());
            assert!(events.iter().all(|event| event["tenant"] == "protocol-raw"));
            let personal = events.iter().any(|event| event["data"]["personal"].is_object());
            assert_eq!(personal, path.contains("personal"));
        }
    }
    for query in [
        "{ queue { totalCount } }",
        "{ position }",
        "mutation { closeTicket(input: { ticketId: \"0195c1a0-0000-7000-8000-000000000001\" }) \
         { error { code } } }",
    ] {
        let body = serde_json::json!({ "query": query }).to_string();
        let headers = [("content-type", "application/json"), ("authorization", crm)];
        let answer = edge.call(Method::POST, "/graphql", &headers, body).await.json();
        let code = [
            &answer["errors"][0]["extensions"]["code"],
            &answer["data"]["closeTicket"]["error"]["code"],
        ];
        assert!(code.contains(&&Value::from("FORBIDDEN")), "{query}: {answer}");
    }
}

#[tokio::test]
async fn a_sign_of_life_moves_the_cursor_over_what_does_not_pass() {
    let mut settings = settings();
    settings.api.streams.heartbeat_ms = 5;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let mut stream = Sse::open(&edge, "/events?type=casebook.ticket.closed.v1", &[]).await;
    edge.mail(HELLO, calm("a")).await;
    let last = edge.app.store().log().last_position().await.unwrap();
    let end = format!("{}:{last}", edge.app.log_id().simple());
    loop {
        let frame = stream.frame().await.expect("the stream goes on");
        assert!(frame.data.is_none() && frame.comment);
        if frame.id == end {
            break;
        }
    }
}

#[tokio::test]
async fn streams_have_a_number_of_seats() {
    let mut settings = settings();
    settings.api.streams.connections_max = 1;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let first = Sse::open(&edge, "/events", &[]).await;
    let refused = edge.call(Method::GET, "/events", &[STREAM], Body::empty()).await;
    assert_eq!((refused.status, refused.refusal().1.as_str()), (503, "LIMIT"));
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(edge.get("/events").await.status, 200, "pages need no seat");
    drop(first);
    Sse::open(&edge, "/events", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_nothing_is_cut_off() {
    let mut settings = settings();
    settings.api.streams.connections_max = 1;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    edge.long_mails(300).await;
    let served = Served::start(&edge, Duration::from_millis(200)).await;
    let mut idle = served.connect().await;
    let ask = "GET /events?personal=true HTTP/1.1\r\nhost: localhost\r\n\
               accept: text/event-stream\r\n\r\n";
    idle.write_all(ask.as_bytes()).await.unwrap();
    let mut begun = [0; 15];
    idle.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200 OK");
    // Its seat is free again once it has been cut off.
    let seat = || async {
        let request =
            Request::get("/events").header("host", "localhost").header(STREAM.0, STREAM.1);
        let request = request.body(Body::empty()).unwrap();
        let response = edge.router.clone().oneshot(request).await.unwrap();
        (response.status() == 200).then_some(())
    };
    wait::until("the idle reader to be cut off", seat).await;
    let mut rest = Vec::new();
    // Reset or ended: either way it does not get all.
    let _end = idle.read_to_end(&mut rest).await;
    assert!(rest.len() < 8_000_000, "{} bytes", rest.len());
}
