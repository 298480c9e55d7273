//! Histories of events and checks of the read models that hold on every database; behind the
//! feature `testing`, so that the suites of other crates can run them.

mod cases;
mod given;
mod history;
mod life;
mod mails;
mod replies;

pub use cases::{
    a_rebuild_shows_the_same, a_restart_goes_on, an_unreadable_event_stops_only_its_readers,
    another_version_is_built_beside, pages_have_no_seam, queries_see_the_log, tampering_is_found,
    two_writers_never_mix,
};
pub use given::row_of;
pub use history::History;
pub use life::{Life, worked};
pub use mails::{Mail, mixed};
pub use replies::{answer, reply, sent_message};
