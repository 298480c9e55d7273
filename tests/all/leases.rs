//! Leases: one owner at a time, by the database's clock, and effects of former owners refused.

use std::time::Duration;

use casebook_store::{Dialect, Lease, Store, WriteBatch, WriteOutcome};
use casebook_tests::{TestDatabase, both_databases, wait};
use tokio::task::JoinSet;

both_databases!(
    one_owner_at_a_time,
    expired_lease_changes_its_owner_and_epoch,
    racing_owners_have_one_winner,
    former_owner_is_fenced,
    clock_of_the_process_does_not_matter,
);

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(150);

async fn second(database: &TestDatabase, first: &Store) -> Store {
    match database.dialect() {
        Dialect::Sqlite => first.clone(),
        Dialect::Postgres => database.open().await,
    }
}

async fn one_owner_at_a_time(database: TestDatabase) {
    let one = database.open().await;
    let two = second(&database, &one).await;
    let lease = one.leases().acquire("runner", "a", LONG).await.expect("asked").expect("free");
    assert_eq!((lease.name.as_str(), lease.owner.as_str(), lease.epoch), ("runner", "a", 1));
    assert_eq!(two.leases().acquire("runner", "b", LONG).await.expect("asked"), None);
    let other = two.leases().acquire("mailer", "b", LONG).await.expect("asked").expect("free");
    assert_eq!(other.epoch, 1, "leases of other names are apart");
    assert!(one.leases().renew(&lease, LONG).await.expect("asked"));
    let again = one.leases().acquire("runner", "a", LONG).await.expect("asked").expect("own");
    assert_eq!(again.epoch, 1, "the same owner keeps its epoch");
    one.leases().release(&lease).await.expect("released");
    let next = two.leases().acquire("runner", "b", LONG).await.expect("asked").expect("free");
    assert_eq!(next.epoch, 2);
    assert!(!one.leases().renew(&lease, LONG).await.expect("asked"), "it was given back");
    one.leases().release(&lease).await.expect("nothing to release");
    assert!(two.leases().renew(&next, LONG).await.expect("asked"), "still held");
}

async fn expired_lease_changes_its_owner_and_epoch(database: TestDatabase) {
    let one = database.open().await;
    let two = second(&database, &one).await;
    let lease = one.leases().acquire("runner", "a", SHORT).await.expect("asked").expect("free");
    let taken = wait::until("the lease to expire", || async {
        two.leases().acquire("runner", "b", LONG).await.expect("asked")
    })
    .await;
    assert_eq!(taken.epoch, lease.epoch + 1);
    assert!(!one.leases().renew(&lease, LONG).await.expect("asked"));
    assert_eq!(one.leases().acquire("runner", "a", LONG).await.expect("asked"), None);
}

async fn racing_owners_have_one_winner(database: TestDatabase) {
    let one = database.open().await;
    let two = second(&database, &one).await;
    for round in 0..8 {
        let mut race = JoinSet::new();
        for owner in 0..10 {
            let leases = if owner % 2 == 0 { one.leases() } else { two.leases() }.clone();
            race.spawn(async move {
                let name = format!("round {round}");
                leases.acquire(&name, &format!("owner {owner}"), LONG).await.expect("asked")
            });
        }
        let held: Vec<_> = race.join_all().await.into_iter().flatten().collect();
        assert_eq!(held.len(), 1, "{held:?}");
    }
}

async fn former_owner_is_fenced(database: TestDatabase) {
    let store = database.open().await;
    let effect = |lease: &Lease, name: &'static str| {
        let sql = "INSERT INTO leases (name, owner, epoch, expires_at) VALUES ($1, 'x', 1, 0)";
        let batch = WriteBatch::new().execute(sql, vec![name.into()]);
        store.leases().fence(lease, LONG, batch)
    };
    let mut raw = database.raw().await;
    let expiry = "SELECT expires_at FROM leases WHERE name = 'runner'";
    let first = store.leases().acquire("runner", "a", LONG / 2).await;
    let first = first.expect("asked").expect("free");
    let until = raw.number(expiry).await;
    let done = store.db().write(effect(&first, "one")).await.expect("a batch");
    assert_eq!(done, WriteOutcome::Done);
    assert!(raw.number(expiry).await > until, "what is written keeps the lease");
    store.leases().release(&first).await.expect("released");
    let next = store.leases().acquire("runner", "b", LONG).await.expect("asked").expect("free");
    let fenced = store.db().write(effect(&first, "two")).await.expect("a batch");
    assert_eq!(fenced, WriteOutcome::Refused { step: 0 });
    let done = store.db().write(effect(&next, "three")).await.expect("a batch");
    assert_eq!(done, WriteOutcome::Done);
    let written = "SELECT count(*) FROM leases WHERE owner = 'x' AND name <> 'two'";
    assert_eq!(raw.number(written).await, 2);
}

async fn clock_of_the_process_does_not_matter(database: TestDatabase) {
    let store = database.open().await;
    let lease = store.leases().acquire("runner", "a", LONG).await.expect("asked").expect("free");
    database.clock.advance(365 * casebook_domain::time::MICROS_PER_DAY);
    assert_eq!(store.leases().acquire("runner", "b", LONG).await.expect("asked"), None);
    database.clock.advance(-730 * casebook_domain::time::MICROS_PER_DAY);
    assert!(store.leases().renew(&lease, LONG).await.expect("asked"));
}
