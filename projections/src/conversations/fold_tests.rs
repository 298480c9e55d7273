//! Given events, then a conversation's row.

use casebook_domain::conversation::SetAside;

use crate::conversations::{ConversationRow, Conversations, ShownStatus};
use crate::testing::{History, Mail, row_of};

const TENANT: &str = "tenant-a";

fn row(mails: &[&Mail]) -> ConversationRow {
    let mut history = History::new();
    for mail in mails {
        mail.add_to(&mut history);
    }
    let id = mails[0].conversation_id().0;
    row_of::<Conversations>(&history.recorded(), TENANT, id).expect("a row")
}

#[test]
fn a_thread_counts_its_messages_and_shows_its_ticket() {
    let first = Mail::new(TENANT, 1);
    let answer = Mail::new(TENANT, 2).in_thread(1);
    let row = row(&[&first, &answer]);
    assert_eq!((row.message_count, row.version), (2, 3));
    assert_eq!((row.first_message_at, row.last_message_at), (first.at, answer.at));
    assert_eq!(
        (row.open_ticket_id, row.status),
        (Some(first.ticket_id()), Some(ShownStatus::Open))
    );
    assert_eq!((row.inbox.as_str(), row.subject.as_deref()), ("hello", Some("Box 1")));
}

#[test]
fn a_message_that_is_nobodys_work_shows_no_status() {
    let row = row(&[&Mail::new(TENANT, 1).set_aside(SetAside::List)]);
    assert_eq!((row.message_count, row.open_ticket_id, row.status), (1, None, None));
}

#[test]
fn a_mail_that_comes_late_moves_the_beginning() {
    let first = Mail::new(TENANT, 1);
    let late = Mail { at: first.at.minus_days(2), ..Mail::new(TENANT, 2).in_thread(1) };
    let row = row(&[&first, &late]);
    assert_eq!((row.first_message_at, row.last_message_at), (late.at, first.at));
}
