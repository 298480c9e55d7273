//! The contact: the person who writes, and what the tenant's business knows about them.

mod command;
mod context;
mod event;
mod state;

pub use command::{ContactCommand, ContactError, RegisterContact};
pub use context::{CustomerContext, Subscription};
pub use event::*;
pub use state::Contact;
