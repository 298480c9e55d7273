//! People who write.

mod fold;
mod query;
mod row;
mod table;

pub use query::{contact, contacts_by_ids};
pub use row::ContactRow;
pub use table::Contacts;
