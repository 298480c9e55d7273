//! Given events of a ticket, then its replies.

use casebook_domain::Timestamp;
use casebook_domain::draft::DraftUsage;
use casebook_domain::ids::MessageId;
use casebook_domain::ticket::{
    DeliveryCommand, DeliveryOutcome, ReplyBounced, ReplyCommand, TicketCommand,
};
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

use crate::replies::{AttemptOutcome, Reply, replies};
use crate::testing::{Life, Mail, reply, row_of};
use crate::tickets::{ReplyState, Tickets};

const TENANT: &str = "tenant-a";

/// A ticket whose replies are looked at.
struct Case(Life);

impl Case {
    fn new() -> Self {
        Self(Life::new(Mail::new(TENANT, 1)))
    }

    fn at(&self) -> Timestamp {
        self.0.mail().at
    }

    fn ask(&mut self, command: TicketCommand) {
        assert!(self.0.ask(command), "the ticket allows it");
    }

    fn approve(&mut self, number: u128) {
        let approved = reply(self.0.mail(), id(number), None, self.at());
        self.ask(TicketCommand::Reply(ReplyCommand::Approve(Box::new(approved))));
    }

    fn start(&mut self, number: u128) {
        self.ask(TicketCommand::Deliver(DeliveryCommand::Start {
            reply_id: id(number),
            raw_sha256: "05".repeat(32),
            size_bytes: 400,
            now: self.at().minus_days(-2),
            repeatable: true,
            attempts_max: 8,
        }));
    }

    fn record(&mut self, number: u128, attempt: u32, outcome: DeliveryOutcome) {
        let reply_id = id(number);
        self.ask(TicketCommand::Deliver(DeliveryCommand::Record { reply_id, attempt, outcome }));
    }

    fn replies(&self) -> Vec<Reply> {
        let mut all = replies(&self.0.history().recorded());
        all.remove(&self.0.mail().ticket_id()).unwrap_or_default()
    }
}

fn id(number: u128) -> MessageId {
    MessageId(uuid::Uuid::from_u128(number))
}

fn failed(retry_at: Option<Timestamp>) -> DeliveryOutcome {
    DeliveryOutcome::Failed { error: "451 later".to_owned(), retry_at }
}

fn outcomes(reply: &Reply) -> Vec<(u32, AttemptOutcome)> {
    reply.attempts.iter().map(|attempt| (attempt.number, attempt.outcome)).collect()
}

#[test]
fn given_a_ticket_that_nobody_answered_then_it_has_no_replies() {
    assert_eq!(Case::new().replies(), []);
}

#[test]
fn given_an_approval_then_the_reply_waits_and_says_who_approved_it() {
    let mut case = Case::new();
    case.approve(1);
    let [reply] = &case.replies()[..] else { panic!("one reply") };
    assert_eq!((reply.reply_id, reply.state), (id(1), ReplyState::Approved));
    assert_eq!((reply.approved_by.as_str(), reply.approved_at), ("sam", case.at()));
    assert_eq!(reply.due_at, Some(case.at().plus_micros(10_000_000)));
    assert_eq!(reply.external_id, format!("{}@shop.example", id(1)));
    assert_eq!((reply.draft_usage, reply.attempts.len()), (DraftUsage::NoDraft, 0));
}

