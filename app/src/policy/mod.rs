//! Policies: publishing, rolling back, and the ones in force.

mod book;
mod publish;

pub(crate) use book::Route;
pub use book::{InForce, PolicyBook};
pub use publish::{PolicyVersionInfo, Published};
