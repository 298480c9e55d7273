//! Given events, then a contact's row.

use casebook_domain::Personal;
use casebook_domain::contact::{ContactContextChanged, ContactEvent, CustomerContext};

use crate::contacts::{ContactRow, Contacts};
use crate::testing::{History, Mail, row_of};

const TENANT: &str = "tenant-a";

fn row(history: &History) -> ContactRow {
    let id = Mail::new(TENANT, 1).contact_id().0;
    row_of::<Contacts>(&history.recorded(), TENANT, id).expect("a row")
}

fn two_mails() -> (History, Mail, Mail) {
    let first = Mail::new(TENANT, 1);
    let earlier = Mail { at: first.at.minus_days(3), ..Mail::new(TENANT, 2).in_thread(1) };
    let mut history = History::new();
    first.add_to(&mut history);
    earlier.add_to(&mut history);
    (history, first, earlier)
}

#[test]
fn a_contact_is_seen_from_its_first_to_its_latest_message() {
    let (history, first, earlier) = two_mails();
    let row = row(&history);
    assert_eq!((row.first_seen_at, row.last_seen_at), (Some(earlier.at), Some(first.at)));
    assert_eq!((row.message_count, row.address.as_str()), (2, "customer1@mail.example"));
    assert_eq!((row.name.as_deref(), row.version), (Some("Customer 1"), 3));
}

#[test]
fn the_directorys_name_goes_before_the_written_one() {
    let (mut history, first, _) = two_mails();
    let known = |name: Option<&str>| {
        let first_name = name.map(str::to_owned);
        let context = CustomerContext { first_name, ..CustomerContext::default() };
        let (context, source) = (Personal::new(context), "import".to_owned());
        ContactEvent::ContactContextChanged(ContactContextChanged { context, source })
    };
    history.begin(TENANT);
    history.push(first.contact_id(), &known(Some("Ada")));
    assert_eq!(row(&history).name.as_deref(), Some("Ada"));
    history.begin(TENANT);
    history.push(first.contact_id(), &known(None));
    assert_eq!(row(&history).name.as_deref(), Some("Customer 1"));
}
