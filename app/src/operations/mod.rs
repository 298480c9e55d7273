//! What operators see of the log's readers, and what they decide about them.

mod rebuild;
mod skip;

pub use rebuild::RebuildStarted;
pub use skip::{SkipEvent, Skipped};
