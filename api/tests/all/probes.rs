//! Probes and the page at `/`.

use casebook_tests::TestDatabase;

use crate::harness::Edge;

#[tokio::test]
async fn a_healthy_server_says_so() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    edge.settle().await;
    assert_eq!(edge.get("/healthz").await.body, b"ok\n");
    let ready = edge.get("/readyz").await;
    assert_eq!((ready.status, ready.json()["ready"].clone()), (200, true.into()));
}

#[tokio::test]
async fn metrics_and_the_page_are_served() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    let metrics = edge.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let page = edge.get("/").await;
    assert_eq!(page.status, 200);
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(html.contains("/graphql") && html.contains("docs/http.md"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(edge.get("/nothing").await.refusal().1, "NOT_FOUND");
}
