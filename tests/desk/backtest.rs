//! Policies tried on the recorded past, on both databases.

use std::collections::BTreeMap;

use casebook_app::{Access, AppError, Backtest, BacktestRun};
use casebook_domain::Timestamp;
use casebook_domain::backtest::{DraftChange, Forecast, Human, Pair, TicketChange, Totals};
use casebook_domain::gates::{ContactRule, Gate, Rule};
use casebook_domain::ids::TicketId;
use casebook_domain::policy::Policy;
use casebook_domain::ticket::{TicketEvent, WorkCommand};
use casebook_store::Mode;
use casebook_tests::builders::event_with;
use casebook_tests::desk::{Desk, OTHER_TENANT, TENANT, operator, shipped, shipped_files};
use casebook_tests::letters::{Mail, mail};
use casebook_tests::oracle::{DRAFT, Oracle};
use casebook_tests::smtp::Server;
use casebook_tests::{TestDatabase, append, both_databases};

use crate::shared::{SECOND, Tasks, agent, any, due, on, until, until_sent};

both_databases!(
    the_policy_of_that_time_changes_nothing,
    another_policy_tells_what_changes_for_each_ticket,
    two_policies_are_held_against_each_other,
    a_run_keeps_to_its_range_and_limits,
);

const NO_LIMIT: (&str, u64) = ("backtest.messages_max", u64::MAX);

fn asked(policy: Policy) -> Backtest {
    Backtest {
        policy,
        against: None,
        from: None,
        to: None,
        messages_max: NO_LIMIT,
        tickets_max: ("backtest.tickets_max", usize::MAX),
    }
}

async fn run(desk: &Desk, asked: Backtest) -> (BacktestRun, Totals) {
    let run = desk.app.backtest(&operator(), asked, |_| {}).await.expect("a run");
    let totals = run.ledger.totals();
    (run, totals)
}

fn by(id: &str, text: &str) -> Mail {
    mail(id).from(&format!("{id} <{id}@example.net>")).text(text)
}

/// Tickets by name, a day apart: one answered as drafted, one in doubt and escalated by an agent,
/// one gated, one without subject, one whose long text is a blob, one that nobody touched.
async fn past(desk: &Desk) -> BTreeMap<&'static str, TicketId> {
    let (oracle, server) = (Oracle::new(), Server::answering([]));
    let tasks = Tasks::default().classify(&desk.app, &oracle).deliver(&desk.app, &server);
    let long = format!("Do you deliver to York?\r\n{}", "and more words\r\n".repeat(3000));
    let mut tickets = BTreeMap::new();
    for (name, mail) in [
        ("sent", by("sent", "Which days do you deliver to Leeds?\r\n").subject("Days")),
        ("doubt", by("doubt", "I am unsure about it all.\r\n")),
        ("gated", by("gated", "My dog vomited twice after dinner.\r\n")),
        ("blank", by("blank", "When do you deliver?\r\n").without("Subject")),
        ("long", by("long", &long)),
        ("cold", by("cold", "I was unwell last week; which days do you deliver?\r\n")),
    ] {
        let received = desk.receive(&mail).await;
        let ticket = received.ticket_id.expect("a ticket");
        if received.gated.is_none() {
            until(desk, ticket, name, |events| any(events, classified)).await;
        }
        tickets.insert(name, ticket);
        desk.database.clock.advance(24 * 3600 * SECOND);
    }
    due(desk, tickets["sent"], DRAFT).await;
    until_sent(desk, tickets["sent"], 1).await;
    let escalate = WorkCommand::Escalate { reason: "A vet must see this".to_owned() };
    desk.app.work(&agent("sam"), &on(tickets["doubt"]), escalate).await.expect("escalated");
    tasks.stop().await;
    tickets
}

const fn classified(event: &TicketEvent) -> bool {
    matches!(event, TicketEvent::TicketClassified(_))
}

