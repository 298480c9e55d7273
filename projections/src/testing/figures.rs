//! Figures by way of read models and statements are those that the events come to.

use std::time::Duration;

use casebook_domain::Timestamp;
use casebook_domain::event::Event;
use casebook_store::{Filter as LogFilter, Store};

use super::{History, Only, Stories, mixed, naive_figures, worked};
use crate::analytics::{
    Analytics, Calendar, Dimension, FactsRead, Figures, Filter, Group, GroupKey, Plan, Question,
    Range, ReadLimits, Unit, received_before, tickets_into, triage_into,
};
use crate::{ProjectionSettings, Projections, Recorded, TenantScope};

/// Longest wait for a read model; only a failing case waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Fewer rows than there are, so that there are several pages.
const LIMITS: ReadLimits = ReadLimits { rows_max: 10_000, page_rows: 7 };

/// Ways to group that are compared.
const WAYS: [&[Dimension]; 5] = [
    &[Dimension::Agent],
    &[Dimension::Category],
    &[Dimension::Tenant, Dimension::Team],
    &[Dimension::Tenant, Dimension::Time(Unit::Hour)],
    &[Dimension::Time(Unit::Day), Dimension::Agent],
];

/// Figures of random lives, read from tables, equal those straight from the events.
pub async fn figures_follow_the_log(store: Store) {
    let projections =
        Projections::start(&store, &ProjectionSettings::default()).await.expect("start");
    let mut history = History::new();
    history.extend(worked(0, 40));
    history.extend(mixed(1_000, 40));
    history.extend(worked(4_000, 10));
    let position = history.append(&store).await.expect("append");
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    let page = store.log().read(0, &LogFilter::default(), 100_000).await.expect("the log");
    let events: Vec<Recorded<Event>> = page
        .events
        .into_iter()
        .filter_map(|event| Recorded::decode(event).ok().flatten())
        .collect();
    let last = events.iter().map(|event| event.recorded_at).max().expect("events");
    let stories = Stories::of(&events);
    let first = Timestamp::from_seconds(1_775_000_000);
    let minute = |minute: i64| first.plus_micros(minute * 60_000_000);
    for (from, to) in
        [(first, last.plus_micros(1)), (minute(20), minute(50)), (minute(900), minute(1_030))]
    {
        // Many groups are slow to go through again and again: hours only of the short ranges.
        let ways = if to > last { &WAYS[..3] } else { &WAYS[..] };
        for way in ways {
            compare(&store, &stories, Range { from, to }, last, way).await;
        }
    }
    let before = received_before(store.db(), &both(), minute(20)).await.expect("a count");
    let of = |tenant: &str| {
        let only = Only { tenant: Some(tenant.to_owned()), ..Only::default() };
        let range = Range { from: Timestamp::default(), to: minute(20) };
        naive_figures(&stories, range, last, &only).tickets.received
    };
    assert_eq!(before["tenant-a"], of("tenant-a"));
    assert_eq!(before["tenant-b"], of("tenant-b"));
    assert!(before["tenant-b"] > 0);
    limits_hold(&store, Range { from: first, to: last.plus_micros(1) }).await;
    projections.stop().await;
}

fn both() -> TenantScope {
    TenantScope { tenants: vec!["tenant-a".to_owned(), "tenant-b".to_owned()] }
}

async fn compare(
    store: &Store,
    stories: &Stories,
    range: Range,
    now: Timestamp,
    way: &[Dimension],
) {
    let question = Question {
        range,
        now,
        group_by: way.to_vec(),
        filter: Filter::default(),
        calendar: Calendar::utc(),
    };
    let plan = Plan::new(question, 5_000).expect("a plan");
    let (db, scope, filter) = (store.db(), both(), Filter::default());
    let mut counted = Analytics::new(plan);
    let read = tickets_into(db, &scope, (range, &filter), LIMITS, |fact| counted.ticket(fact));
    assert!(matches!(read.await.expect("tickets"), FactsRead::All { .. }));
    let read = triage_into(db, &scope, (range, &filter), LIMITS, |one| counted.triaged(one));
    assert!(matches!(read.await.expect("triage"), FactsRead::All { .. }));
    let (total, groups) = counted.finish().expect("figures");
    assert!(total.tickets.received > 0 && total.triage.decisions() + total.triage.failed < 10_000);
    assert_as_naive(stories, range, now, &total, &groups);
}

