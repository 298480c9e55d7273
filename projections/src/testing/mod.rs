//! Histories of events and checks of the read models that hold on every database; behind the
//! feature `testing`, so that the suites of other crates can run them.

mod cases;
mod figures;
mod given;
mod history;
mod life;
mod mails;
mod naive;
mod operator_cases;
mod page_cases;
mod replies;
mod time_cases;

pub use cases::{
    a_rebuild_shows_the_same, a_restart_goes_on, an_unreadable_event_stops_only_its_readers,
    another_version_is_built_beside, others_may_get_past_what_one_cannot_read, pages_have_no_seam,
    queries_see_the_log, tampering_is_found, two_writers_never_mix,
    who_does_not_lead_knows_who_stands_still,
};
pub use figures::{assert_as_naive, figures_follow_the_log};
pub use given::row_of;
pub use history::History;
pub use life::{Life, worked};
pub use mails::{Mail, mixed};
pub use naive::{Only, Stories, naive_figures};
pub use operator_cases::{a_rebuild_compares_and_reports, a_skip_is_honoured_by_all_who_read};
pub use page_cases::{lists_are_read_in_pages, parents_have_pages_of_their_own};
pub use replies::{answer, reply, sent_message};
pub use time_cases::{
    any_position_is_a_fold_from_zero, as_of_now_is_the_live_row, row_sets_are_made_again,
};
