//! Given facts, then figures by group.

use std::collections::BTreeSet;

use casebook_domain::draft::DraftUsage;
use casebook_domain::event::Event;
use casebook_domain::ids::MessageId;
use casebook_domain::ticket::Status;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use uuid::Uuid;

use super::*;
use crate::Recorded;
use crate::analytics::{Calendar, Question, Range, Unit};
use crate::read_model::{ReadModel, RowKey};
use crate::runner::touched;
use crate::testing::{History, Life, Mail, Stories, assert_as_naive, row_of};
use crate::ticket_facts::{Gap, ReplyFact, TicketFacts};
use crate::triage_facts::TriageFacts;

const HOUR: i64 = 3_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn plan(group_by: &[Dimension], hours: i64, filter: Filter) -> Plan {
    let question = Question {
        range: Range { from: at(0), to: at(hours * HOUR) },
        now: at(4 * HOUR + 60),
        group_by: group_by.to_vec(),
        filter,
        calendar: Calendar::utc(),
    };
    Plan::new(question, 50).expect("a plan")
}

fn ticket(received: i64) -> TicketFact {
    let mut fact = TicketFacts::new_row(&RowKey::new("tenant-a", Uuid::nil()));
    fact.received_at = at(received);
    fact
}

fn ended(received: i64, ended: i64, by: &str) -> TicketFact {
    TicketFact {
        status: Status::Resolved,
        ended_at: Some(at(ended)),
        ended_by: Some(by.to_owned()),
        draft_usage: Some(DraftUsage::SentAsIs),
        first_reply_at: Some(at(ended)),
        first_reply_by: Some(by.to_owned()),
        replies: vec![ReplyFact {
            reply_id: MessageId(Uuid::nil()),
            agent: by.to_owned(),
            sent_at: Some(at(ended)),
        }],
        ..ticket(received)
    }
}

fn groups(plan: Plan, facts: &[TicketFact]) -> Vec<Group> {
    let mut cube = Cube::new(plan);
    facts.iter().for_each(|fact| cube.ticket(fact));
    cube.finish().expect("groups")
}

fn depths(hours: i64, facts: &[TicketFact]) -> Vec<Option<u64>> {
    let plan = plan(&[Dimension::Time(Unit::Hour)], hours, Filter::default());
    groups(plan, facts).into_iter().map(|group| group.figures.open).collect()
}

#[test]
fn the_depth_is_that_of_the_end_of_each_hour() {
    let long = ended(-9 * HOUR, 2 * HOUR + 1, "sam");
    let short = ended(HOUR + 1, HOUR + 9, "sam");
    let still_open = ticket(30);
    // Begins with an hour, ends with one: each instant belongs to the hour that it begins.
    let edges = ended(HOUR, 2 * HOUR, "sam");
    assert_eq!(depths(3, std::slice::from_ref(&long)), [Some(1), Some(1), Some(0)]);
    assert_eq!(depths(3, std::slice::from_ref(&short)), [Some(0), Some(0), Some(0)]);
    assert_eq!(depths(3, std::slice::from_ref(&still_open)), [Some(1), Some(1), Some(1)]);
    assert_eq!(depths(3, std::slice::from_ref(&edges)), [Some(0), Some(1), Some(0)]);
    assert_eq!(depths(3, &[long, short, still_open, edges]), [Some(2), Some(3), Some(1)]);
}

#[test]
fn what_has_not_begun_has_no_depth() {
    assert_eq!(depths(6, &[ticket(30)])[4..], [Some(1), None]);
    assert_eq!(depths(6, &[ticket(5 * HOUR)])[4..], [Some(0), None], "nothing is open yet");
}

#[test]
fn what_happens_now_has_happened() {
    let now = 4 * HOUR + 60;
    assert_eq!(depths(6, &[ticket(now)])[3..], [Some(0), Some(1), None]);
    assert_eq!(depths(6, &[ended(0, now, "sam")])[3..], [Some(1), Some(0), None]);
}

#[test]
fn a_reopened_ticket_is_open_again() {
    let reopened =
        TicketFact { gaps: vec![Gap { from: at(HOUR + 5), to: at(3 * HOUR) }], ..ticket(0) };
    assert_eq!(depths(4, std::slice::from_ref(&reopened)), [1, 0, 0, 1].map(Some));
    let plan = plan(&[Dimension::Time(Unit::Hour)], 4, Filter::default());
    let times: Vec<u64> =
        groups(plan, &[reopened]).iter().map(|group| group.figures.tickets.reopened).collect();
    assert_eq!(times, [0, 0, 0, 1]);
}

