//! Who is let in: hosts, origins, tokens, agents.

use axum::body::Body;
use axum::http::Method;
use casebook_api::{EdgeSettings, Secret};
use casebook_tests::TestDatabase;

use crate::harness::{Edge, settings};

async fn edge(settings: EdgeSettings) -> Edge {
    Edge::with(TestDatabase::sqlite().await, settings).await
}

fn closed() -> EdgeSettings {
    let mut settings = settings();
    settings.api.token = Some(Secret::new("t0ken"));
    settings.api.hosts = vec!["support.example".to_owned()];
    settings.api.origins = vec!["https://portal.example".to_owned()];
    settings
}

const QUERY: &str = r#"{"query":"{ position }"}"#;

#[tokio::test]
async fn only_known_hosts_and_origins_are_answered() {
    let edge = edge(closed()).await;
    for (path, host, origin, status) in [
        ("/", "localhost:8080", None, 200),
        ("/", "support.example", None, 200),
        ("/", "evil.example", None, 421),
        ("/metrics", "evil.example", None, 421),
        ("/nowhere", "evil.example", None, 421),
        ("/nowhere", "localhost", None, 404),
        ("/", "support.example", Some("https://support.example"), 200),
        ("/", "support.example", Some("https://portal.example"), 200),
        ("/", "support.example", Some("https://evil.example"), 403),
        ("/", "support.example", Some("null"), 403),
        ("/healthz", "10.1.2.3:8080", None, 200),
        ("/readyz", "10.1.2.3:8080", None, 200),
    ] {
        let mut headers = vec![("host", host)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let reply = edge.call(Method::GET, path, &headers, Body::empty()).await;
        assert_eq!(reply.status, status, "{path} {headers:?}");
        if status == 421 || status == 403 {
            assert_eq!(reply.refusal().1, "FORBIDDEN");
        }
    }
}

#[tokio::test]
async fn a_token_is_asked_for_where_people_are_seen() {
    let edge = edge(closed()).await;
    let json = ("content-type", "application/json");
    for (token, status) in [
        (None, 401),
        (Some("Bearer wrong"), 401),
        (Some("Basic t0ken"), 401),
        (Some("Bearer t0ken"), 200),
    ] {
        let mut headers = vec![json];
        headers.extend(token.map(|token| ("authorization", token)));
        let reply = edge.call(Method::POST, "/graphql", &headers, QUERY).await;
        assert_eq!(reply.status, status, "{token:?}");
        if status == 401 {
            assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
    let graphql = ("accept", "application/graphql-response+json");
    let reply = edge.call(Method::GET, "/graphql?query=%7Bposition%7D", &[graphql], "").await;
    assert_eq!((reply.status, reply.header("content-type")), (401, graphql.1));
    assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    let path = "/files/protocol-raw/0195c1a0-0000-7000-8000-000000000001/raw";
    assert_eq!(edge.get(path).await.status, 401);
    assert_eq!(edge.get("/").await.status, 200);
}

#[tokio::test]
async fn an_agent_needs_a_name_that_is_one() {
    let edge = edge(settings()).await;
    for (agent, status) in [("agent:ada", 200), ("ada@team.example", 200), ("agent:", 400)] {
        let headers = [("content-type", "application/json"), ("x-casebook-agent", agent)];
        let reply = edge.call(Method::POST, "/graphql", &headers, QUERY).await;
        assert_eq!(reply.status, status, "{agent}");
    }
}

#[tokio::test]
async fn pages_of_listed_origins_may_ask_and_others_may_not() {
    let edge = edge(closed()).await;
    let preflight = |origin: &'static str| {
        [
            ("origin", origin),
            ("host", "support.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,x-casebook-agent"),
        ]
    };
    let listed = preflight("https://portal.example");
    let reply = edge.call(Method::OPTIONS, "/graphql", &listed, Body::empty()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), "https://portal.example");
    assert_eq!(reply.header("access-control-allow-credentials"), "", "no cookies");
    for name in ["authorization", "content-type", "x-casebook-agent"] {
        assert!(reply.header("access-control-allow-headers").contains(name), "{name}");
    }
    let mutation =
        r#"{"query":"mutation { closeTicket(input: { ticketId: \"x\" }) { version } }"}"#;
    for (origin, token, status) in [
        ("https://portal.example", "Bearer t0ken", 200),
        ("https://portal.example", "Bearer wrong", 401),
        ("https://evil.example", "Bearer t0ken", 403),
    ] {
        let json = ("content-type", "application/json");
        let headers =
            [json, ("host", "support.example"), ("origin", origin), ("authorization", token)];
        let reply = edge.call(Method::POST, "/graphql", &headers, mutation).await;
        assert_eq!(reply.status, status, "{origin} {token}");
        let allowed = if status == 403 { "" } else { origin };
        assert_eq!(reply.header("access-control-allow-origin"), allowed, "{origin} {token}");
    }
    let other = preflight("https://evil.example");
    let reply = edge.call(Method::OPTIONS, "/graphql", &other, Body::empty()).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.header("access-control-allow-origin"), "");
}
