//! What operators see and decide, on every database.

use casebook_domain::operations::{EventSkipped, OperationsEvent};
use casebook_store::{Store, WriteBatch};

use super::cases::{PATIENCE, append, assert_clean, start};
use super::{History, mixed, worked};
use crate::read_model::ReadModel;
use crate::tickets::Tickets;
use crate::{ModelStatus, ProjectionError, Projections};

/// The present version of the queue.
const VERSION: u32 = Tickets::VERSION;

/// An event that no program can read, and what follows it.
async fn break_log(store: &Store) -> (u64, u64) {
    let mut history = History::new();
    history.begin("tenant-a");
    history.push_unreadable("{}");
    let position = append(store, &history).await;
    (position, append(store, &mixed(10, 10)).await)
}

async fn skip(store: &Store, position: u64, reader: Option<&str>) -> u64 {
    let mut history = History::new();
    history.begin("tenant-a");
    let skip = EventSkipped {
        position,
        event_type: "ContactWrote".to_owned(),
        event_version: "9".to_owned(),
        reader: reader.map(str::to_owned),
        reason: "made by a test build".to_owned(),
    };
    history.push("tenant-a", &OperationsEvent::EventSkipped(skip));
    append(store, &history).await
}

fn contacts(projections: &Projections) -> ModelStatus {
    let all = projections.status();
    all.into_iter().find(|model| model.name == "contacts").expect("a read model")
}

/// A recorded skip lets the read models go on that it names; builds and checks pass over the same
/// event, before and after.
pub async fn a_skip_is_honoured_by_all_who_read(store: Store) {
    let projections = start(&store).await;
    append(&store, &mixed(0, 10)).await;
    let (broken, last) = break_log(&store).await;
    let stopped = projections.wait_for("contacts", last, PATIENCE).await;
    let Err(ProjectionError::Stopped { reason, position, .. }) = stopped else {
        panic!("contacts must stop, got {stopped:?}");
    };
    assert!(position < broken && reason.contains(&format!("--position {broken}")), "{reason}");
    assert!(contacts(&projections).stopped);
    let failed = projections.rebuild("contacts").await;
    assert!(matches!(failed, Err(ProjectionError::Stopped { .. })), "{failed:?}");
    let told = contacts(&projections).rebuilt.expect("an outcome");
    assert!(told.is_err_and(|error| error.contains("casebook skip")));
    // One that names another reader lets nobody else go on.
    let elsewhere = skip(&store, broken, Some("triage")).await;
    projections.wait_for("tickets", elsewhere, PATIENCE).await.expect("tickets go on");
    let failed = projections.rebuild("contacts").await;
    assert!(matches!(failed, Err(ProjectionError::Stopped { .. })), "{failed:?}");
    // The index of the audit trail wants every event.
    skip(&store, broken, Some("audit_index")).await;
    let last = skip(&store, broken, Some("contacts")).await;
    let mut position = 0;
    while position < last {
        // It says that it stands still until it has looked for skips again.
        match projections.wait_for("contacts", last, PATIENCE).await {
            Ok(()) => position = last,
            Err(ProjectionError::Stopped { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(!contacts(&projections).stopped);
    let report = projections.rebuild("contacts").await.expect("a rebuild passes over it, too");
    let compared = report.comparison.expect("the same definition");
    assert_eq!((compared.differing, compared.digest_before == compared.digest_after), (0, true));
    assert_clean(&store).await;
    projections.stop().await;
    // From zero, as a start with another version does.
    let age = "UPDATE read_models SET version = 0 WHERE name = 'contacts'";
    store.db().write(WriteBatch::new().execute(age, vec![])).await.expect("write");
    let projections = start(&store).await;
    projections.caught_up(last, PATIENCE).await.expect("built");
    assert_clean(&store).await;
    projections.stop().await;
}

/// A rebuild tells how old and new rows compare at the same positions, while the log grows.
pub async fn a_rebuild_compares_and_reports(store: Store) {
    let projections = start(&store).await;
    append(&store, &worked(100, 20)).await;
    let position = append(&store, &mixed(0, 40)).await;
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    let growing = async {
        for part in 0..5 {
            append(&store, &worked(1_000 + part * 10, 4)).await;
        }
    };
    let (report, ()) = tokio::join!(projections.rebuild("tickets"), growing);
    let report = report.expect("rebuilt");
    assert_eq!((report.version, report.version_before, report.generation), (VERSION, VERSION, 2));
    assert!(report.position >= position && report.rows > 30, "{report:?}");
    let compared = report.comparison.expect("the same definition");
    assert_eq!((compared.digest_before == compared.digest_after, compared.differing), (true, 0));
    assert!(compared.position >= position && compared.rows >= report.rows, "{compared:?}");
    let status = projections.status().into_iter().find(|model| model.name == "tickets");
    let status = status.expect("tickets");
    assert_eq!((status.generation, status.leads, status.build), (2, true, None));
    assert!(status.epoch > 1 && status.rebuilt.is_some_and(|outcome| outcome.is_ok()));
    let last = store.log().last_position().await.expect("the end");
    projections.caught_up(last, PATIENCE).await.expect("caught up");
    // What somebody changed by hand shows, and is gone afterwards.
    let table = format!("tickets_{VERSION}_2");
    let tamper = format!(
        "UPDATE {table} SET preview = 'forged', team = 'x' WHERE ticket_id = \
         (SELECT min(ticket_id) FROM {table})"
    );
    let drop =
        format!("DELETE FROM {table} WHERE ticket_id = (SELECT max(ticket_id) FROM {table})");
    let tamper = WriteBatch::new().execute(tamper, vec![]).execute(drop, vec![]);
    store.db().write(tamper).await.expect("tampered");
    let report = projections.rebuild("tickets").await.expect("rebuilt");
    let compared = report.comparison.expect("the same definition");
    assert!(compared.digest_before != compared.digest_after, "{compared:?}");
    assert_eq!((compared.differing, compared.problems.len()), (2, 2), "{compared:?}");
    assert_clean(&store).await;
    projections.stop().await;
}