/// A policy with another gate, without one that fired, with other thresholds and another sign-off.
fn changed() -> Policy {
    let mut policy = shipped(TENANT);
    policy.gates.gates.retain(|gate| gate.code != "health_vomiting");
    policy.gates.gates.push(Gate {
        code: "northern_town".to_owned(),
        reason: "Names a town in the north".to_owned(),
        severity: None,
        rules: vec![Rule { any: vec!["(leeds|york)".to_owned()], ..Rule::default() }],
    });
    policy.thresholds.priority = 0.3;
    policy.sending.personas = vec!["Zoe".to_owned()];
    policy.sending.subject_prefix = Some("[Help]".to_owned());
    policy
}

async fn the_policy_of_that_time_changes_nothing(database: TestDatabase) {
    let desk = Desk::open(database).await;
    past(&desk).await;
    let length = desk.length().await;
    let (run, totals) = run(&desk, asked(shipped(TENANT))).await;
    assert_eq!(run.ledger.changes().collect::<Vec<_>>(), []);
    assert_eq!((totals.messages, totals.tickets, totals.answers), (6, 6, 5));
    assert_eq!((run.short_facts, run.unread.len(), run.position), (0, 0, length));
    assert_eq!(totals.escalated, Pair { before: 1, after: 1 });
    let reader = desk.database.try_open(Mode::ReadOnly, Default::default()).await.expect("opens");
    let beside = desk.on(reader).await;
    let again = beside.backtest(&operator(), asked(shipped(TENANT)), |_| {}).await.expect("a run");
    assert_eq!(again.ledger.totals(), totals);
    assert_eq!(desk.length().await, length, "nothing was written");
    beside.store().clone().close().await;
}

fn change(changes: &[TicketChange], ticket: TicketId) -> &TicketChange {
    changes.iter().find(|change| change.ticket_id == ticket).expect("a change")
}

async fn another_policy_tells_what_changes_for_each_ticket(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let tickets = past(&desk).await;
    let (run, totals) = run(&desk, asked(changed())).await;
    let changes: Vec<TicketChange> = run.ledger.changes().collect();
    assert_eq!(changes.len(), 4, "{changes:#?}");

    let sent = change(&changes, tickets["sent"]);
    assert_eq!(
        (sent.before.gates.len(), sent.after.gates.as_slice()),
        (0, &["northern_town".to_owned()][..])
    );
    assert_eq!((sent.before.priority, sent.after.priority), (Some(3), Some(1)));
    assert_eq!((sent.before.escalated, sent.after.escalated), (false, true));
    assert_eq!(sent.before.category.as_deref(), Some("delivery"));
    assert_eq!(sent.after.category.as_deref(), Some("escalation"));
    assert_eq!((sent.draft, sent.human), (DraftChange::Withheld, Human::SentAsIs));
    assert!(sent.sign_off_changed && sent.reply_subject_changed);
    assert_eq!(sent.after.subject.as_deref(), Some("Days"));

    let doubt = change(&changes, tickets["doubt"]);
    assert_eq!((doubt.before.priority, doubt.after.priority), (Some(2), Some(3)));
    assert_eq!(doubt.human, Human::Escalated);
    let gated = change(&changes, tickets["gated"]);
    assert_eq!((gated.after.forecast, gated.after.priority), (Forecast::Unknown, None));
    assert_eq!(change(&changes, tickets["long"]).after.gates, ["northern_town"]);

    let gate = |code: &str| totals.gates.iter().find(|gate| gate.code == code).map(|g| g.messages);
    assert_eq!(gate("northern_town"), Some(Pair { before: 0, after: 2 }));
    assert_eq!(gate("health_vomiting"), Some(Pair { before: 1, after: 0 }));
    assert_eq!((totals.sign_offs_changed, totals.reply_subjects_changed), (1, 1));
    let cell = |forecast, human| {
        let cell = totals.confusion.iter().find(|c| c.forecast == forecast && c.human == human);
        cell.map(|cell| cell.tickets).unwrap_or_default()
    };
    assert_eq!(cell(Forecast::Unsure, Human::Escalated), Pair { before: 1, after: 0 });
    assert_eq!(cell(Forecast::Gated, Human::SentAsIs), Pair { before: 0, after: 1 });
    assert_eq!(cell(Forecast::Unknown, Human::Open), Pair { before: 0, after: 1 });
}

