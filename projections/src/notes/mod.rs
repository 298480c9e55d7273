//! Notes that agents leave for each other.

mod fold;
mod query;
mod row;
mod table;

pub use query::notes_of_conversations;
pub use row::NoteRow;
pub use table::Notes;
