//! Statuses and priorities as a table: what happened, then where the ticket stands.

use casebook_domain::Personal;
use casebook_domain::ticket::{
    Because, Ended, PrioritySet, ReplyBounced, Snoozed, Standing, Status, TicketAssigned,
    TicketEscalated, TicketEvent, TicketReopened, Urgency, Woken,
};

use crate::fixtures::{
    DUE, NOON, approved, by, claimed, delivery, escalating, gated, message_id, sent, started,
    ticket, triage_failed, was_classified, wrote_again,
};
use crate::replies::{failed, held, unknown};

fn standing(events: Vec<TicketEvent>) -> Standing {
    ticket(events).standing().clone()
}

fn urgency(urgency: Urgency) -> TicketEvent {
    TicketEvent::PrioritySet(PrioritySet { urgency })
}

fn sure() -> TicketEvent {
    was_classified("first", false)
}

fn unsure() -> TicketEvent {
    was_classified("first", true)
}

fn gate() -> TicketEvent {
    TicketEvent::TicketGated(gated("first", &["legal_threat"]))
}

fn reason() -> TicketEvent {
    TicketEvent::TicketClassified(Box::new(escalating("first")))
}

fn escalated() -> TicketEvent {
    TicketEvent::TicketEscalated(TicketEscalated { reason: Personal::new("Ask".to_owned()) })
}

fn awaited() -> TicketEvent {
    TicketEvent::CustomerAwaited(by("sam"))
}

fn resolved() -> TicketEvent {
    TicketEvent::TicketResolved(Ended { at: DUE })
}

fn closed() -> TicketEvent {
    TicketEvent::TicketClosed(Ended { at: NOON })
}

fn reopened(because: Because) -> TicketEvent {
    TicketEvent::TicketReopened(TicketReopened { because })
}

fn returned() -> TicketEvent {
    TicketEvent::ReplyBounced(ReplyBounced {
        reply_id: message_id("r"),
        message_id: message_id("report"),
        is_final: true,
        status: None,
    })
}

fn triage_gave_up() -> TicketEvent {
    TicketEvent::TriageFailed(triage_failed("first"))
}

