//! What the outside is told when the database goes away in the middle.

use casebook_tests::TestDatabase;
use casebook_tests::postgres::{PostgresServer, Stop};
use casebook_tests::wait::bounded;
use serde_json::json;

use crate::harness::{Edge, HELLO, calm, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_without_its_database_says_so_and_tells_no_more() {
    bounded(async {
        let server = PostgresServer::start();
        let database = TestDatabase::postgres_on(&server).await;
        let mut settings = settings();
        settings.api.ready_timeout_ms = 500;
        let edge = Edge::with(database, settings).await;
        edge.settle().await;
        assert_eq!(edge.get("/readyz").await.status, 200);

        server.stop(Stop::Immediate);
        assert_eq!(edge.get("/healthz").await.status, 200);
        let ready = edge.get("/readyz").await;
        assert_eq!((ready.status, ready.json()["ready"].clone()), (503, false.into()));
        assert!(ready.json()["problems"][0].as_str().unwrap().contains("database"));

        let answer = edge.ask("{ queue { totalCount } }", json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "UNAVAILABLE", "{answer}");
        assert!(error["extensions"]["retryAfter"].as_u64().unwrap() > 0);
        let message = error["message"].as_str().unwrap().to_lowercase();
        assert!(!message.contains("postgres") && !message.contains("connection"), "{answer}");

        let mail = edge.mail(HELLO, calm("late")).await;
        assert_eq!((mail.status, mail.refusal().1.as_str()), (503, "UNAVAILABLE"));
        assert!(mail.header("retry-after").parse::<u32>().unwrap() > 0);
    })
    .await;
}
