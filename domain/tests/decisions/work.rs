//! An agent's work besides answering: allowed, refused, repeated, and on a state that moved.

use casebook_domain::ticket::{
    Because, CategoryCorrected, Ended, LabelsChanged, PrioritySet, Snoozed, Status, Ticket,
    TicketAssigned, TicketCommand, TicketError, TicketEscalated, TicketEvent, TicketReopened,
    Urgency, Woken, WorkCommand,
};

use crate::fixtures::{DUE, NOON, answer, approved, by, claimed, delivery, gated, ticket};

fn ask(ticket: &Ticket, command: WorkCommand) -> Result<Vec<TicketEvent>, TicketError> {
    ticket.decide(TicketCommand::Work(command))
}

fn does(ticket: &Ticket, command: WorkCommand) -> Vec<TicketEvent> {
    ask(ticket, command).expect("allowed")
}

fn closed() -> Ticket {
    ticket([TicketEvent::TicketClosed(Ended { at: NOON })])
}

fn claim(agent: &str) -> WorkCommand {
    WorkCommand::Claim { agent: agent.to_owned() }
}

fn release(agent: &str) -> WorkCommand {
    WorkCommand::Release { agent: agent.to_owned() }
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn label(add: &[&str], remove: &[&str]) -> WorkCommand {
    WorkCommand::Label { add: texts(add), remove: texts(remove) }
}

fn assign(agent: Option<&str>, team: Option<&str>) -> WorkCommand {
    WorkCommand::Assign { agent: agent.map(str::to_owned), team: team.map(str::to_owned) }
}

#[test]
fn one_agent_claims_and_the_others_learn_who() {
    assert_eq!(does(&ticket([]), claim("sam")), [claimed("sam")]);
    let taken = ticket([claimed("sam")]);
    assert_eq!(taken.status(), Status::InProgress);
    assert_eq!(does(&taken, claim("sam")), [], "again");
    assert_eq!(ask(&taken, claim("kim")), Err(TicketError::TakenBy("sam".to_owned())));
}

#[test]
fn a_ticket_that_was_assigned_is_claimed_by_its_agent() {
    let assigned = does(&ticket([]), assign(Some("sam"), None));
    let ticket = ticket(assigned);
    assert_eq!(ticket.status(), Status::New, "nobody works on it yet");
    assert_eq!(does(&ticket, claim("sam")), [claimed("sam")]);
    assert_eq!(ask(&ticket, claim("kim")), Err(TicketError::TakenBy("sam".to_owned())));
}

#[test]
fn only_who_has_a_ticket_gives_it_back() {
    let taken = ticket([claimed("sam")]);
    assert_eq!(does(&taken, release("sam")), [TicketEvent::TicketReleased(by("sam"))]);
    assert_eq!(ask(&taken, release("kim")), Err(TicketError::TakenBy("sam".to_owned())));
    let given_back = ticket([claimed("sam"), TicketEvent::TicketReleased(by("sam"))]);
    assert_eq!(given_back.status(), Status::New);
    assert_eq!(does(&given_back, release("sam")), [], "again");
}

#[test]
fn a_ticket_goes_to_somebody_to_a_team_or_to_nobody() {
    let to = |agent: Option<&str>, team: Option<&str>| {
        let (agent, team) = (agent.map(str::to_owned), team.map(str::to_owned));
        TicketEvent::TicketAssigned(TicketAssigned { agent, team })
    };
    let first = does(&ticket([]), assign(Some("sam"), Some("vets")));
    assert_eq!(first, [to(Some("sam"), Some("vets"))]);
    let assigned = ticket(first);
    assert_eq!(does(&assigned, assign(Some("sam"), None)), [], "the team stays");
    assert_eq!(does(&assigned, assign(Some("sam"), Some("vets"))), [], "again");
    assert_eq!(does(&assigned, assign(Some("kim"), None)), [to(Some("kim"), None)]);
    assert_eq!(does(&assigned, assign(None, None)), [to(None, None)]);
}

#[test]
fn labels_are_tidied_and_only_changes_are_recorded() {
    let first = does(&ticket([]), label(&["  Late  Box ", "vip", "VIP"], &["unknown"]));
    let changed = LabelsChanged { added: texts(&["late box", "vip"]), removed: Vec::new() };
    assert_eq!(first, [TicketEvent::LabelsChanged(changed)]);
    let labelled = ticket(first);
    assert_eq!(does(&labelled, label(&["vip"], &["other"])), [], "again");
    let off = does(&labelled, label(&[], &["VIP"]));
    let changed = LabelsChanged { added: Vec::new(), removed: texts(&["vip"]) };
    assert_eq!(off, [TicketEvent::LabelsChanged(changed)]);
    assert_eq!(does(&labelled, label(&["new"], &["new"])), [], "on and off is off");
    assert!(!does(&closed(), label(&["late"], &[])).is_empty(), "after the end, too");
}

#[test]
fn labels_that_cannot_be_used_are_refused() {
    for bad in [" ", "a\u{7}b", &"x".repeat(51)] {
        let refused = ask(&ticket([]), label(&[bad], &[])).expect_err("refused");
        assert!(matches!(refused, TicketError::Invalid { field: "labels", .. }), "{refused}");
    }
    let many: Vec<String> = (0..50).map(|n| format!("label {n}")).collect();
    let full = does(&ticket([]), WorkCommand::Label { add: many, remove: Vec::new() });
    let full = ticket(full);
    let refused = ask(&full, label(&["one more"], &[])).expect_err("refused");
    assert!(matches!(refused, TicketError::Invalid { field: "add", .. }), "{refused}");
    assert_eq!(does(&full, label(&["one more"], &["label 7"])).len(), 1, "one off, one on");
}

#[test]
fn urgency_is_recorded_when_it_changes() {
    let urgent = does(&ticket([]), WorkCommand::SetPriority(Urgency::Urgent));
    assert_eq!(urgent, [TicketEvent::PrioritySet(PrioritySet { urgency: Urgency::Urgent })]);
    assert_eq!(does(&ticket(urgent), WorkCommand::SetPriority(Urgency::Urgent)), []);
    let late = ask(&closed(), WorkCommand::SetPriority(Urgency::Low));
    assert_eq!(late, Err(TicketError::NotOpen));
}

#[test]
fn a_correction_keeps_what_triage_had_said() {
    let decided = ticket([TicketEvent::TicketClassified(Box::new(answer("first")))]);
    let correct = |to: &str| WorkCommand::CorrectCategory(to.to_owned());
    let corrected = |from: Option<&str>, to: &str| {
        let (from, to) = (from.map(str::to_owned), to.to_owned());
        TicketEvent::CategoryCorrected(CategoryCorrected { from, to })
    };
    assert_eq!(does(&decided, correct("quality")), [corrected(Some("delivery"), "quality")]);
    assert_eq!(does(&decided, correct("delivery")), [], "again");
    assert_eq!(does(&closed(), correct("quality")), [corrected(None, "quality")]);
}

#[test]
fn escalating_takes_a_reason() {
    let escalate = |reason: &str| WorkCommand::Escalate { reason: reason.to_owned() };
    let event = TicketEvent::TicketEscalated(TicketEscalated { reason: "Ask the vet".into() });
    let events = does(&ticket([]), escalate(" Ask the vet "));
    assert_eq!(events, [event]);
    assert_eq!(ticket(events).status(), Status::Escalated);
    for bad in ["  ", &"x".repeat(1001)] {
        let refused = ask(&ticket([]), escalate(bad)).expect_err("refused");
        assert!(matches!(refused, TicketError::Invalid { field: "reason", .. }), "{refused}");
    }
    assert_eq!(ask(&closed(), escalate("x")), Err(TicketError::NotOpen));
}

#[test]
fn awaiting_the_customer_deals_with_what_called_for_an_agent() {
    let wait = WorkCommand::AwaitCustomer { agent: "sam".to_owned() };
    let gate = TicketEvent::TicketGated(gated("first", &["legal_threat"]));
    let events = does(&ticket([gate.clone()]), wait.clone());
    assert_eq!(events, [TicketEvent::CustomerAwaited(by("sam"))]);
    let after = ticket(std::iter::once(gate).chain(events));
    assert_eq!((after.status(), after.priority().number()), (Status::InProgress, 4));
    assert!(after.gate_codes().is_empty());
    assert_eq!(does(&after, wait.clone()), [], "again");
    assert_eq!(ask(&ticket([approved("r")]), wait), Err(TicketError::ReplyUnderWay));
}

#[test]
fn a_ticket_is_put_aside_for_a_time_that_lies_ahead() {
    let until = |until| WorkCommand::Snooze { until, now: NOON };
    assert_eq!(does(&ticket([]), until(DUE)), [TicketEvent::Snoozed(Snoozed { until: DUE })]);
    let refused = ask(&ticket([]), until(NOON)).expect_err("refused");
    assert!(matches!(refused, TicketError::Invalid { field: "until", .. }), "{refused}");
    let asleep = ticket([TicketEvent::Snoozed(Snoozed { until: DUE })]);
    assert_eq!(does(&asleep, until(DUE)), [], "again");
    assert_eq!(does(&asleep, until(DUE.plus_micros(1))).len(), 1, "another time");
    let wake = WorkCommand::Wake(Because::Time);
    let woken = TicketEvent::Woken(Woken { because: Because::Time });
    assert_eq!(does(&asleep, wake.clone()), [woken]);
    assert_eq!(does(&ticket([]), wake.clone()), [], "it is awake");
    assert_eq!(ask(&closed(), wake), Err(TicketError::NotOpen));
}

#[test]
fn closing_waits_for_no_reply_and_reopening_is_for_what_ended() {
    let close = WorkCommand::Close { now: DUE };
    assert_eq!(does(&ticket([]), close.clone()), [TicketEvent::TicketClosed(Ended { at: DUE })]);
    assert_eq!(ask(&closed(), close.clone()), Err(TicketError::NotOpen));
    for under_way in [vec![approved("r")], vec![approved("r"), delivery("r", 1)]] {
        assert_eq!(ask(&ticket(under_way), close.clone()), Err(TicketError::ReplyUnderWay));
    }
    assert_eq!(does(&ticket([]), WorkCommand::Reopen), [], "it is open");
    let reopened = TicketReopened { because: Because::Agent };
    let events = does(&closed(), WorkCommand::Reopen);
    assert_eq!(events, [TicketEvent::TicketReopened(reopened)]);
    let ended = TicketEvent::TicketClosed(Ended { at: NOON });
    let again = ticket(std::iter::once(ended).chain(events));
    assert_eq!((again.status(), again.awaits_triage()), (Status::Pending, None));
}

#[test]
fn no_work_is_done_on_a_ticket_that_ended_or_never_was() {
    for command in [
        claim("sam"),
        release("sam"),
        assign(Some("sam"), None),
        WorkCommand::AwaitCustomer { agent: "sam".to_owned() },
        WorkCommand::Snooze { until: DUE, now: NOON },
    ] {
        assert_eq!(ask(&closed(), command.clone()), Err(TicketError::NotOpen), "{command:?}");
        assert_eq!(ask(&Ticket::default(), command), Err(TicketError::NotFound));
    }
}
