//! Tickets in which definitions of figures that look alike part: a second ticket of a conversation,
//! reopening, corrected categories, answers of the built-in classifier, clocks that differ, teams.

use casebook_domain::ticket::{AfterSending, WorkCommand};
use casebook_projections::testing::{History, Life, Mail};
use casebook_tests::database::START;

use super::stories::{DAY, MINUTE, classify, send, work};

/// Far from the numbers of all other mails; a multiple of all that stories look at.
const FIRST: u64 = 7 * 9 * 16 * 11 * 10;

/// One history for each corner.
pub fn corners() -> Vec<History> {
    vec![
        second_ticket(),
        reopened("tenant-a", FIRST + 20),
        reopened("tenant-b", FIRST + 21),
        corrected(),
        by_the_built_in_classifier(),
        answered_before_it_came(),
        of_a_team(),
    ]
}

fn mail(number: u64, days_ago: i64) -> Mail {
    Mail { at: START.plus_micros(-days_ago * DAY), ..Mail::new("tenant-a", number) }
}

/// A ticket that was classified and answered so many minutes after it came.
fn answered(mail: &Mail, minutes: i64) -> Life {
    let mut life = Life::new(mail.clone());
    classify(&mut life, mail.number);
    let at = mail.at.plus_micros(minutes * MINUTE);
    send(&mut life, mail.number, at, AfterSending::Resolve);
    life
}

/// The customer writes again when the first ticket is long resolved.
fn second_ticket() -> History {
    let first = answered(&mail(FIRST + 1, 25), 90);
    let second = answered(&mail(FIRST + 2, 2).after_thread(FIRST + 1), 45);
    assert_eq!(first.mail().conversation_id(), second.mail().conversation_id());
    assert_ne!(first.mail().ticket_id(), second.mail().ticket_id());
    let mut history = first.history().clone();
    history.extend(second.history().clone());
    history
}

/// Resolved ten days ago, and opened again when the log records it: now.
fn reopened(tenant: &str, number: u64) -> History {
    let mut life = answered(&Mail { tenant: tenant.to_owned(), ..mail(number, 11) }, 60);
    assert!(life.ask(work(WorkCommand::Reopen)));
    life.history().clone()
}

/// Its draft was that of another category than the ticket turned out to be of.
fn corrected() -> History {
    let mail = mail(FIRST + 4, 5);
    let mut life = Life::new(mail.clone());
    classify(&mut life, FIRST);
    assert!(life.ask(work(WorkCommand::CorrectCategory("quality".to_owned()))));
    send(&mut life, FIRST, mail.at.plus_micros(25 * MINUTE), AfterSending::Resolve);
    life.history().clone()
}

fn by_the_built_in_classifier() -> History {
    let mut life = Life::new(mail(FIRST + 5, 4));
    // The number for which the stories ask the built-in classifier, sure to 0.69.
    classify(&mut life, FIRST + 1);
    life.history().clone()
}

/// The clock of the sender goes before ours.
fn answered_before_it_came() -> History {
    answered(&mail(FIRST + 6, 3), -7).history().clone()
}

fn of_a_team() -> History {
    let mut life = Life::new(mail(FIRST + 8, 6));
    let (agent, team) = (Some("kim".to_owned()), Some("vets".to_owned()));
    assert!(life.ask(work(WorkCommand::Assign { agent, team })));
    life.history().clone()
}
