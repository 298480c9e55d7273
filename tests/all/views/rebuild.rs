//! What rebuilding read models does to the views: nothing that anybody notices.

use casebook_tests::{TestDatabase, postgres_only, wait};

use super::roles::table_of;
use super::row;
use super::sop::QUEUE;
use super::stories::{Filled, story};

postgres_only!(
    views_live_through_rebuilds_and_new_versions,
    what_others_built_stays,
    a_reader_who_takes_long_stops_no_rebuild,
    a_stranger_with_the_lock_stops_no_rebuild,
    objects_of_others_are_left_alone,
    a_start_changes_nothing_that_is_right,
);

/// Tables that the views read, with their states.
const SHOWN: &str = "SELECT DISTINCT u.table_name, m.state \
     FROM information_schema.view_table_usage u JOIN read_models m ON m.table_name = u.table_name \
     WHERE u.view_schema IN ('raw_ops', 'support') ORDER BY 1";
const COUNTS: &str = "SELECT (SELECT count(*) FROM raw_ops.support_tickets), \
     (SELECT count(*) FROM raw_ops.ticket_messages), \
     (SELECT count(*) FROM raw_ops.cs_agent_decisions), \
     (SELECT count(*) FROM raw_ops.subscriptions), \
     (SELECT count(*) FROM support.support_conversations), \
     (SELECT sum(new_conversations) FROM support.support_analytics), \
     (SELECT count(*) FROM raw_ops.ticket_open_times), \
     (SELECT count(*) FROM support.support_messages WHERE is_private)";
const MODELS: [&str; 7] =
    ["tickets", "conversations", "messages", "decisions", "contacts", "notes", "ticket_facts"];

/// The tables that the views read, once all are live and those they replace are dropped. Where
/// several are exchanged at a time, some views and tables follow a moment later.
async fn shown(database: &TestDatabase) -> Vec<String> {
    wait::until("the views show what is live", || async {
        let mut raw = database.raw().await;
        let rows = raw.rows(SHOWN).await;
        let live = rows.iter().all(|table| table[1] == "live");
        let left = raw.number("SELECT count(*) FROM read_models WHERE state <> 'live'").await;
        (live && left == 0).then(|| rows.into_iter().map(|table| table[0].clone()).collect())
    })
    .await
}

async fn views_live_through_rebuilds_and_new_versions(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let mut raw = database.raw().await;
    let (before, counts) = (shown(&database).await, raw.rows(COUNTS).await);
    assert_eq!(before.len(), MODELS.len());
    for model in MODELS {
        filled.projections.rebuild(model).await.expect("rebuilt");
        assert_eq!(raw.rows(COUNTS).await, counts, "{model}");
    }
    let rebuilt = shown(&database).await;
    assert!(rebuilt.iter().all(|table| table.ends_with("_2")), "{rebuilt:?}");
    // All at once are made by another version of the program.
    let store = filled.store;
    filled.projections.stop().await;
    raw.execute("UPDATE read_models SET version = 0").await.expect("older");
    let filled = Filled::on(store).await;
    let renewed = shown(&database).await;
    assert!(renewed.iter().all(|table| table.ends_with("_3")), "{renewed:?}");
    assert_eq!(raw.rows(COUNTS).await, counts);
    // What comes later is shown.
    story(500).append(&filled.store).await.expect("appended");
    filled.caught_up().await;
    let more = raw.rows(COUNTS).await;
    assert_eq!(more[0][0].parse::<i64>(), counts[0][0].parse::<i64>().map(|count| count + 1));
    filled.close().await;
}

async fn what_others_built_stays(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let mut raw = database.raw().await;
    let theirs = format!(
        "CREATE VIEW raw_ops.v_of_the_sop AS {QUEUE} CREATE SCHEMA reports; \
         CREATE VIEW reports.daily AS SELECT date, new_conversations FROM support.support_analytics"
    );
    raw.execute(&theirs).await.expect("their views");
    let seen = "SELECT (SELECT count(*) FROM raw_ops.v_of_the_sop), \
                (SELECT sum(new_conversations) FROM reports.daily)";
    let before = raw.rows(seen).await;
    for model in MODELS {
        filled.projections.rebuild(model).await.expect("rebuilt");
    }
    let store = filled.store;
    filled.projections.stop().await;
    raw.execute("UPDATE read_models SET version = 0").await.expect("older");
    let filled = Filled::on(store).await;
    assert_eq!(raw.rows(seen).await, before);
    shown(&database).await;
    filled.close().await;
}

