//! Given events, then a row of the queue.

use casebook_domain::Timestamp;
use casebook_domain::conversation::SetAside;
use casebook_domain::draft::DraftUsage;
use casebook_domain::event::Event;
use casebook_domain::ids::{MessageId, ReplacementId};
use casebook_domain::ticket::{
    AfterSending, Because, Classified, DeliveryCommand, DeliveryOutcome, Priority,
    ReplacementCommand, ReplacementFailed, ReplacementRequested, ReplyBounced, ReplyCommand,
    Standing, Status, Ticket, TicketCommand, TicketEvent, TriageCommand, WorkCommand,
};
use cqrs_es::Aggregate;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

use crate::Recorded;
use crate::testing::{History, Life, Mail, answer, mixed, reply, row_of};
use crate::tickets::{
    GATED_CATEGORY, POLICY_GATE, ReplacementState, ReplyState, Shelf, TicketRow, Tickets,
};

const TENANT: &str = "tenant-a";

fn after(mails: &[&Mail]) -> Vec<Recorded<Event>> {
    let mut history = History::new();
    for mail in mails {
        mail.add_to(&mut history);
    }
    history.recorded()
}

fn row(mails: &[&Mail]) -> TicketRow {
    row_of::<Tickets>(&after(mails), TENANT, mails[0].ticket_id().0).expect("a row")
}

#[test]
fn a_plain_mail_is_new_and_normal() {
    let mail = Mail::new(TENANT, 1);
    let row = row(&[&mail]);
    assert_eq!((row.status, row.priority), (Some(Status::New), Priority::NORMAL));
    assert_eq!((row.category, row.confidence, row.gate_code), (None, None, None));
    assert_eq!((row.shelf, row.version, row.message_count), (Shelf::Open, 1, 1));
    assert_eq!(row.received_at, mail.at);
    assert_eq!(row.search, "box 1\ncustomer 1\ncustomer1@mail.example\nwhere is my box number 1?");
}

#[test]
fn a_gated_mail_is_escalated_without_confidence() {
    let mail = Mail::new(TENANT, 1).gated(&["health_blood", "legal_threat"]);
    let row = row(&[&mail]);
    assert_eq!((row.status, row.priority), (Some(Status::Escalated), Priority::HIGH));
    assert_eq!(row.category.as_deref(), Some(GATED_CATEGORY));
    assert_eq!(row.confidence, Some(0.0));
    assert_eq!(row.model_used.as_deref(), Some(POLICY_GATE));
    assert_eq!(row.gate_code.as_deref(), Some("health_blood"));
    assert_eq!(row.gate_codes, ["health_blood", "legal_threat"]);
    assert_eq!(row.escalation_reason.as_deref(), Some("Reason of health_blood"));
    assert_eq!((row.execution_duration_ms, row.dedupe_key.as_deref()), (Some(12), Some("key")));
}

#[test]
fn a_gate_stays_when_the_customer_writes_again() {
    let first = Mail::new(TENANT, 1).gated(&["health_blood"]);
    let answer = Mail { text: "Any news?".into(), ..Mail::new(TENANT, 2).in_thread(1) };
    let row = row(&[&first, &answer]);
    assert_eq!((row.status, row.priority), (Some(Status::Escalated), Priority::HIGH));
    assert_eq!(row.gate_codes, ["health_blood"]);
    assert_eq!((row.preview.as_str(), row.message_count), ("Any news?", 2));
    assert_eq!((row.received_at, row.last_message_at), (first.at, answer.at));
    assert!(row.search.contains("any news?"));
}

#[test]
fn gates_of_the_latest_message_come_first() {
    let first = Mail::new(TENANT, 1).gated(&["health_blood"]);
    let answer = Mail::new(TENANT, 2).in_thread(1).gated(&["legal_threat"]);
    let row = row(&[&first, &answer]);
    assert_eq!(row.gate_codes, ["legal_threat", "health_blood"]);
    assert_eq!(row.gate_code.as_deref(), Some("legal_threat"));
    assert_eq!(row.escalation_reason.as_deref(), Some("Reason of legal_threat"));
}