async fn two_policies_are_held_against_each_other(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let tickets = past(&desk).await;
    let literal = Policy::from_entry(&shipped_files(TENANT), "sop-literal/policy.toml");
    let asked = Backtest { against: Some(shipped(TENANT)), ..asked(literal.expect("a policy")) };
    let (run, totals) = run(&desk, asked).await;
    assert_eq!(run.against.as_ref().map(|policy| policy.name.as_str()), Some("default"));
    assert_eq!(run.policy.name, "sop-literal");
    let changes: Vec<TicketChange> = run.ledger.changes().collect();
    let cold = change(&changes, tickets["cold"]);
    assert_eq!(cold.after.gates, ["health_vomiting"], "by the letter, whoever is unwell is a dog");
    assert!(cold.before.gates.is_empty());
    assert_eq!(totals.sign_offs_changed, 0);
    let foreign = Backtest { against: Some(shipped(OTHER_TENANT)), ..self::asked(shipped(TENANT)) };
    let refused = desk.app.backtest(&operator(), foreign, |_| {}).await;
    let Err(AppError::Invalid { field, .. }) = refused else { panic!("refused") };
    assert_eq!(field, "against");
}

async fn a_run_keeps_to_its_range_and_limits(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let start = casebook_tests::database::START;
    let tickets = past(&desk).await;
    let day = |days: i64| Some(start.plus_micros(days * 24 * 3600 * SECOND));
    let range =
        |from: Option<Timestamp>, to: Option<Timestamp>| Backtest { from, to, ..asked(changed()) };
    // The second and third day; the first ends where the second begins.
    let (part, totals) = run(&desk, range(day(1), day(3))).await;
    assert_eq!((totals.messages, totals.answers), (2, 1));
    let changes: Vec<TicketChange> = part.ledger.changes().collect();
    assert_eq!(changes.len(), 2);
    assert_eq!(change(&changes, tickets["doubt"]).human, Human::Escalated);
    assert_eq!(run(&desk, range(day(9), None)).await.1.messages, 0);

    let mut far = shipped(TENANT);
    let rule = Rule { contacts: Some(ContactRule { at_least: 9, days: 90 }), ..Rule::default() };
    far.gates.gates[0].rules.push(rule);
    assert_eq!(run(&desk, asked(far)).await.0.short_facts, 6);

    let mut unsound = shipped(TENANT);
    unsound.sending.personas.clear();
    let few = Backtest { messages_max: ("api.backtest_messages_max", 5), ..asked(changed()) };
    let small = Backtest { tickets_max: ("backtest.tickets_max", 5), ..asked(changed()) };
    let mut unknown = changed();
    unknown.tenant = "nobody".to_owned();
    for (asked, code) in [
        (few, "LIMIT"),
        (small, "LIMIT"),
        (asked(unsound), "INVALID"),
        (asked(unknown), "NOT_FOUND"),
        (asked(shipped(OTHER_TENANT)), "NOT_FOUND"),
    ] {
        let refused = desk.app.backtest(&operator(), asked, |_| {}).await;
        assert_eq!(refused.expect_err("refused").code(), code);
    }
    desk.database.clock.advance(30 * 24 * 3600 * SECOND);
    let unreadable = event_with("ReplySent", "{\"ReplySent\":{}}");
    let id = tickets["doubt"].to_string();
    let broken = append("ticket", &id, 0, 1).any_version().tenant(TENANT).events(vec![unreadable]);
    desk.app.store().log().append(broken.done()).await.expect("appended");
    assert_eq!(run(&desk, asked(changed())).await.0.unread, [("unreadable_event", 1)].into());
    let before = run(&desk, range(day(1), day(3))).await.0.unread;
    assert!(before.is_empty(), "what is not in the range is not missed in it: {before:?}");
    let outside = desk.app.backtest(&Access::intake(None), asked(changed()), |_| {}).await;
    assert_eq!(outside.expect_err("refused").code(), "FORBIDDEN");
}
