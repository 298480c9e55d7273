//! `/graphiql`: everything comes from the binary, and no script is inline.

use casebook_tests::TestDatabase;

use crate::harness::{Edge, settings};

/// Values of attributes and words of imports that name a part of the page.
fn named(text: &str) -> Vec<String> {
    let parts = text.split('"').filter(|word| word.starts_with("/graphiql/"));
    parts.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_page_and_its_parts_are_in_the_binary() {
    let edge = Edge::new(TestDatabase::sqlite().await).await;
    let mut pending = vec!["/graphiql".to_owned()];
    let mut seen = Vec::new();
    while let Some(path) = pending.pop() {
        if seen.contains(&path) {
            continue;
        }
        let reply = edge.get(&path).await;
        assert_eq!(reply.status, 200, "{path}");
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        let text = String::from_utf8(reply.body).unwrap();
        let loaded = ["src=\"http", "href=\"http", "src=\"//", "url(http", "url(//", "@import"];
        for elsewhere in loaded {
            assert!(!text.contains(elsewhere), "{path} holds {elsewhere}");
        }
        pending.extend(named(&text));
        seen.push(path);
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
    assert_eq!(edge.get("/graphiql/nothing.js").await.status, 404);
}

#[tokio::test]
async fn it_is_gone_where_it_is_not_wanted() {
    for (graphiql, introspection) in [(false, true), (true, false)] {
        let mut settings = settings();
        (settings.api.graphiql, settings.api.introspection) = (graphiql, introspection);
        let edge = Edge::with(TestDatabase::sqlite().await, settings).await;
        for path in ["/graphiql", "/graphiql/app.js"] {
            assert_eq!(edge.get(path).await.status, 404, "{path}");
        }
    }
}