#[test]
fn an_older_mail_that_comes_late_does_not_change_the_preview() {
    let first = Mail::new(TENANT, 1);
    let late = Mail { at: first.at.minus_days(1), ..Mail::new(TENANT, 2).in_thread(1) };
    let row = row(&[&first, &late]);
    assert_eq!((row.preview.as_str(), row.message_count), (first.text.as_str(), 2));
    assert_eq!(row.last_message_at, first.at);
}

#[test]
fn a_message_that_is_set_aside_is_listed_last_and_is_no_ticket() {
    let mail = Mail::new(TENANT, 1).set_aside(SetAside::AutoReply);
    let id = casebook_domain::ids::TicketId::opened_by(mail.message_id());
    let row = row_of::<Tickets>(&after(&[&mail]), TENANT, id.0).expect("a row");
    assert_eq!((row.status, row.shelf, row.ticket()), (None, Shelf::SetAside, None));
    assert_eq!(
        (row.set_aside_reason, row.priority),
        (Some(SetAside::AutoReply), Priority::AWAITING)
    );
    assert_eq!(row.conversation_id, Some(mail.conversation_id()));
    assert_eq!(
        (row.inbox.as_str(), row.customer_email.as_str()),
        ("hello", "customer1@mail.example")
    );
    assert_eq!(row.preview, mail.text);
}

#[test]
fn the_row_agrees_with_the_ticket_itself() {
    let events = mixed(0, 60).recorded();
    let mut tickets = std::collections::HashMap::<_, Ticket>::new();
    for event in &events {
        if let Event::Ticket(inner) = &event.event {
            let key = (event.tenant.clone(), event.stream.id.clone());
            tickets.entry(key).or_default().apply(TicketEvent::clone(inner));
        }
    }
    assert!(tickets.len() > 20);
    for ((tenant, id), ticket) in tickets {
        let row = row_of::<Tickets>(&events, &tenant, id.parse().expect("id")).expect("a row");
        assert_eq!((row.status, row.priority), (Some(ticket.status()), ticket.priority()));
        assert_eq!(row.gate_codes, ticket.gate_codes());
        assert_eq!(row.conversation_id, ticket.conversation());
    }
}

/// A ticket of one mail, and its row after each request.
struct Case {
    life: Life,
}

impl Case {
    fn new() -> Self {
        Self { life: Life::new(Mail::new(TENANT, 1)) }
    }

    fn ask(&mut self, command: TicketCommand) -> TicketRow {
        assert!(self.life.ask(command.clone()), "{command:?}");
        self.row()
    }

    fn row(&self) -> TicketRow {
        let events = self.life.history().recorded();
        row_of::<Tickets>(&events, TENANT, self.life.mail().ticket_id().0).expect("a row")
    }

    fn work(&mut self, command: WorkCommand) -> TicketRow {
        self.ask(TicketCommand::Work(command))
    }

    fn classify(&mut self) -> TicketRow {
        let decision = answer(self.life.mail().message_id());
        let classified = Classified { decision, fallback_subject: "Your delivery".to_owned() };
        self.ask(TicketCommand::Triage(TriageCommand::Classified(Box::new(classified))))
    }

    fn approve(&mut self, id: u128, after: AfterSending) -> TicketRow {
        let draft = self.life.ticket().draft().map(|draft| draft.text.clone());
        let mail = self.life.mail();
        let mut reply = reply(mail, reply_id(id), draft.as_deref(), mail.at);
        reply.after = after;
        self.ask(TicketCommand::Reply(ReplyCommand::Approve(Box::new(reply))))
    }

    fn start(&mut self, id: u128) -> TicketRow {
        let (raw_sha256, size_bytes) = ("05".repeat(32), 400);
        let now = self.life.mail().at.minus_days(-1);
        let (reply_id, repeatable) = (reply_id(id), true);
        let attempts_max = 8;
        let start = DeliveryCommand::Start {
            reply_id,
            raw_sha256,
            size_bytes,
            now,
            repeatable,
            attempts_max,
        };
        self.ask(TicketCommand::Deliver(start))
    }

