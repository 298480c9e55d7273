//! Indexes of a rebuild take as long as the table is large, whatever other statements may take.

use casebook_projections::Projections;
use casebook_projections::testing::mixed;
use casebook_store::{Mode, StoreSettings};
use casebook_tests::TestDatabase;
use casebook_tests::models::small_settings;
use casebook_tests::wait::{self, bounded};

/// Time that a statement may take.
const TIMEOUT_MS: u64 = 2_000;

/// Lets the next index take longer than a statement may.
const SLOW: &str = "CREATE SEQUENCE indexes_made;
    CREATE FUNCTION hesitate() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN IF nextval('indexes_made') = 1 THEN PERFORM pg_sleep(3); END IF; END $$;
    CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE INDEX')
    EXECUTE FUNCTION hesitate()";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slow_index_does_not_end_a_rebuild() {
    bounded(async {
        let database = TestDatabase::postgres().await;
        let settings =
            StoreSettings { statement_timeout_ms: TIMEOUT_MS, ..StoreSettings::default() };
        let store = database.try_open(Mode::Write, settings).await.expect("opened");
        let last = mixed(0, 10).append(&store).await.expect("appended");
        let projections = Projections::start(&store, &small_settings()).await.expect("started");
        projections.caught_up(last, wait::CONDITION_LIMIT).await.expect("caught up");
        let mut raw = database.raw().await;
        raw.execute(SLOW).await.expect("slow");
        let report = projections.rebuild("tickets").await.expect("rebuilt");
        assert_eq!(report.comparison.expect("the same definition").differing, 0);
        assert!(raw.number("SELECT last_value FROM indexes_made").await > 1, "they were made");
        projections.stop().await;
        store.close().await;
    })
    .await;
}
