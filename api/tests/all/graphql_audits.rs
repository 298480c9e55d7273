//! GraphQL over HTTP held against its specification: the audits that the public suite of the
//! package `graphql-http` makes, under its identifiers.

use axum::body::Body;
use axum::http::Method;
use casebook_tests::TestDatabase;
use serde_json::{Value, json};

use crate::harness::{Edge, Reply};

const RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

async fn edge() -> Edge {
    Edge::new(TestDatabase::sqlite().await).await
}

async fn post(edge: &Edge, accept: Option<&str>, body: impl Into<Body>) -> Reply {
    let mut headers = vec![("content-type", JSON)];
    headers.extend(accept.map(|accept| ("accept", accept)));
    edge.call(Method::POST, "/graphql", &headers, body).await
}

async fn ask(edge: &Edge, accept: Option<&str>, body: Value) -> Reply {
    post(edge, accept, body.to_string()).await
}

#[tokio::test]
async fn media_types_are_negotiated() {
    let edge = edge().await;
    let body = json!({ "query": "{ __typename }" });
    for (audit, accept, media) in [
        ("22EB", Some(RESPONSE), RESPONSE),
        ("4655", Some(JSON), JSON),
        ("47DE", Some("*/*"), JSON),
        ("80D8", None, JSON),
    ] {
        let reply = ask(&edge, accept, body.clone()).await;
        assert_eq!(reply.status, 200, "{audit}");
        assert!(reply.header("content-type").contains(media), "{audit}");
        assert!(std::str::from_utf8(&reply.body).is_ok(), "82A3");
    }
    let words = json!({ "query": "{ __type(name: \"Run🏃Swim🏊\") { name } }" }).to_string();
    for (audit, media) in [("BF61", "application/json; charset=utf-8"), ("78D5", JSON)] {
        let headers = [("content-type", media)];
        let reply = edge.call(Method::POST, "/graphql", &headers, words.clone()).await;
        assert_eq!(reply.status, 200, "{audit}");
    }
    let bare = edge.call(Method::POST, "/graphql", &[], body.to_string()).await;
    assert!((400..500).contains(&bare.status), "9ABE");
}

#[tokio::test]
async fn queries_come_by_get_and_mutations_do_not() {
    let edge = edge().await;
    let accept = [("accept", RESPONSE)];
    let get = async |query: &str| {
        edge.call(Method::GET, &format!("/graphql?{query}"), &accept, Body::empty()).await
    };
    assert_eq!(get("query=%7B+__typename+%7D").await.status, 200, "5A70");
    assert_eq!(get("query=mutation+%7B+__typename+%7D").await.status, 405, "9C48");
    let typed = "query=query+Type%28%24name%3A+String%21%29+%7B+__type%28name%3A+%24name%29+%7B+name\
                 +%7D+%7D&variables=%7B%22name%22%3A%22sometype%22%7D";
    let reply = get(typed).await;
    assert!(reply.status == 200 && reply.json().get("errors").is_none(), "D6D5, 6A70");
}

#[tokio::test]
async fn parameters_have_their_types() {
    let edge = edge().await;
    let odd = |words: Value| [json!({ "obj": "ect" }), json!(0), json!(false), words];
    for (audit, name, values) in [
        ("LKJ", "query", odd(json!(["array"]))),
        ("6C0", "operationName", odd(json!(["array"]))),
        ("476", "variables", [json!("string"), json!(0), json!(false), json!(["array"])]),
        ("58B", "extensions", [json!("string"), json!(0), json!(false), json!(["array"])]),
    ] {
        for value in values {
            let mut body = json!({ "query": "{ __typename }" });
            body[name] = value;
            let status = ask(&edge, None, body.clone()).await.status;
            assert_eq!(status, 400, "{audit}: {body}");
        }
    }
    let query = "query Type($name: String!) { __type(name: $name) { name } }";
    for (audit, body) in [
        ("34A2, 13EE", json!({ "query": "{ __typename }" })),
        ("8161, B8B3", json!({ "query": "query Query { __typename }", "operationName": "Query" })),
        ("94B0, 0220", json!({ "query": "{ __typename }", "variables": null })),
        ("94B1, 0221", json!({ "query": "{ __typename }", "operationName": null })),
        ("94B2, 0222", json!({ "query": "{ __typename }", "extensions": null })),
        ("2EA1, 28B9", json!({ "query": query, "variables": { "name": "sometype" } })),
        ("428F, 1B7A", json!({ "query": "{ __typename }", "extensions": { "some": "value" } })),
    ] {
        for accept in [RESPONSE, JSON] {
            let reply = ask(&edge, Some(accept), body.clone()).await;
            assert_eq!(reply.status, 200, "{audit} {accept}");
            assert!(reply.json().get("errors").is_none(), "{audit} {accept}");
        }
    }
}

#[tokio::test]
async fn what_is_no_request_is_400() {
    let edge = edge().await;
    assert_eq!(post(&edge, None, Body::empty()).await.status, 400, "A5BF");
    let without = json!({ "notquery": "{ __typename }" });
    assert_eq!(ask(&edge, Some(RESPONSE), without).await.status, 400, "423L");
    for (audit, accept) in [("BCF8", JSON), ("B7N8", RESPONSE)] {
        assert_eq!(post(&edge, Some(accept), "{ \"not a JSON").await.status, 400, "{audit}");
    }
    let invalid = json!({ "qeury": "{ __typename }" });
    assert_eq!(ask(&edge, None, invalid).await.status, 400, "8764, 3E3A");
}

#[tokio::test]
async fn documents_that_cannot_be_executed_are_told_by_the_media_type() {
    let edge = edge().await;
    let coerce = "query CoerceFailure($id: ID!){ __typename }";
    for (audits, body) in [
        ("572B, 865D, 556A, D586", json!({ "query": "{" })),
        ("FDE2, 51FE, 74FF, 5E5B", json!({ "query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }" })),
        ("FDE2, 51FE, 74FF, 5E5B", json!({ "query": "{ nothing }" })),
        ("7B9B, 86EE", json!({ "query": coerce, "variables": { "id": null } })),
        ("7B9B, 86EE", json!({ "query": coerce })),
    ] {
        for (accept, status) in [(JSON, 200), (RESPONSE, 400)] {
            let reply = ask(&edge, Some(accept), body.clone()).await;
            assert_eq!(reply.status, status, "{audits} {accept}");
            let answer = reply.json();
            assert!(answer.get("data").is_none(), "{audits} {accept}: {answer}");
            assert!(answer["errors"][0]["message"].is_string(), "{audits} {accept}");
        }
    }
}
