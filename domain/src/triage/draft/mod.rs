//! What a proposed reply may look like before anybody sees it.

mod links;
mod sign_off;

pub use links::foreign_links;
pub use sign_off::strip_sign_off;

pub(super) use sign_off::signers;
