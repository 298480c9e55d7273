//! Given events, then what is measured about a ticket.

use casebook_domain::Timestamp;
use casebook_domain::draft::DraftUsage;
use casebook_domain::ticket::{
    Because, ByAgent, CategoryCorrected, Ended, ReplySent, Status, TicketAssigned, TicketEvent,
    TicketReopened,
};
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

use crate::read_model::ReadModel;
use crate::testing::{History, Life, Mail, answer, reply, row_of};
use crate::ticket_facts::{Gap, STILL_OPEN, TicketFact, TicketFacts};
use crate::tickets::Tickets;

const TENANT: &str = "tenant-a";
const DRAFT: &str = "Your box is on its way.";

fn fact(mail: &Mail, history: &History) -> TicketFact {
    row_of::<TicketFacts>(&history.recorded(), TENANT, mail.ticket_id().0).expect("a row")
}

fn told(mail: &Mail, events: &[TicketEvent]) -> History {
    let mut history = History::new();
    mail.add_to(&mut history);
    for event in events {
        history.begin(TENANT);
        history.push(mail.ticket_id(), event);
    }
    history
}

fn after(mail: &Mail, events: &[TicketEvent]) -> TicketFact {
    fact(mail, &told(mail, events))
}

/// The mail's first reply: approved by Sam, and out `seconds` after the mail came.
fn answered(mail: &Mail, seconds: i64) -> [TicketEvent; 2] {
    let at = later(mail, seconds);
    let approved = reply(mail, mail.message_id(), Some(DRAFT), at);
    let answer = "250 Ok".to_owned();
    let sent = ReplySent { reply_id: approved.reply_id, attempt: 1, answer, sent_at: at };
    [TicketEvent::ReplyApproved(Box::new(approved)), TicketEvent::ReplySent(sent)]
}

fn later(mail: &Mail, seconds: i64) -> Timestamp {
    mail.at.plus_micros(seconds * 1_000_000)
}

fn resolved(mail: &Mail, seconds: i64) -> TicketEvent {
    TicketEvent::TicketResolved(Ended { at: later(mail, seconds) })
}

#[test]
fn a_new_ticket_is_open_from_its_beginning() {
    let mail = Mail::new(TENANT, 1);
    let fact = after(&mail, &[]);
    assert_eq!((fact.received_at, fact.ended_at, fact.live_until), (mail.at, None, STILL_OPEN));
    assert_eq!((fact.status, fact.category.as_deref()), (Status::New, None));
    assert_eq!(fact.open_spans().collect::<Vec<_>>(), [(mail.at, None)]);
    assert!(!fact.was_open_before(mail.at) && fact.was_open_before(mail.at.plus_micros(1)));
}

#[test]
fn an_answer_is_the_agents_who_approved_it() {
    let mail = Mail::new(TENANT, 1);
    let mut events = answered(&mail, 90).to_vec();
    events.push(resolved(&mail, 90));
    let fact = after(&mail, &events);
    assert_eq!(fact.first_reply_at, Some(later(&mail, 90)));
    assert_eq!(fact.first_reply_by.as_deref(), Some("sam"));
    assert_eq!(fact.ended_by.as_deref(), Some("sam"));
    assert_eq!((fact.status, fact.ended_at), (Status::Resolved, Some(later(&mail, 90))));
    assert_eq!(fact.draft_usage, Some(DraftUsage::MinorEdits));
    assert_eq!(fact.live_until, later(&mail, 90));
    assert_eq!(fact.replies.len(), 1);
}

#[test]
fn what_is_closed_was_answered_by_nobody() {
    let mail = Mail::new(TENANT, 1);
    let closed = TicketEvent::TicketClosed(Ended { at: later(&mail, 30) });
    let fact = after(&mail, &[closed]);
    assert_eq!((fact.status, fact.draft_usage), (Status::Closed, None));
    assert_eq!(fact.ended_by, None, "no agent acted in this history");
    assert!(fact.was_open_before(later(&mail, 30)));
    assert!(!fact.was_open_before(later(&mail, 31)));
}

