//! GraphQL over HTTP: methods, media types, statuses.

use axum::body::Body;
use axum::http::Method;
use casebook_tests::TestDatabase;

use crate::harness::{Edge, settings};

const JSON: (&str, &str) = ("content-type", "application/json");
const GRAPHQL: (&str, &str) =
    ("accept", "application/graphql-response+json, application/json;q=0.9");

async fn edge() -> Edge {
    Edge::new(TestDatabase::sqlite().await).await
}

#[tokio::test]
async fn the_status_tells_about_the_request_where_the_caller_takes_it() {
    let edge = edge().await;
    let good =
        r#"{"query":"query A { position } query B { tenants { name } }","operationName":"A"}"#;
    let wrong = r#"{"query":"{ nothing }"}"#;
    let missing = r#"{"query":"{ ticket(id: \"0195c1a0-0000-7000-8000-000000000001\") { id } }"}"#;
    for (body, accept, status, media) in [
        (good, Some(GRAPHQL), 200, "application/graphql-response+json"),
        (good, None, 200, "application/json"),
        (good, Some(("accept", "*/*")), 200, "application/json"),
        (wrong, Some(GRAPHQL), 400, "application/graphql-response+json"),
        (wrong, None, 200, "application/json"),
        (missing, Some(GRAPHQL), 200, "application/graphql-response+json"),
    ] {
        let mut headers = vec![JSON];
        headers.extend(accept);
        let reply = edge.call(Method::POST, "/graphql", &headers, body).await;
        assert_eq!((reply.status, reply.header("content-type")), (status, media), "{body}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let edge = edge().await;
    let text = ("content-type", "text/plain");
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (header, body, status) in [
        (JSON, "", 400),
        (JSON, "{", 400),
        (JSON, "[]", 400),
        (JSON, r#"{"query":7}"#, 400),
        (JSON, r#"{"variables":{}}"#, 400),
        (JSON, r#"{"query":"{ position }","colour":1}"#, 400),
        (JSON, r#"[{"query":"{ position }"}]"#, 400),
        (text, r#"{"query":"{ position }"}"#, 415),
        (form, "query=%7B%20position%20%7D", 415),
    ] {
        let reply = edge.call(Method::POST, "/graphql", &[header], body).await;
        assert_eq!(reply.status, status, "{body}");
        let error = &reply.json()["errors"][0];
        assert_eq!(error["extensions"]["code"], "INVALID", "{body}");
        assert!(error["message"].is_string());
    }
    let put = edge.call(Method::PUT, "/graphql", &[JSON], "{}").await;
    assert_eq!(put.status, 405);
}

#[tokio::test]
async fn queries_may_come_by_get() {
    let edge = edge().await;
    let reply = edge.get("/graphql?query=%7B%20position%20%7D").await;
    assert_eq!(reply.status, 200);
    assert!(reply.json()["data"]["position"].is_string());
    let variables = "/graphql?query=query(%24f%3AInt)%7Bqueue(first%3A%24f)%7BtotalCount%7D%7D\
                     &variables=%7B%22f%22%3A1%7D";
    assert_eq!(edge.get(variables).await.json()["data"]["queue"]["totalCount"], 0);
    for (path, status) in [
        ("/graphql", 400),
        ("/graphql?query=", 400),
        ("/graphql?query=mutation%20%7B%20x%20%7D", 405),
        (
            "/graphql?query=mutation%7BcloseTicket(input%3A%7BticketId%3A%22x%22%7D)%7Bversion%7D%7D",
            405,
        ),
        (
            "/graphql?operationName=B&query=query%20A%7Bposition%7Dmutation%20B%7BcloseTicket(\
             input%3A%7BticketId%3A%22x%22%7D)%7Bversion%7D%7D",
            405,
        ),
        ("/graphql?query=%7B%20position%20%7D&variables=7", 400),
        ("/graphql?query=%7B%20position%20%7D&colour=red", 400),
    ] {
        let reply = edge.get(path).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "INVALID", "{path}");
    }
    let head = edge.call(Method::HEAD, "/graphql?query=%7Bposition%7D", &[], Body::empty()).await;
    assert_eq!(head.status, 200);
}

#[tokio::test]
async fn a_request_too_large_is_refused() {
    let mut settings = settings();
    settings.api.graphql_bytes_max = 100;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    let body = format!("{{\"query\":\"{{ position }} {}\"}}", " ".repeat(100));
    let reply = edge.call(Method::POST, "/graphql", &[JSON], body).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.json()["errors"][0]["extensions"]["limit"], "api.graphql_bytes_max");
}
