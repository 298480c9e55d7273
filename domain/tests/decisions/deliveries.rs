//! The steps of a delivery: the fence, the outcome, and what moves in between.

use casebook_domain::ticket::{
    AfterSending, DeliveryCommand, DeliveryFailed, DeliveryOutcome, DeliveryUnknown, Ended,
    HeldBecause, ReplyApproved, ReplyHeld, ReplyPhase, Status, Ticket, TicketCommand, TicketError,
    TicketEscalated, TicketEvent,
};
use casebook_domain::{Personal, Timestamp};

use crate::fixtures::{
    DUE, NOON, approved, by, claimed, delivery, message_id, reply, sent, ticket, wrote_again,
};
use crate::replies::{failed, held, unknown};

fn start_at(ticket: &Ticket, now: Timestamp, repeatable: bool) -> Vec<TicketEvent> {
    let command = DeliveryCommand::Start {
        reply_id: message_id("r"),
        raw_sha256: "00".repeat(32),
        size_bytes: 10,
        now,
        repeatable,
        attempts_max: 8,
    };
    ticket.decide(TicketCommand::Deliver(command)).expect("decided")
}

#[test]
fn what_never_gets_an_outcome_is_left_to_an_agent_in_the_end() {
    let started = |attempts: u32| {
        let attempts = (1..=attempts).map(|attempt| delivery("r", attempt));
        ticket(std::iter::once(approved("r")).chain(attempts))
    };
    let again = start(&started(7));
    assert!(matches!(again.as_slice(), [TicketEvent::DeliveryStarted(_)]), "the eighth attempt");
    let given_up = start(&started(8));
    assert!(matches!(given_up.as_slice(), [TicketEvent::DeliveryUnknown(_)]), "{given_up:?}");
}

fn start(ticket: &Ticket) -> Vec<TicketEvent> {
    start_at(ticket, DUE, true)
}

fn record(
    ticket: &Ticket,
    attempt: u32,
    outcome: DeliveryOutcome,
) -> Result<Vec<TicketEvent>, TicketError> {
    let command = DeliveryCommand::Record { reply_id: message_id("r"), attempt, outcome };
    ticket.decide(TicketCommand::Deliver(command))
}

fn taken() -> DeliveryOutcome {
    DeliveryOutcome::Sent { answer: "250 Ok".to_owned(), at: DUE }
}

fn refused(retry_at: Option<Timestamp>) -> DeliveryOutcome {
    DeliveryOutcome::Failed { error: "451 later".to_owned(), retry_at }
}

fn escalated() -> TicketEvent {
    TicketEvent::TicketEscalated(TicketEscalated { reason: Personal::new("Ask".to_owned()) })
}

#[test]
fn a_delivery_begins_when_the_reply_is_due() {
    let waiting = ticket([approved("r")]);
    assert_eq!(start_at(&waiting, DUE.plus_micros(-1), true), [], "not yet");
    assert_eq!(start(&waiting), [delivery("r", 1)]);
    let nothing = ticket([]).decide(TicketCommand::Deliver(DeliveryCommand::Record {
        reply_id: message_id("r"),
        attempt: 1,
        outcome: taken(),
    }));
    assert_eq!(nothing, Err(TicketError::NoSuchReply(message_id("r"))));
}

#[test]
fn what_was_started_without_outcome_is_repeated_or_left_to_a_person() {
    let started = ticket([approved("r"), delivery("r", 1)]);
    assert_eq!(start(&started), [delivery("r", 2)], "the receiver knows the Message-ID");
    let lost = DeliveryUnknown { reply_id: message_id("r"), attempt: 1 };
    assert_eq!(start_at(&started, DUE, false), [TicketEvent::DeliveryUnknown(lost)]);
    let moved = ticket([approved("r"), delivery("r", 1), wrote_again("second")]);
    assert_eq!(start(&moved), [delivery("r", 2)], "it may be out already");
}

#[test]
fn a_reply_whose_ticket_moved_is_held() {
    let hold = |because| TicketEvent::ReplyHeld(ReplyHeld { reply_id: message_id("r"), because });
    let wrote = ticket([approved("r"), wrote_again("second")]);
    assert_eq!(start(&wrote), [hold(HeldBecause::CustomerWrote)]);
    let passed_on = ticket([approved("r"), escalated()]);
    assert_eq!(start(&passed_on), [hold(HeldBecause::Escalated)]);
    let both = ticket([approved("r"), escalated(), wrote_again("second")]);
    assert_eq!(start(&both), [hold(HeldBecause::CustomerWrote)]);
    let retrying =
        ticket([approved("r"), delivery("r", 1), failed("r", 1, true), wrote_again("second")]);
    let later = DUE.plus_micros(60_000_000);
    assert_eq!(start_at(&retrying, later, true), [hold(HeldBecause::CustomerWrote)]);
    // Work that changes nothing about what is to be said does not stop it.
    assert_eq!(start(&ticket([approved("r"), claimed("sam")])), [delivery("r", 1)]);
}