#[test]
fn each_figure_is_credited_to_who_brought_it_about() {
    let mut fact = ended(0, 90, "sam");
    fact.assignee = Some("kim".to_owned());
    fact.ended_by = Some("lee".to_owned());
    let groups = groups(plan(&[Dimension::Agent], 1, Filter::default()), &[fact]);
    let of = |name: &str| {
        let named = |group: &&Group| group.key.names[0].1.as_deref() == Some(name);
        groups.iter().find(named).expect("a group").figures.clone()
    };
    assert_eq!((of("kim").tickets.received, of("kim").tickets.resolved), (1, 0));
    assert_eq!((of("sam").tickets.replies_sent, of("sam").first_response.count), (1, 1));
    assert_eq!((of("lee").tickets.resolved, of("lee").resolution.count), (1, 1));
    assert_eq!((of("lee").drafts.sent_as_is, of("sam").drafts.sent_as_is), (1, 0));
}

#[test]
fn a_draft_counts_under_the_category_that_was_decided() {
    let fact = TicketFact {
        category: Some("quality".to_owned()),
        decided_category: Some("delivery".to_owned()),
        category_corrected: true,
        rating: Some(4),
        rated_at: Some(at(99)),
        ..ended(0, 90, "sam")
    };
    let groups = groups(plan(&[Dimension::Category], 1, Filter::default()), &[fact]);
    let [delivery, quality] = &groups[..] else { panic!("two groups: {groups:?}") };
    let counts = |group: &Group| {
        let (drafts, ratings) = (group.figures.drafts, group.figures.satisfaction.ratings);
        (drafts.counted(), ratings, group.figures.tickets.ended())
    };
    assert_eq!(
        (delivery.key.name(Dimension::Category), counts(delivery)),
        (Some("delivery"), (1, 1, 0))
    );
    assert_eq!(
        (quality.key.name(Dimension::Category), counts(quality)),
        (Some("quality"), (0, 0, 1))
    );
}

#[test]
fn a_filter_gives_what_the_group_of_that_name_has() {
    let mut facts = vec![ended(0, 90, "sam"), ended(5, 50, "kim"), ticket(7)];
    facts[0].assignee = Some("sam".to_owned());
    facts[1].assignee = Some("sam".to_owned());
    let grouped = groups(plan(&[Dimension::Agent], 1, Filter::default()), &facts);
    for name in ["sam", "kim"] {
        let filter = Filter { agents: vec![name.to_owned()], ..Filter::default() };
        let filtered = groups(plan(&[], 1, filter), &facts).remove(0).figures;
        let named = |group: &&Group| group.key.names[0].1.as_deref() == Some(name);
        assert_eq!(filtered, grouped.iter().find(named).expect("a group").figures, "{name}");
    }
}

#[test]
fn the_backlog_is_as_of_the_end() {
    let facts = [ticket(-50 * HOUR), ticket(-21 * HOUR), ended(-HOUR, 60, "sam"), ticket(4 * HOUR)];
    let open = groups(plan(&[], 4, Filter::default()), &facts).remove(0).figures;
    let backlog = open.backlog.expect("a backlog");
    assert_eq!((open.open, backlog.age.count), (Some(2), 2));
    assert_eq!((backlog.over_24_hours, backlog.over_48_hours), (2, 1));
    assert_eq!(backlog.oldest_seconds, Some(54.0 * 3_600.0));
    assert_eq!(backlog.age.median_seconds, Some(25.0 * 3_600.0));
    let dates: Vec<_> =
        backlog.by_date.iter().map(|(date, count)| (date.as_str(), *count)).collect();
    assert_eq!(dates, [("1969-12-29", 1), ("1969-12-31", 1)]);
}

#[test]
fn outbound_tickets_have_no_first_response() {
    let outbound = TicketFact { is_outbound: true, ..ended(0, 90, "sam") };
    let figures = groups(plan(&[], 1, Filter::default()), &[outbound]).remove(0).figures;
    assert_eq!((figures.tickets.received, figures.tickets.outbound), (1, 1));
    assert_eq!((figures.first_response.count, figures.resolution.count), (0, 1));
    assert_eq!(figures.tickets.resolution_rate(), Some(1.0));
}

