//! Taking in mail: which message and thread it is, and whether it is somebody's work.

mod disposition;
mod identity;

pub use disposition::{Addressing, Disposition, Situation, dispose, is_empty};
pub use identity::{Identity, conversation_root, identify, key_of};