#[test]
fn each_history_leads_to_its_status_and_priority() {
    use Status::{Closed, Escalated, InProgress, New, Pending, Resolved};
    let released = || TicketEvent::TicketReleased(by("sam"));
    let table: Vec<(&str, Vec<TicketEvent>, Status, u8)> = vec![
        ("received", vec![], New, 3),
        ("classified", vec![sure()], Pending, 3),
        ("unsure", vec![unsure()], Pending, 2),
        ("nobody could classify", vec![triage_gave_up()], Pending, 2),
        ("gated", vec![gate()], Escalated, 1),
        ("a reason by triage", vec![reason()], Escalated, 1),
        ("escalated by an agent", vec![sure(), escalated()], Escalated, 1),
        ("claimed", vec![sure(), claimed("sam")], InProgress, 3),
        ("claimed when gated", vec![gate(), claimed("sam")], InProgress, 1),
        ("released", vec![sure(), claimed("sam"), released()], Pending, 3),
        ("released when gated", vec![gate(), claimed("sam"), released()], Escalated, 1),
        ("released when awaiting", vec![claimed("sam"), awaited(), released()], InProgress, 4),
        ("approved", vec![sure(), approved("r")], InProgress, 3),
        ("awaiting", vec![unsure(), awaited()], InProgress, 4),
        ("awaiting when gated", vec![gate(), awaited()], InProgress, 4),
        ("awaiting and urgent", vec![awaited(), urgency(Urgency::Urgent)], InProgress, 4),
        ("urgent", vec![sure(), urgency(Urgency::Urgent)], Pending, 1),
        ("high", vec![unsure(), urgency(Urgency::High)], Pending, 1),
        ("normal", vec![unsure(), urgency(Urgency::Normal)], Pending, 2),
        ("low", vec![unsure(), urgency(Urgency::Low)], Pending, 3),
        ("sent", vec![approved("r"), delivery("r", 1), sent("r", 1), resolved()], Resolved, 3),
        ("closed", vec![gate(), closed()], Closed, 3),
        ("reopened", vec![gate(), closed(), reopened(Because::Agent)], Pending, 3),
        ("answered while new", vec![wrote_again("second")], New, 3),
        ("answered when classified", vec![unsure(), wrote_again("second")], New, 3),
        ("answered when gated", vec![gate(), wrote_again("second")], Escalated, 1),
        (
            "answered while with an agent",
            vec![claimed("sam"), wrote_again("second")],
            InProgress,
            3,
        ),
        ("answered what was awaited", vec![awaited(), wrote_again("second")], New, 3),
        (
            "answered after the end, and classified",
            vec![
                sure(),
                resolved(),
                reopened(Because::Customer),
                wrote_again("second"),
                was_classified("second", false),
            ],
            Pending,
            3,
        ),
        ("given up", vec![approved("r"), delivery("r", 1), failed("r", 1, false)], Escalated, 1),
        ("tried again", vec![approved("r"), delivery("r", 1), failed("r", 1, true)], InProgress, 3),
        ("nobody can tell", vec![approved("r"), delivery("r", 1), unknown("r", 1)], Escalated, 1),
        ("held", vec![sure(), approved("r"), wrote_again("second"), held("r")], New, 3),
        (
            "came back",
            vec![approved("r"), delivery("r", 1), sent("r", 1), resolved(), returned()],
            Escalated,
            1,
        ),
    ];
    for (what, events, status, priority) in table {
        let found = standing(events);
        assert_eq!((found.status, found.priority.number()), (status, priority), "{what}");
    }
}

#[test]
fn a_ticket_that_we_begin_awaits_the_customer() {
    let mut standing = Standing::default();
    standing.evolve(&TicketEvent::TicketStarted(Box::new(started())));
    assert_eq!((standing.status, standing.priority.number()), (Status::InProgress, 4));
    standing.evolve(&approved("r"));
    assert_eq!((standing.status, standing.priority.number()), (Status::InProgress, 4));
    standing.evolve(&failed("r", 1, false));
    assert_eq!((standing.status, standing.priority.number()), (Status::Escalated, 1));
}

#[test]
fn what_ends_or_awaits_leaves_nothing_to_deal_with() {
    for end in [resolved(), closed(), awaited()] {
        let after = standing(vec![gate(), escalated(), end]);
        assert!(after.gate_codes.is_empty() && !after.escalated, "{after:?}");
    }
}

#[test]
fn what_calls_for_an_agent_is_not_put_aside() {
    let aside = || TicketEvent::Snoozed(Snoozed { until: DUE });
    for event in [
        wrote_again("second"),
        awaited(),
        resolved(),
        TicketEvent::Woken(Woken { because: Because::Time }),
        escalated(),
        failed("r", 1, false),
        unknown("r", 1),
        returned(),
    ] {
        let after = standing(vec![aside(), event.clone()]);
        assert_eq!(after.snoozed_until, None, "{event:?}");
    }
    assert_eq!(standing(vec![aside(), sure()]).snoozed_until, Some(DUE));
}

#[test]
fn taking_a_ticket_from_its_agent_gives_it_back() {
    let to = |agent: Option<&str>| {
        let agent = agent.map(str::to_owned);
        TicketEvent::TicketAssigned(TicketAssigned { agent, team: None })
    };
    let back = standing(vec![sure(), claimed("sam"), to(None)]);
    assert_eq!((back.status, back.assignee), (Status::Pending, None));
    let over = standing(vec![sure(), claimed("sam"), to(Some("kim"))]);
    assert_eq!((over.status, over.assignee.as_deref()), (Status::InProgress, Some("kim")));
}
