//! A log made by Casebook gives the same aggregates through the unmodified crates.

use casebook_compat::open::Database;
use casebook_compat::read::load;
use casebook_compat::sample::Sample;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_es_reads_the_same_aggregates() {
    reads_the_same("sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_es_reads_the_same_aggregates() {
    reads_the_same("postgres").await;
}

async fn reads_the_same(kind: &str) {
    let sample = tokio::task::block_in_place(|| Sample::make(kind));
    let database = Database::open(&sample.url).await.expect("the database opens");
    assert!(sample.aggregates.len() >= 20, "the sample has many aggregates");
    for ours in &sample.aggregates {
        assert!(ours.version > 0, "{} {} has events", ours.kind, ours.id);
        let theirs = load(&database, &ours.kind, &ours.id).await.expect("loaded");
        assert_eq!(*ours, theirs);
    }
}
