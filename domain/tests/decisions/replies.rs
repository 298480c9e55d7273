//! An agent's work on a reply: approve, withdraw, have it sent after all.

use casebook_domain::ticket::{
    DeliveryFailed, DeliveryUnknown, Ended, HeldBecause, REPLY_BYTES_MAX, ReplyApproved,
    ReplyCommand, ReplyHeld, ReplyPhase, ReplyRetried, ReplyWithdrawn, Status, Ticket,
    TicketCommand, TicketError, TicketEvent,
};

use crate::fixtures::{
    DUE, NOON, approved, claimed, delivery, message_id, reply, sent, ticket, was_classified,
};

pub fn failed(name: &str, attempt: u32, retry: bool) -> TicketEvent {
    TicketEvent::DeliveryFailed(DeliveryFailed {
        reply_id: message_id(name),
        attempt,
        error: "451 later".to_owned(),
        retry_at: retry.then(|| DUE.plus_micros(30_000_000)),
    })
}

pub fn held(name: &str) -> TicketEvent {
    let because = HeldBecause::CustomerWrote;
    TicketEvent::ReplyHeld(ReplyHeld { reply_id: message_id(name), because })
}

pub fn unknown(name: &str, attempt: u32) -> TicketEvent {
    TicketEvent::DeliveryUnknown(DeliveryUnknown { reply_id: message_id(name), attempt })
}

fn withdrawn(name: &str) -> TicketEvent {
    TicketEvent::ReplyWithdrawn(ReplyWithdrawn { reply_id: message_id(name) })
}

fn approve(ticket: &Ticket, reply: ReplyApproved) -> Result<Vec<TicketEvent>, TicketError> {
    ticket.decide(TicketCommand::Reply(ReplyCommand::Approve(Box::new(reply))))
}

fn withdraw(ticket: &Ticket, name: &str) -> Result<Vec<TicketEvent>, TicketError> {
    let reply_id = message_id(name);
    ticket.decide(TicketCommand::Reply(ReplyCommand::Withdraw { reply_id }))
}

fn retry(ticket: &Ticket, name: &str) -> Result<Vec<TicketEvent>, TicketError> {
    let (reply_id, due_at) = (message_id(name), DUE);
    ticket.decide(TicketCommand::Reply(ReplyCommand::Retry { reply_id, due_at }))
}

#[test]
fn an_approved_reply_waits_and_the_ticket_is_in_progress() {
    let events = approve(&ticket([]), reply("r")).expect("approved");
    assert_eq!(events, [approved("r")]);
    let after = ticket(events);
    assert_eq!(after.status(), Status::InProgress);
    let in_hand = after.reply().expect("a reply");
    assert_eq!((in_hand.id(), in_hand.attempts), (message_id("r"), 0));
    assert_eq!(in_hand.phase, ReplyPhase::Waiting { due_at: DUE });
}

#[test]
fn one_reply_is_under_way_at_a_time() {
    let under_way = [
        vec![approved("r")],
        vec![approved("r"), delivery("r", 1)],
        vec![approved("r"), delivery("r", 1), failed("r", 1, true)],
    ];
    for before in under_way {
        let refused = approve(&ticket(before), reply("other"));
        assert_eq!(refused, Err(TicketError::ReplyUnderWay));
    }
    let stuck = [
        vec![approved("r"), held("r")],
        vec![approved("r"), delivery("r", 1), failed("r", 1, false)],
        vec![approved("r"), delivery("r", 1), unknown("r", 1)],
        vec![approved("r"), withdrawn("r")],
        vec![approved("r"), delivery("r", 1), sent("r", 1)],
    ];
    for before in stuck {
        assert_eq!(approve(&ticket(before), reply("other")), Ok(vec![approved("other")]));
    }
}

#[test]
fn a_reply_says_something_and_not_too_much() {
    for bad in [" \n".to_owned(), "x".repeat(REPLY_BYTES_MAX + 1)] {
        let refused = approve(&ticket([]), ReplyApproved { text: bad.into(), ..reply("r") });
        assert!(matches!(refused, Err(TicketError::Invalid { field: "text", .. })), "{refused:?}");
    }
    let longest = ReplyApproved { text: "x".repeat(REPLY_BYTES_MAX).into(), ..reply("r") };
    assert!(approve(&ticket([]), longest).is_ok());
    assert_eq!(approve(&Ticket::default(), reply("r")), Err(TicketError::NotFound));
}

#[test]
fn a_ticket_that_ended_is_reopened_before_it_is_answered() {
    let closed = ticket([TicketEvent::TicketClosed(Ended { at: NOON })]);
    assert_eq!(approve(&closed, reply("r")), Err(TicketError::NotOpen));
    let stopped = [approved("r"), held("r"), TicketEvent::TicketClosed(Ended { at: NOON })];
    assert_eq!(retry(&ticket(stopped), "r"), Err(TicketError::NotOpen));
}

#[test]
fn a_reply_is_taken_back_until_its_delivery_begins() {
    let waiting = ticket([was_classified("first", false), approved("r")]);
    assert_eq!(withdraw(&waiting, "r"), Ok(vec![withdrawn("r")]));
    let back = ticket([was_classified("first", false), approved("r"), withdrawn("r")]);
    assert_eq!((back.status(), back.reply()), (Status::Pending, None));
    assert_eq!(withdraw(&back, "r"), Ok(Vec::new()), "again");
    let started = ticket([approved("r"), delivery("r", 1)]);
    assert_eq!(withdraw(&started, "r"), Err(TicketError::TooLate));
    let between = ticket([approved("r"), delivery("r", 1), failed("r", 1, true)]);
    assert_eq!(withdraw(&between, "r"), Err(TicketError::TooLate), "it may have gone out");
    let out = ticket([approved("r"), delivery("r", 1), sent("r", 1)]);
    assert_eq!(withdraw(&out, "r"), Err(TicketError::TooLate));
    let other = Err(TicketError::NoSuchReply(message_id("other")));
    assert_eq!(withdraw(&waiting, "other"), other);
}

#[test]
fn a_withdrawn_reply_leaves_the_ticket_with_who_had_it() {
    let back = ticket([claimed("sam"), approved("r"), withdrawn("r")]);
    assert_eq!(back.status(), Status::InProgress);
}

#[test]
fn a_reply_that_is_stuck_is_sent_after_all() {
    let retried = ReplyRetried { reply_id: message_id("r"), due_at: DUE };
    let retried = TicketEvent::ReplyRetried(retried);
    let stuck = [
        vec![approved("r"), held("r")],
        vec![approved("r"), delivery("r", 1), failed("r", 1, false)],
        vec![approved("r"), delivery("r", 1), unknown("r", 1)],
    ];
    for before in stuck {
        let started = before.len() > 2;
        assert_eq!(retry(&ticket(before.clone()), "r"), Ok(vec![retried.clone()]));
        let after = ticket(before.into_iter().chain([retried.clone()]));
        let in_hand = after.reply().expect("a reply");
        assert_eq!(in_hand.phase, ReplyPhase::Waiting { due_at: DUE });
        assert_eq!((in_hand.attempts_before, in_hand.moved), (u32::from(started), None));
        assert_eq!(retry(&after, "r"), Err(TicketError::NotRetryable), "again");
        assert_eq!(after.status(), Status::InProgress);
    }
    let nothing = Err(TicketError::NoSuchReply(message_id("r")));
    assert_eq!(retry(&ticket([]), "r"), nothing);
}