    fn record(&mut self, id: u128, attempt: u32, outcome: DeliveryOutcome) -> TicketRow {
        let reply_id = reply_id(id);
        let record = DeliveryCommand::Record { reply_id, attempt, outcome };
        self.ask(TicketCommand::Deliver(record))
    }

    fn sent(&mut self, id: u128) -> TicketRow {
        let at = self.life.mail().at.minus_days(-1);
        self.record(id, 1, DeliveryOutcome::Sent { answer: "250 Ok".to_owned(), at })
    }

    fn failed(&mut self, id: u128, attempt: u32, again: bool) -> TicketRow {
        let retry_at = again.then(|| self.life.mail().at.minus_days(-1));
        let error = "451 later".to_owned();
        self.record(id, attempt, DeliveryOutcome::Failed { error, retry_at })
    }

    fn bounce(&mut self, id: u128, is_final: bool) -> TicketRow {
        let (reply_id, message_id) = (reply_id(id), reply_id(99));
        let status = Some("5.1.1".to_owned());
        let report = ReplyBounced { reply_id, message_id, is_final, status };
        self.ask(TicketCommand::Bounce(report))
    }
}

fn reply_id(id: u128) -> MessageId {
    MessageId(uuid::Uuid::from_u128(id))
}

#[test]
fn a_classified_mail_shows_its_decision_and_draft() {
    let row = Case::new().classify();
    assert_eq!((row.status, row.priority), (Some(Status::Pending), Priority::NORMAL));
    assert_eq!(row.category.as_deref(), Some("delivery"));
    assert_eq!((row.confidence, row.decided, row.unsure), (Some(0.91), true, false));
    assert_eq!(row.draft, "Your box is on its way.");
    assert_eq!(row.recommended_action.as_deref(), Some("send_reply"));
    assert_eq!(row.model_used.as_deref(), Some("model-5"));
    assert_eq!(
        (row.policy_version.as_deref(), row.execution_duration_ms),
        (Some("p2"), Some(1_234))
    );
    assert_eq!(row.customer_name.as_deref(), Some("Customer 1"), "the mail's own name stays");
    assert_eq!(row.dedupe_key.as_deref(), Some("key-2"));
}

#[test]
fn a_reply_shows_how_far_it_has_come_until_it_is_out() {
    let mut case = Case::new();
    case.classify();
    let row = case.approve(1, AfterSending::Resolve);
    assert_eq!((row.reply_state, row.reply_id), (Some(ReplyState::Approved), Some(reply_id(1))));
    assert_eq!(row.reply_due_at, Some(case.life.mail().at.plus_micros(10_000_000)));
    assert_eq!(row.draft_usage, Some(DraftUsage::MinorEdits));
    let row = case.start(1);
    assert_eq!((row.reply_state, row.reply_due_at), (Some(ReplyState::Sending), None));
    let row = case.failed(1, 1, true);
    assert_eq!(row.reply_state, Some(ReplyState::Retrying));
    assert_eq!(row.reply_error.as_deref(), Some("451 later"));
    assert!(row.reply_due_at.is_some());
    case.start(1);
    let row = case.failed(1, 2, false);
    assert_eq!((row.reply_state, row.status), (Some(ReplyState::Failed), Some(Status::Escalated)));
    let (reply_id, due_at) = (reply_id(1), case.life.mail().at);
    let row = case.ask(TicketCommand::Reply(ReplyCommand::Retry { reply_id, due_at }));
    assert_eq!((row.reply_state, row.reply_error), (Some(ReplyState::Approved), None));
    case.start(1);
    let row = case.sent(1);
    assert_eq!((row.reply_state, row.status), (Some(ReplyState::Sent), Some(Status::Resolved)));
    assert_eq!((row.reply_count, row.shelf, row.draft.as_str()), (1, Shelf::Done, ""));
    assert_eq!((row.first_reply_at, row.resolved_at), (row.resolved_at, row.first_reply_at));
    assert!(row.resolved_at.is_some());
    assert_eq!(row.draft_usage, Some(DraftUsage::MinorEdits));
}

