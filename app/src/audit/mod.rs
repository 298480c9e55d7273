//! Looking back: how a ticket came to be as it is, and whether the store is sound.

mod replay;
mod verify;

pub use replay::ReplayStep;
pub use verify::{LogCheck, LogProblem};
