//! What the suites around the read models share.

use casebook_projections::{ProjectionSettings, verify};
use casebook_store::Store;

/// Mails that a writer of `follower` takes in before it says so.
pub const CHUNK: u64 = 10;
/// Most mails of one writer in one round.
const WRITER_MAILS: u64 = 100_000;
/// Most writers in one round.
const WRITERS_MAX: u64 = 10;

/// Number of the first mail of a writer of `follower`.
pub const fn first_mail(round: u64, writer: u64) -> u64 {
    (round * WRITERS_MAX + writer) * WRITER_MAILS
}

/// Small sizes, so that few events make many pages, slices and checkpoints, and a short lease, so
/// that nobody waits long for the right of a process that was killed.
pub fn small_settings() -> ProjectionSettings {
    ProjectionSettings {
        live_batch_events: 50,
        catch_up_batch_events: 170,
        coalesce_ms: 1,
        slice_rows_max: 25,
        build_rows_max: 200,
        lease_ttl_ms: 300,
        lease_renew_ms: 100,
        retry_ms_max: 100,
        ..ProjectionSettings::default()
    }
}

/// Holds each read model, at its own checkpoint, against a fold from zero; answers the
/// checkpoints.
pub async fn verified(store: &Store, when: &str) -> Vec<u64> {
    let reports = verify(store).await.expect("the read models can be checked");
    for report in &reports {
        assert!(report.is_clean(), "{when}: {}: {:?}", report.name, report.problems);
    }
    reports.iter().map(|report| report.position).collect()
}
