//! People who write.

mod fold;
mod page;
mod query;
mod row;
mod table;

pub use page::{ContactKey, contacts_page};
pub use query::{contact, contacts_by_ids};
pub use row::ContactRow;
pub use table::Contacts;