#[test]
fn nothing_begins_while_an_agent_has_to_decide() {
    for stuck in [
        vec![approved("r"), held("r")],
        vec![approved("r"), delivery("r", 1), failed("r", 1, false)],
        vec![approved("r"), delivery("r", 1), unknown("r", 1)],
    ] {
        assert_eq!(start_at(&ticket(stuck), NOON.minus_days(-9), true), []);
    }
}

#[test]
fn a_held_reply_leaves_an_escalated_ticket_escalated() {
    let after = ticket([claimed("sam"), approved("r"), escalated(), held("r")]);
    assert_eq!(after.status(), Status::Escalated);
}

#[test]
fn a_reply_that_is_out_resolves_the_ticket_or_leaves_it_with_the_customer() {
    let resolved = TicketEvent::TicketResolved(Ended { at: DUE });
    let started = ticket([approved("r"), delivery("r", 1)]);
    assert_eq!(record(&started, 1, taken()), Ok(vec![sent("r", 1), resolved]));
    let keep = ReplyApproved { after: AfterSending::KeepOpen, ..reply("r") };
    let keep = TicketEvent::ReplyApproved(Box::new(keep));
    let open = ticket([keep, delivery("r", 1)]);
    let awaited = TicketEvent::CustomerAwaited(by("sam"));
    assert_eq!(record(&open, 1, taken()), Ok(vec![sent("r", 1), awaited]));
}

#[test]
fn who_wrote_while_the_reply_left_has_the_last_word() {
    let moved = ticket([approved("r"), delivery("r", 1), wrote_again("second")]);
    assert_eq!(record(&moved, 1, taken()), Ok(vec![sent("r", 1)]));
    let after = ticket([approved("r"), delivery("r", 1), wrote_again("second"), sent("r", 1)]);
    assert!(after.status().is_open());
    assert_eq!((after.reply(), after.awaits_triage()), (None, Some(message_id("second"))));
}

#[test]
fn a_reply_goes_out_once_in_the_record() {
    let out = ticket([approved("r"), delivery("r", 1), sent("r", 1)]);
    assert_eq!(record(&out, 1, taken()), Ok(Vec::new()), "again");
    assert_eq!(record(&out, 1, refused(None)), Ok(Vec::new()), "a late failure");
}

#[test]
fn an_earlier_attempt_that_succeeds_late_still_counts() {
    let second = ticket([approved("r"), delivery("r", 1), delivery("r", 2)]);
    let resolved = TicketEvent::TicketResolved(Ended { at: DUE });
    assert_eq!(record(&second, 1, taken()), Ok(vec![sent("r", 1), resolved]));
    assert_eq!(record(&second, 1, refused(None)), Ok(Vec::new()), "its failure does not");
}

#[test]
fn a_failure_is_tried_again_or_given_up() {
    let started = ticket([approved("r"), delivery("r", 1)]);
    let event = |retry_at| {
        let (reply_id, error) = (message_id("r"), "451 later".to_owned());
        TicketEvent::DeliveryFailed(DeliveryFailed { reply_id, attempt: 1, error, retry_at })
    };
    let later = DUE.plus_micros(30_000_000);
    let again = record(&started, 1, refused(Some(later))).expect("recorded");
    assert_eq!(again, [event(Some(later))]);
    let retrying = ticket([approved("r"), delivery("r", 1)].into_iter().chain(again));
    assert_eq!(retrying.status(), Status::InProgress);
    assert_eq!(start_at(&retrying, later.plus_micros(-1), true), []);
    assert_eq!(start_at(&retrying, later, true), [delivery("r", 2)]);
    let given_up = record(&started, 1, refused(None)).expect("recorded");
    assert_eq!(given_up, [event(None)]);
    let given_up = ticket([approved("r"), delivery("r", 1)].into_iter().chain(given_up));
    assert_eq!((given_up.status(), given_up.priority().number()), (Status::Escalated, 1));
    assert_eq!(given_up.reply().map(|reply| reply.phase), Some(ReplyPhase::Failed));
}
