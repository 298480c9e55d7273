//! Given events, then a note's row.

use casebook_domain::ids::NoteId;
use casebook_domain::ids::derive;

use crate::notes::Notes;
use crate::testing::{Life, Mail, row_of};

const TENANT: &str = "tenant-a";
/// The choice that leaves a note.
const NOTE: u8 = 22;

#[test]
fn a_note_keeps_who_wrote_what_and_where() {
    let mut life = Life::new(Mail::new(TENANT, 1));
    assert!(life.choose(NOTE));
    let id = NoteId(derive(&["note", TENANT, "1"]));
    let row = row_of::<Notes>(&life.history().recorded(), TENANT, id.0).expect("a row");
    let mail = life.mail();
    assert_eq!(row.conversation_id, Some(mail.conversation_id()));
    assert_eq!(row.ticket_id, Some(mail.ticket_id()));
    assert_eq!((row.author.as_str(), row.text.as_str()), ("sam", "Call the depot"));
    assert!(row.written_at > mail.at);
}
