//! The ticket: all state of one piece of work.

mod command;
mod event;
mod reply;
mod standing;
mod state;
mod status;

pub use command::*;
pub use event::*;
pub use reply::{ReplyInHand, ReplyPhase};
pub use standing::Standing;
pub use state::{Draft, GATED_CATEGORY, ReplacementState, Ticket};
pub use status::{Priority, Status};