/// Holds a total and its groups against the events.
///
/// # Panics
/// With what differs.
pub fn assert_as_naive(
    stories: &Stories,
    range: Range,
    now: Timestamp,
    total: &Figures,
    groups: &[Group],
) {
    let known = now.plus_micros(1);
    let as_of = range.to.min(known);
    let mut expected = naive_figures(stories, range, as_of, &Only::default());
    let backlog = total.backlog.as_ref().map(|backlog| backlog.age.count);
    assert_eq!(backlog, expected.open, "the backlog is what is open");
    expected.backlog.clone_from(&total.backlog);
    close(&mut expected, total);
    assert_eq!(*total, expected, "total of {range:?}");
    for group in groups {
        let (only, period) = asked(&group.key, range);
        let as_of = period.to.min(known);
        let mut expected = naive_figures(stories, period, as_of, &only);
        expected.backlog.clone_from(&group.figures.backlog);
        close(&mut expected, &group.figures);
        assert_eq!(group.figures, expected, "{:?}", group.key);
    }
    if !groups.is_empty() {
        let sum = |count: fn(&Figures) -> u64| {
            groups.iter().map(|group| count(&group.figures)).sum::<u64>() - count(total)
        };
        assert_eq!(sum(|figures| figures.tickets.received), 0, "nothing is left out of the groups");
        assert_eq!(sum(|figures| figures.tickets.ended()), 0, "nothing is left out of the groups");
        assert_eq!(sum(|figures| figures.triage.decisions()), 0, "nothing is left out");
    }
}

/// Sums of floating numbers depend on their order: means that are the same to nine digits are.
fn close(expected: &mut Figures, found: &Figures) {
    for (expected, found) in [
        (&mut expected.first_response, &found.first_response),
        (&mut expected.resolution, &found.resolution),
    ] {
        if let (Some(one), Some(other)) = (expected.average_seconds, found.average_seconds)
            && (one - other).abs() <= one.abs() * 1e-9
        {
            expected.average_seconds = found.average_seconds;
        }
    }
}

fn asked(key: &GroupKey, range: Range) -> (Only, Range) {
    let mut only = Only::default();
    for (dimension, name) in &key.names {
        match dimension {
            Dimension::Tenant => only.tenant.clone_from(name),
            Dimension::Category => only.category = Some(name.clone()),
            Dimension::Team => only.team = Some(name.clone()),
            Dimension::Agent => only.agent = Some(name.clone()),
            other => panic!("{other:?} is not compared"),
        }
    }
    let period =
        key.period.as_ref().map_or(range, |period| Range { from: period.from, to: period.to });
    (only, period)
}

async fn limits_hold(store: &Store, range: Range) {
    let (db, filter) = (store.db(), Filter::default());
    let limits = ReadLimits { rows_max: 5, page_rows: 3 };
    let mut rows = 0;
    let read = tickets_into(db, &both(), (range, &filter), limits, |_| rows += 1).await;
    assert_eq!((read.expect("tickets"), rows), (FactsRead::TooMany, 3));
    let read = triage_into(db, &both(), (range, &filter), limits, |_| ()).await;
    assert_eq!(read.expect("triage"), FactsRead::TooMany);
    let none = tickets_into(db, &TenantScope::default(), (range, &filter), limits, |_| ()).await;
    assert_eq!(none.expect("nothing"), FactsRead::All { rows_left: 5 });
}