#[test]
fn given_a_failure_and_a_success_then_both_attempts_are_told() {
    let mut case = Case::new();
    case.approve(1);
    case.start(1);
    let retry_at = Some(case.at().minus_days(-1));
    case.record(1, 1, failed(retry_at));
    let [reply] = &case.replies()[..] else { panic!("one reply") };
    assert_eq!((reply.state, reply.due_at), (ReplyState::Retrying, retry_at));
    assert_eq!(reply.error.as_deref(), Some("451 later"));
    case.start(1);
    assert_eq!(
        outcomes(&case.replies()[0]),
        [(1, AttemptOutcome::Failed), (2, AttemptOutcome::Open)]
    );
    let at = case.at().minus_days(-1);
    case.record(1, 2, DeliveryOutcome::Sent { answer: "250 Ok".to_owned(), at });
    let [reply] = &case.replies()[..] else { panic!("one reply") };
    assert_eq!((reply.state, reply.sent_at), (ReplyState::Sent, Some(at)));
    assert_eq!((reply.error.as_deref(), reply.due_at), (None, None));
    assert_eq!(outcomes(reply), [(1, AttemptOutcome::Failed), (2, AttemptOutcome::Sent)]);
    let [first, second] = &reply.attempts[..] else { panic!("two attempts") };
    assert_eq!((first.error.as_deref(), first.retry_at), (Some("451 later"), retry_at));
    assert!(first.started_at < first.ended_at.expect("it ended"));
    assert!(first.ended_at < Some(second.started_at) && second.error.is_none());
}

#[test]
fn given_a_process_that_ended_then_its_attempt_has_no_outcome() {
    let mut case = Case::new();
    case.approve(1);
    case.start(1);
    case.start(1);
    assert_eq!(
        outcomes(&case.replies()[0]),
        [(1, AttemptOutcome::Open), (2, AttemptOutcome::Open)]
    );
    let at = case.at();
    case.record(1, 1, DeliveryOutcome::Sent { answer: "250 Ok".to_owned(), at });
    let [reply] = &case.replies()[..] else { panic!("one reply") };
    assert_eq!(reply.state, ReplyState::Sent);
    assert_eq!(outcomes(reply), [(1, AttemptOutcome::Sent), (2, AttemptOutcome::Open)]);
}

#[test]
fn given_a_withdrawn_and_a_returned_reply_then_each_keeps_its_own_end() {
    let mut case = Case::new();
    case.approve(1);
    case.ask(TicketCommand::Reply(ReplyCommand::Withdraw { reply_id: id(1) }));
    case.approve(2);
    case.start(2);
    let at = case.at();
    case.record(2, 1, DeliveryOutcome::Sent { answer: "250 Ok".to_owned(), at });
    let report = |is_final| {
        let (reply_id, message_id, status) = (id(2), id(99), Some("5.1.1".to_owned()));
        TicketCommand::Bounce(ReplyBounced { reply_id, message_id, is_final, status })
    };
    case.ask(report(false));
    assert_eq!(case.replies()[1].state, ReplyState::Sent, "a delay is no return");
    case.ask(report(true));
    let [first, second] = &case.replies()[..] else { panic!("two replies") };
    assert_eq!((first.reply_id, first.state), (id(1), ReplyState::Withdrawn));
    assert_eq!((second.reply_id, second.state), (id(2), ReplyState::Bounced));
    assert_eq!(second.error.as_deref(), Some("a delivery report came back: 5.1.1"));
    assert_eq!(second.sent_at, Some(at));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happens to a ticket, the reply that its row shows is shown alike in the list.
    #[test]
    fn the_last_reply_is_as_the_row_shows_it(choices in any::<[u8; 40]>()) {
        let mut life = Life::new(Mail::new(TENANT, 1));
        for choice in choices {
            if !life.choose(choice) {
                continue;
            }
            let (events, ticket) = (life.history().recorded(), life.mail().ticket_id());
            let row = row_of::<Tickets>(&events, TENANT, ticket.0).expect("a row");
            let all = replies(&events).remove(&ticket).unwrap_or_default();
            let shown = all.iter().find(|reply| Some(reply.reply_id) == row.reply_id);
            prop_assert_eq!(shown.map(|reply| reply.state), row.reply_state);
            prop_assert_eq!(shown.and_then(|reply| reply.due_at), row.reply_due_at);
            prop_assert_eq!(shown.and_then(|reply| reply.error.clone()), row.reply_error);
            let sent = all.iter().filter(|reply| reply.sent_at.is_some()).count();
            prop_assert_eq!(sent, row.reply_count as usize);
        }
    }
}