#[test]
fn a_withdrawn_reply_used_no_draft() {
    let mut case = Case::new();
    case.classify();
    case.approve(1, AfterSending::Resolve);
    let reply_id = reply_id(1);
    let row = case.ask(TicketCommand::Reply(ReplyCommand::Withdraw { reply_id }));
    assert_eq!((row.reply_state, row.draft_usage), (Some(ReplyState::Withdrawn), None));
    assert_eq!(row.draft, "Your box is on its way.", "it can be used again");
}

#[test]
fn a_ticket_that_is_closed_without_an_answer_has_an_end_and_no_draft_usage() {
    let mut case = Case::new();
    case.classify();
    let now = case.life.mail().at;
    let row = case.work(WorkCommand::Close { now });
    assert_eq!((row.status, row.shelf), (Some(Status::Closed), Shelf::Done));
    assert_eq!((row.resolved_at, row.draft_usage), (Some(now), None));
    let row = case.work(WorkCommand::Reopen);
    assert_eq!((row.status, row.resolved_at), (Some(Status::Pending), None));
}

#[test]
fn a_reply_that_comes_back_opens_the_ticket_again() {
    let mut case = Case::new();
    case.approve(1, AfterSending::Resolve);
    case.start(1);
    case.sent(1);
    let row = case.bounce(1, true);
    assert_eq!((row.status, row.shelf), (Some(Status::Escalated), Shelf::Open));
    assert_eq!((row.reply_state, row.reply_id), (Some(ReplyState::Bounced), Some(reply_id(1))));
    assert_eq!(row.resolved_at, None, "it is open");
}

#[test]
fn a_report_about_an_earlier_reply_does_not_hide_the_one_in_hand() {
    let mut case = Case::new();
    case.approve(1, AfterSending::KeepOpen);
    case.start(1);
    case.sent(1);
    case.approve(2, AfterSending::Resolve);
    let row = case.bounce(1, true);
    assert_eq!((row.reply_state, row.reply_id), (Some(ReplyState::Approved), Some(reply_id(2))));
    assert!(row.reply_due_at.is_some());
    assert_eq!(row.status, Some(Status::Escalated));
}

#[test]
fn a_late_notice_does_not_mark_a_reply_as_come_back() {
    let mut case = Case::new();
    case.approve(1, AfterSending::Resolve);
    case.start(1);
    case.sent(1);
    let row = case.bounce(1, false);
    assert_eq!((row.reply_state, row.status), (Some(ReplyState::Sent), Some(Status::Resolved)));
}

#[test]
fn what_is_put_aside_stands_on_a_shelf_of_its_own() {
    let mut case = Case::new();
    let (now, until) = (case.life.mail().at, case.life.mail().at.minus_days(-1));
    let row = case.work(WorkCommand::Snooze { until, now });
    assert_eq!((row.shelf, row.snoozed_until), (Shelf::Snoozed, Some(until)));
    let row = case.work(WorkCommand::Wake(Because::Time));
    assert_eq!((row.shelf, row.snoozed_until), (Shelf::Open, None));
}

#[test]
fn agents_words_are_shown() {
    let mut case = Case::new();
    case.classify();
    let agent = Some("sam".to_owned());
    let row = case.work(WorkCommand::Assign { agent, team: Some("vets".to_owned()) });
    assert_eq!((row.assignee.as_deref(), row.team.as_deref()), (Some("sam"), Some("vets")));
    let texts = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    case.work(WorkCommand::Label { add: texts(&["vip", "late"]), remove: Vec::new() });
    let row = case.work(WorkCommand::Label { add: texts(&["a"]), remove: texts(&["vip"]) });
    assert_eq!(row.labels, ["a", "late"]);
    let row = case.work(WorkCommand::CorrectCategory("quality".to_owned()));
    assert_eq!(row.category.as_deref(), Some("quality"));
    let row = case.work(WorkCommand::Escalate { reason: "Ask the vet".to_owned() });
    assert_eq!(row.escalation_reason.as_deref(), Some("Ask the vet"));
    assert_eq!((row.escalated, row.priority), (true, Priority::HIGH));
}