async fn a_reader_who_takes_long_stops_no_rebuild(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let (mut reader, mut raw) = (database.raw().await, database.raw().await);
    let begin = "BEGIN; SELECT count(*) FROM raw_ops.v_support_queue";
    reader.execute(begin).await.expect("a long query");
    filled.projections.rebuild("tickets").await.expect("rebuilt");
    let states = "SELECT state FROM read_models WHERE name = 'tickets' ORDER BY generation";
    assert_eq!(raw.rows(states).await, [row(["retired"]), row(["live"])]);
    // Views that the reader does not look at show the new table; the other one follows later.
    let table = table_of(&mut raw, "tickets").await;
    let moved = format!(
        "SELECT count(*) FROM information_schema.view_table_usage \
         WHERE table_name = '{table}' AND view_name = 'support_conversations'"
    );
    assert_eq!(raw.number(&moved).await, 1);
    story(501).append(&filled.store).await.expect("appended");
    filled.caught_up().await;
    reader.execute("COMMIT").await.expect("its end");
    shown(&database).await;
    let found = format!(
        "SELECT count(*) FROM raw_ops.support_tickets WHERE id = '{}'",
        super::stories::opening(501).ticket_id()
    );
    assert_eq!(raw.number(&found).await, 1);
    filled.close().await;
}

/// The views take turns by a lock that anybody may take who can connect.
async fn a_stranger_with_the_lock_stops_no_rebuild(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let (mut stranger, mut raw) = (database.raw().await, database.raw().await);
    let lock = "BEGIN; SELECT pg_advisory_xact_lock(x'6361736576696577'::bigint)";
    stranger.execute(lock).await.expect("the lock");
    filled.projections.rebuild("tickets").await.expect("rebuilt");
    let states = "SELECT state FROM read_models WHERE name = 'tickets' ORDER BY generation";
    assert_eq!(raw.rows(states).await, [row(["retired"]), row(["live"])]);
    story(502).append(&filled.store).await.expect("appended");
    filled.caught_up().await;
    stranger.execute("COMMIT").await.expect("its end");
    shown(&database).await;
    let found = format!(
        "SELECT count(*) FROM raw_ops.support_tickets WHERE id = '{}'",
        super::stories::opening(502).ticket_id()
    );
    assert_eq!(raw.number(&found).await, 1);
    filled.close().await;
}

async fn objects_of_others_are_left_alone(database: TestDatabase) {
    let mut raw = database.raw().await;
    let theirs = "CREATE SCHEMA raw_ops; \
         CREATE TABLE raw_ops.support_tickets (id int); \
         INSERT INTO raw_ops.support_tickets VALUES (7); \
         CREATE VIEW raw_ops.customers AS SELECT 8 AS id";
    raw.execute(theirs).await.expect("their objects");
    let filled = Filled::new(&database).await;
    filled.projections.rebuild("tickets").await.expect("rebuilt");
    let mut both = raw.rows("SELECT id FROM raw_ops.support_tickets").await;
    both.extend(raw.rows("SELECT id FROM raw_ops.customers").await);
    assert_eq!(both, [row(["7"]), row(["8"])]);
    assert!(raw.number("SELECT count(*) FROM raw_ops.v_support_queue").await > 0);
    filled.close().await;
}

async fn a_start_changes_nothing_that_is_right(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let mut raw = database.raw().await;
    // A row of the catalog that was not written has the same number of its last writer.
    let written = "SELECT c.oid, c.xmin, r.xmin FROM pg_class c JOIN pg_rewrite r \
         ON r.ev_class = c.oid WHERE c.relnamespace IN ('raw_ops'::regnamespace, \
         'support'::regnamespace) ORDER BY 1";
    let before = raw.rows(written).await;
    assert_eq!(before.len(), 12);
    casebook_projections::prepare(&filled.store).await.expect("prepared");
    assert_eq!(raw.rows(written).await, before);
    filled.close().await;
}
