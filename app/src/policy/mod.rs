//! Policies: publishing, rolling back, and the ones in force.

mod book;
mod publish;
mod versions;

pub use book::{InForce, PolicyBook};
pub(crate) use book::{OTHER_INBOX, Route};
pub use publish::Published;