fn standing_of(row: &TicketRow) -> Standing {
    Standing {
        status: row.status.expect("a ticket"),
        priority: row.priority,
        gate_codes: row.gate_codes.clone(),
        assignee: row.assignee.clone(),
        decided: row.decided,
        unsure: row.unsure,
        escalated: row.escalated,
        awaiting: row.awaiting_customer,
        urgency: row.urgency,
        snoozed_until: row.snoozed_until,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever agents, customers, models and servers do, row and ticket agree after every step.
    #[test]
    fn row_and_ticket_agree_in_every_life(gated in any::<bool>(), choices in any::<[u8; 32]>()) {
        let mail = Mail::new(TENANT, 1);
        let mail = if gated { mail.gated(&["health_blood"]) } else { mail };
        let mut life = Life::new(mail);
        for choice in choices {
            if !life.choose(choice) {
                continue;
            }
            let events = life.history().recorded();
            let id = life.mail().ticket_id();
            let row = row_of::<Tickets>(&events, TENANT, id.0).expect("a row");
            let ticket = life.ticket();
            prop_assert_eq!(&standing_of(&row), ticket.standing());
            let stream = id.to_string();
            let written = events.iter().filter(|event| event.stream.id == stream).count();
            prop_assert_eq!(row.version, written as u64, "the version that commands expect");
            prop_assert_eq!(row.category.as_deref().filter(|c| *c != GATED_CATEGORY),
                ticket.category().filter(|_| row.category.as_deref() != Some(GATED_CATEGORY)));
            let drafted = ticket.draft().map(|draft| draft.text.as_str()).unwrap_or_default();
            prop_assert_eq!(row.draft.as_str(), drafted);
            prop_assert_eq!(row.reply_count as usize, ticket.sent_count());
            prop_assert_eq!(row.resolved_at.is_some(), !ticket.status().is_open());
            if let Some(in_hand) = ticket.reply() {
                prop_assert_eq!(row.reply_id, Some(in_hand.id()));
                prop_assert!(!matches!(row.reply_state,
                    None | Some(ReplyState::Sent | ReplyState::Bounced | ReplyState::Withdrawn)));
            }
        }
    }
}

#[test]
fn a_replacement_shows_how_far_it_has_come_and_brings_the_ticket_back_when_it_fails() {
    let mut case = Case::new();
    case.classify();
    case.approve(1, AfterSending::Resolve);
    let replacement_id = ReplacementId(uuid::Uuid::from_u128(7));
    let mut replace = |command| {
        let row = case.ask(TicketCommand::Replace(command));
        (row.replacement_state, row.replacement_error, row.status)
    };
    let asked = ReplacementRequested {
        replacement_id,
        order_reference: "A-1".into(),
        reason: "It leaked".into(),
        reply_id: reply_id(1),
    };
    let in_progress = Some(Status::InProgress);
    let requested = Some(ReplacementState::Requested);
    let row = replace(ReplacementCommand::Request(asked));
    assert_eq!(row, (requested, None, in_progress));
    let failed = |attempt, retry_at| {
        let error = "503 busy".to_owned();
        let failed = ReplacementFailed { replacement_id, attempt, error, retry_at };
        ReplacementCommand::RecordFailed(failed)
    };
    let error = Some("503 busy".to_owned());
    let row = replace(failed(1, Some(Timestamp::from_micros(1))));
    assert_eq!(row, (requested, error.clone(), in_progress));
    let row = replace(failed(2, None));
    assert_eq!(row, (Some(ReplacementState::Failed), error, Some(Status::Escalated)));
}
