//! Contacts: finding them by address, and the directory of what the business knows about them.

mod directory;
mod keys;

pub(crate) use directory::count;
pub use directory::{ContactRecord, ImportedContact};
pub(crate) use keys::{CONTACT_KEY, ContactKeys, hash_address};
