//! The SQL views on PostgreSQL: the columns and queries of the seeds, who may read, and what
//! rebuilding does to them.

mod chapter;
mod corners;
mod metrics;
mod rebuild;
mod roles;
mod same;
mod sop;
mod stories;
mod support;
mod told;

use casebook_tests::{Raw, TestDatabase};

/// A connection on which `NOW()` is the given instant, so that queries over the last 30 days see
/// the same in every run.
async fn at(database: &TestDatabase, now: casebook_domain::Timestamp) -> Raw {
    let mut raw = database.raw().await;
    let sql = format!(
        "CREATE SCHEMA clock;
         CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE
             AS $$ SELECT timestamptz '{now}' $$;
         SET search_path = clock, pg_catalog, public"
    );
    raw.execute(&sql).await.expect("a clock");
    raw
}

/// Holds rows against each other, in any order; tells only those that differ.
#[track_caller]
fn assert_same(found: Vec<Vec<String>>, expected: impl IntoIterator<Item = Vec<String>>) {
    let (mut missing, mut more) = (Vec::new(), found);
    for row in expected {
        match more.iter().position(|found| *found == row) {
            Some(index) => drop(more.swap_remove(index)),
            None => missing.push(row),
        }
    }
    assert!(missing.is_empty() && more.is_empty(), "missing {missing:?}\nmore {more:?}");
}

fn row<const N: usize>(values: [&str; N]) -> Vec<String> {
    values.map(str::to_owned).to_vec()
}