#[test]
fn ratings_are_averaged() {
    let rated = |rating: u32| TicketFact {
        rating: Some(rating),
        rated_at: Some(at(99)),
        ..ended(0, 90, "sam")
    };
    let figures = groups(plan(&[], 1, Filter::default()), &[rated(5), rated(2), ticket(0)]);
    let satisfaction = figures[0].figures.satisfaction;
    assert_eq!((satisfaction.ratings, satisfaction.average()), (2, Some(3.5)));
}

#[test]
fn too_many_groups_are_refused() {
    let named = |number: i64| TicketFact { inbox: number.to_string(), ..ticket(number) };
    let facts: Vec<TicketFact> = (0..51).map(named).collect();
    let mut cube = Cube::new(plan(&[Dimension::Inbox], 1, Filter::default()));
    facts[..50].iter().for_each(|fact| cube.ticket(fact));
    assert_eq!(cube.clone().finish().map(|groups| groups.len()), Ok(50));
    cube.ticket(&facts[50]);
    assert!(cube.is_full());
    assert_eq!(cube.finish().err(), Some(PlanError::TooManyGroups { max: 50 }));
}

#[test]
fn the_total_is_over_all_groups() {
    let by = [Dimension::Tenant, Dimension::Time(Unit::Hour)];
    let mut analytics = Analytics::new(plan(&by, 2, Filter::default()));
    for fact in [ended(0, 90, "sam"), ended(HOUR, HOUR + 30, "kim")] {
        analytics.ticket(&fact);
    }
    let (total, groups) = analytics.finish().expect("figures");
    assert_eq!((total.tickets.received, groups.len()), (2, 2));
    assert_eq!(total.resolution.average_seconds, Some(60.0));
    assert_eq!(groups[1].key.period.as_ref().map(|period| period.from), Some(at(HOUR)));
    assert!(total.backlog.is_some() && groups.iter().all(|group| group.figures.backlog.is_none()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever happens to tickets, their figures are those that the events come to.
    #[test]
    fn figures_from_facts_are_those_of_the_events(
        lives in vec(vec(any::<u8>(), 0..40), 1..5),
        from in -300_i64..600, length in 1_i64..2_000, way in 0_usize..5, recorded in any::<bool>(),
    ) {
        let mut history = History::new();
        for (number, choices) in (0_u64..).zip(lives) {
            let tenant = if number % 2 == 0 { "tenant-a" } else { "tenant-b" };
            let mail = Mail::new(tenant, number);
            let mail = if number == 1 { mail.gated(&["health_blood", "legal_threat"]) } else { mail };
            let mut life = Life::new(mail);
            for choice in choices {
                life.choose(choice);
            }
            history.extend(life.history().clone());
        }
        let events = history.recorded();
        // What triage did counts when it was recorded: in these histories, in 1970.
        let base = if recorded { 0 } else { Mail::new("tenant-a", 0).at.as_micros() / 1_000_000 };
        let range = Range { from: at(base + from), to: at(base + from + length) };
        let now = range.to.plus_micros(-5_000_000);
        let ways: [&[Dimension]; 5] = [
            &[Dimension::Agent, Dimension::Category],
            &[Dimension::Time(Unit::Hour)],
            &[Dimension::Tenant, Dimension::Agent, Dimension::Time(Unit::Day)],
            &[Dimension::Team],
            &[],
        ];
        let question = Question {
            range,
            now,
            group_by: ways[way].to_vec(),
            filter: Filter::default(),
            calendar: Calendar::utc(),
        };
        let mut counted = Analytics::new(Plan::new(question, 500).expect("a plan"));
        let tickets = rows_of::<TicketFacts>(&events);
        tickets.iter().for_each(|fact| counted.ticket(fact));
        for fact in rows_of::<TriageFacts>(&events) {
            let ticket = tickets.iter().find(|ticket| Some(ticket.ticket_id) == fact.ticket_id);
            let ticket = ticket.expect("its ticket");
            counted.triaged(&Triaged {
                fact,
                channel: ticket.channel.name().to_owned(),
                inbox: ticket.inbox.clone(),
                team: ticket.team.clone(),
                assignee: ticket.assignee.clone(),
            });
        }
        let (total, groups) = counted.finish().expect("figures");
        assert_as_naive(&Stories::of(&events), range, now, &total, &groups);
    }
}

fn rows_of<M: ReadModel>(events: &[Recorded<Event>]) -> Vec<M::Row> {
    let keys: BTreeSet<RowKey> = events.iter().flat_map(touched::<M>).collect();
    keys.iter().filter_map(|key| row_of::<M>(events, &key.tenant, key.id)).collect()
}
