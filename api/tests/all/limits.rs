//! Limits of GraphQL: depth, cost, pages, introspection.

use std::time::Instant;

use casebook_tests::TestDatabase;
use serde_json::{Value, json};

use crate::harness::{Edge, settings};

async fn edge() -> Edge {
    Edge::new(TestDatabase::sqlite().await).await
}

#[tokio::test]
async fn queries_that_nest_or_cost_too_much_are_refused() {
    let edge = edge().await;
    let circle = "conversation { openTicket { ".repeat(9);
    let deep = format!("{{ queue {{ edges {{ node {{ {circle} id {} }} }} }} }}", "} }".repeat(9));
    let deep = edge.fault(&deep, json!({})).await;
    assert_eq!(
        (deep["code"].as_str(), deep["limit"].as_str()),
        (Some("LIMIT"), Some("api.graphql_depth_max"))
    );

    let wide = "{ queue(first: 200) { edges { node { conversation { messages(first: 200) { edges \
                { node { id text } } } } } } } }";
    let costly = edge.fault(wide, json!({})).await;
    assert_eq!(costly["limit"], "api.graphql_complexity_max");

    let aliases: String =
        (0..2000).map(|n| format!("q{n}: queue(first: 50) {{ totalCount }} ")).collect();
    let many = edge.fault(&format!("{{ {aliases} }}"), json!({})).await;
    assert_eq!(many["limit"], "api.graphql_complexity_max");
}

#[tokio::test]
async fn bombs_are_refused_at_once() {
    let edge = edge().await;
    let mut bomb = "{ ...f0 }".to_owned();
    for level in 0..40 {
        let next = level + 1;
        bomb.push_str(&format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}"));
    }
    bomb.push_str(" fragment f40 on Query { position }");
    let started = Instant::now();
    assert_eq!(edge.fault(&bomb, json!({})).await["code"], "LIMIT");
    for bracket in ["{a", "[", "{a(x:\"}\")", "{a(x:["] {
        let nested = bracket.repeat(20_000);
        assert_eq!(edge.fault(&nested, json!({})).await["code"], "LIMIT", "{bracket}");
    }
    let circle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
    assert_eq!(edge.fault(circle, json!({})).await["code"], "INVALID");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[tokio::test]
async fn pages_have_a_largest_size() {
    let mut settings = settings();
    settings.api.page_size_max = 3;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    for arguments in ["first: 4", "last: 4", "first: 2147483647"] {
        let fault = edge
            .fault(&format!("{{ queue({arguments}) {{ pageInfo {{ hasNextPage }} }} }}"), json!({}))
            .await;
        // A very large page is refused for its cost already.
        let limit = fault["limit"].as_str().unwrap();
        assert_eq!(fault["code"], "LIMIT");
        assert!(["api.page_size_max", "api.graphql_complexity_max"].contains(&limit), "{fault}");
    }
    let fits = edge.data("{ queue(first: 3) { pageInfo { hasNextPage } } }", json!({})).await;
    assert_eq!(fits["queue"]["pageInfo"]["hasNextPage"], false);
}

#[tokio::test]
async fn the_schema_is_told_unless_it_is_switched_off() {
    let query = "{ __schema { queryType { name } } }";
    let told = edge().await.data(query, json!({})).await;
    assert_eq!(told["__schema"]["queryType"]["name"], "Query");

    let mut settings = settings();
    settings.api.introspection = false;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    for query in [query, "{ __type(name: \"Ticket\") { name } }"] {
        let answer = edge.ask(query, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
        assert!(!answer.to_string().contains("Query\""), "{answer}");
    }
    let typename = edge.data("{ __typename position }", json!({})).await;
    assert_eq!(typename["__typename"], "Query");
    assert_ne!(typename["position"], Value::Null);
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_given_up() {
    let mut settings = settings();
    settings.api.graphql_timeout_ms = 0;
    let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
    // Far more work than a timer takes to notice that its time is over.
    let queues = (0..300).map(|n| format!("q{n}: queue(first: 1) {{ totalCount }} "));
    let query = format!("{{ {} }}", queues.collect::<String>());
    let fault = edge.fault(&query, json!({})).await;
    assert_eq!(
        (fault["code"].as_str(), fault["limit"].as_str()),
        (Some("LIMIT"), Some("api.graphql_timeout_ms"))
    );
}
