//! What public events tell: forms of their own, apart from those of stored events.
//!
//! A form only grows by optional fields. Anything else is a new version: a new type beside the old
//! one, whose name ends in `.v2`. What tells something about a customer stands under `personal`,
//! and only there.

mod contact;
mod message;
mod policy;
mod replacement;
mod reply;
mod ticket;
mod triage;
mod words;
mod work;

pub use contact::*;
pub use message::*;
pub use policy::*;
pub use replacement::*;
pub use reply::*;
pub use ticket::*;
pub use triage::*;
pub use words::*;
pub use work::*;