#[test]
fn the_time_between_end_and_reopening_is_kept() {
    let mail = Mail::new(TENANT, 1);
    let mut events = answered(&mail, -1_000_000_000).to_vec();
    events.push(resolved(&mail, -1_774_999_970));
    events.push(TicketEvent::TicketReopened(TicketReopened { because: Because::Agent }));
    let history = told(&mail, &events);
    let reopened_at = history.recorded().last().expect("an event").recorded_at;
    let ended = later(&mail, -1_774_999_970);
    let fact = fact(&mail, &history);
    assert_eq!(fact.gaps, [Gap { from: ended, to: ended.max(reopened_at) }]);
    assert_eq!((fact.status, fact.ended_at), (Status::Pending, None));
    assert_eq!((fact.ended_by.as_deref(), fact.live_until), (None, STILL_OPEN));
    assert_eq!(fact.open_spans().count(), 2);
}

#[test]
fn a_corrected_category_is_told_from_that_of_a_decision() {
    let mail = Mail::new(TENANT, 1);
    let decided = TicketEvent::TicketClassified(Box::new(answer(mail.message_id())));
    let to = "quality".to_owned();
    let corrected = TicketEvent::CategoryCorrected(CategoryCorrected { from: None, to });
    let fact = after(&mail, &[decided.clone(), corrected.clone()]);
    assert_eq!((fact.category.as_deref(), fact.category_corrected), (Some("quality"), true));
    assert_eq!(fact.decided_category.as_deref(), Some("delivery"));
    let fact = after(&mail, &[decided.clone(), corrected, decided]);
    assert_eq!((fact.category.as_deref(), fact.category_corrected), (Some("delivery"), false));
}

#[test]
fn team_and_agent_are_those_of_now() {
    let mail = Mail::new(TENANT, 1);
    let assigned = |agent: Option<&str>, team: Option<&str>| {
        let (agent, team) = (agent.map(str::to_owned), team.map(str::to_owned));
        TicketEvent::TicketAssigned(TicketAssigned { agent, team })
    };
    let claimed = TicketEvent::TicketClaimed(ByAgent { agent: "kim".to_owned() });
    let fact = after(&mail, &[claimed, assigned(Some("sam"), Some("vets")), assigned(None, None)]);
    assert_eq!((fact.assignee.as_deref(), fact.team.as_deref()), (None, Some("vets")));
}

/// A new event of the queue either moves what is measured or is known not to.
#[test]
fn every_event_that_moves_a_ticket_is_wanted() {
    let moves_nothing = [
        "ReplyDrafted",
        "LabelsChanged",
        "DeliveryStarted",
        "ReplacementRequested",
        "ReplacementPlaced",
        "MailSetAside",
    ];
    for event in Tickets::EVENTS {
        let wanted = TicketFacts::EVENTS.contains(event);
        assert!(wanted != moves_nothing.contains(event), "{event}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// What both read models know, they know alike, whatever happened to the ticket.
    #[test]
    fn it_agrees_with_the_queue(choices in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut life = Life::new(Mail::new(TENANT, 1));
        for choice in choices {
            life.choose(choice);
        }
        let events = life.history().recorded();
        let id = life.mail().ticket_id().0;
        let fact = row_of::<TicketFacts>(&events, TENANT, id).expect("a row");
        let row = row_of::<Tickets>(&events, TENANT, id).expect("a row");
        prop_assert_eq!(Some(fact.status), row.status);
        prop_assert_eq!(fact.received_at, row.received_at);
        prop_assert_eq!(&fact.category, &row.category);
        prop_assert_eq!((&fact.team, &fact.assignee), (&row.team, &row.assignee));
        prop_assert_eq!((fact.first_reply_at, fact.ended_at), (row.first_reply_at, row.resolved_at));
        prop_assert_eq!(fact.draft_usage, row.draft_usage);
        prop_assert_eq!(fact.ended_at.is_none(), fact.status.is_open());
        let sent = fact.replies.iter().filter(|reply| reply.sent_at.is_some()).count();
        prop_assert_eq!(sent, row.reply_count as usize);
    }
}
