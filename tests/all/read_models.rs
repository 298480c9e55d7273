//! Read models on both databases: built, restarted, rebuilt, verified, and never mixed.

use casebook_projections::testing;
use casebook_tests::{TestDatabase, both_databases};

macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        $(async fn $case(database: TestDatabase) {
            let store = database.open().await;
            testing::$case(store.clone()).await;
            store.close().await;
        })+

        both_databases!($($case),+);
    };
}

cases!(
    queries_see_the_log,
    pages_have_no_seam,
    a_restart_goes_on,
    a_rebuild_shows_the_same,
    another_version_is_built_beside,
    an_unreadable_event_stops_only_its_readers,
    others_may_get_past_what_one_cannot_read,
    tampering_is_found,
    figures_follow_the_log,
    two_writers_never_mix,
    who_does_not_lead_knows_who_stands_still,
    a_skip_is_honoured_by_all_who_read,
    a_rebuild_compares_and_reports,
    any_position_is_a_fold_from_zero,
    as_of_now_is_the_live_row,
    row_sets_are_made_again,
    lists_are_read_in_pages,
    parents_have_pages_of_their_own,
);
