//! The replies of tickets and their attempts, folded from the tickets' own streams when somebody
//! asks. They are few for each ticket and rarely looked at, so that no table holds them.

mod fold;
mod reply;

pub(crate) use fold::{EVENTS, replies};
pub use reply::{AttemptOutcome, DeliveryAttempt, Reply};
