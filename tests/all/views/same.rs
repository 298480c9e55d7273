//! SQL and GraphQL give the same numbers: the chapter's queries, the SOP's and the daily figures
//! against what `analytics` and `dailySnapshots` are computed from, over one log.

use std::collections::BTreeMap;

use casebook_domain::Timestamp;
use casebook_domain::draft::DraftUsage;
use casebook_projections::TenantScope;
use casebook_projections::analytics::{
    Analytics, Calendar, DailySnapshot, Dimension, DraftFigures, FactsRead, Figures, Filter, Group,
    HISTOGRAM_BARS, Plan, Question, Range, ReadLimits, Snapshots, Unit, received_before,
    tickets_into, triage_into,
};
use casebook_tests::database::START;
use casebook_tests::{Raw, TestDatabase, postgres_only};

use super::corners::corners;
use super::sop::{ACCURACY_BY_CATEGORY, ACCURACY_RATE};
use super::stories::{DAY, Filled, append_all};
use super::{assert_same, at, chapter, row};

postgres_only!(metrics_are_those_of_graphql, daily_figures_are_those_of_graphql);

const LIMITS: ReadLimits = ReadLimits::rows(100_000);

fn scope() -> TenantScope {
    TenantScope { tenants: vec!["tenant-a".to_owned(), "tenant-b".to_owned()] }
}

/// The stories and all corners; and an instant behind everything that happened.
async fn told(database: &TestDatabase) -> (Filled, Timestamp) {
    let filled = Filled::new(database).await;
    append_all(&filled.store, &corners()).await;
    filled.caught_up().await;
    (filled, START.plus_micros(DAY))
}

/// Figures as GraphQL gives them.
async fn figures(
    filled: &Filled,
    now: Timestamp,
    range: Range,
    by: &[Dimension],
) -> (Figures, Vec<Group>) {
    let (db, scope, filter) = (filled.store.db(), scope(), Filter::default());
    let (calendar, group_by) = (Calendar::utc(), by.to_vec());
    let question = Question { range, now, group_by, filter: filter.clone(), calendar };
    let mut counted = Analytics::new(Plan::new(question, 50_000).expect("a plan"));
    let read = tickets_into(db, &scope, (range, &filter), LIMITS, |fact| counted.ticket(fact));
    assert!(matches!(read.await, Ok(FactsRead::All { .. })));
    let read = triage_into(db, &scope, (range, &filter), LIMITS, |one| counted.triaged(one));
    assert!(matches!(read.await, Ok(FactsRead::All { .. })));
    counted.finish().expect("figures")
}

/// A number as text with so many places, rounded half up; empty of none.
fn places(value: Option<f64>, places: i32) -> String {
    let Some(value) = value else { return String::new() };
    let unit = 10_f64.powi(places);
    // A tie in the decimal system may lie a little below one in the binary.
    let rounded = (value * unit + 0.5 + 1e-9).floor() / unit;
    format!("{rounded:.*}", usize::try_from(places).expect("few places"))
}

fn percent(share: Option<f64>) -> String {
    places(share.map(|share| share * 100.0), 1)
}

fn name(group: &Group, dimension: Dimension) -> String {
    group.key.name(dimension).unwrap_or_default().to_owned()
}

async fn metrics_are_those_of_graphql(database: TestDatabase) {
    let (filled, now) = told(&database).await;
    let mut raw = at(&database, now).await;
    let ever = Range { from: START.minus_days(400), to: now.plus_micros(400 * DAY) };
    let (total, _) = figures(&filled, now, ever, &[]).await;
    decisions(&mut raw, &total).await;
    confidences(&mut raw, &total).await;
    tickets(&mut raw, &total).await;
    assert!(raw.rows(chapter::query("CSAT by category")).await.is_empty());
    assert_eq!(total.satisfaction.ratings, 0);
    hours(&mut raw, &filled, now).await;
    depths(&mut raw, &filled, now).await;
    accuracy(&mut raw, &filled, now).await;
    filled.close().await;
}

async fn decisions(raw: &mut Raw, total: &Figures) {
    let triage = &total.triage;
    let triggered = triage.gates.iter().filter(|(_, gate)| gate.triggers > 0);
    let gates = triggered.map(|(code, gate)| row([code.as_str(), &gate.triggers.to_string()]));
    assert_same(raw.rows(chapter::query("Policy gate triggers by code")).await, gates);

    let [escalated, all] = [triage.escalated, triage.decisions()].map(|count| count.to_string());
    let share = percent(triage.escalation_rate());
    let found = raw.rows(chapter::query("Escalation rate")).await;
    assert_eq!(found, [row([&escalated, &all, &share])]);
}

async fn confidences(raw: &mut Raw, total: &Figures) {
    let triage = &total.triage;
    assert!(triage.by_built_in > 0 && triage.by_model > 0, "{triage:?}");
    let average = places(triage.average_confidence(), 3);
    let found = raw.rows(chapter::query("Average confidence score")).await;
    assert_eq!(found, [row([&average, &triage.by_model.to_string()])]);

    let bars = (0..HISTOGRAM_BARS).zip(triage.histogram).filter(|(_, count)| *count > 0);
    let bars = bars.map(|(bar, count)| row([&format!("0.{bar}0"), &count.to_string()]));
    assert_same(raw.rows(chapter::query("Confidence distribution")).await, bars);
}

async fn tickets(raw: &mut Raw, total: &Figures) {
    let drafts = &total.drafts;
    let [same, all] = [drafts.sent_as_is, drafts.counted()].map(|count| count.to_string());
    let share = percent(drafts.share(DraftUsage::SentAsIs));
    let found = raw.rows(chapter::query("Draft acceptance rate")).await;
    assert_eq!(found, [row([&same, &all, &share, &percent(drafts.acceptance_rate())])]);

    let sql = chapter::query("Average resolution time").trim_end_matches(';');
    let sql = format!("SELECT extract(epoch FROM average_resolution_time), tickets FROM ({sql}) m");
    let found = raw.rows(&sql).await.remove(0);
    let average = total.resolution.average_seconds.expect("ended tickets");
    let seconds: f64 = found[0].parse().expect("seconds");
    // An interval has microseconds.
    assert!((seconds - average).abs() < 2e-6, "{seconds} {average}");
    assert_eq!(found[1], total.resolution.count.to_string());
}

async fn hours(raw: &mut Raw, filled: &Filled, now: Timestamp) {
    let range = Range { from: START.minus_days(1), to: now.plus_micros(1) };
    let (_, groups) = figures(filled, now, range, &[Dimension::Time(Unit::Hour)]).await;
    let hours = groups.iter().filter(|group| group.figures.triage.decisions() > 0).map(|group| {
        let triage = &group.figures.triage;
        let from = group.key.period.as_ref().expect("an hour").from.to_string();
        let hour = from[..19].replace('T', " ");
        let [gated, all] = [triage.gated, triage.decisions()].map(|count| count.to_string());
        row([&hour, &gated, &all, &percent(triage.gate_rate())])
    });
    let hours: Vec<_> = hours.collect();
    assert!(hours.len() > 2, "{hours:?}");
    assert_eq!(raw.rows(chapter::query("Policy gate rate")).await, hours);
}

async fn depths(raw: &mut Raw, filled: &Filled, now: Timestamp) {
    let today = now.as_micros() / DAY * DAY;
    let [from, to] = [today - 29 * DAY, today + DAY].map(Timestamp::from_micros);
    let (_, groups) = figures(filled, now, Range { from, to }, &[Dimension::Time(Unit::Day)]).await;
    let days = groups.iter().map(|group| {
        let date = &group.key.period.as_ref().expect("a day").label;
        row([date.as_str(), &group.figures.open.expect("a day that has begun").to_string()])
    });
    assert_eq!(raw.rows(chapter::query("Queue depth trend")).await, days.collect::<Vec<_>>());
}

/// The SOP's two queries over its last 30 days.
async fn accuracy(raw: &mut Raw, filled: &Filled, now: Timestamp) {
    let range = Range { from: now.minus_days(30).plus_micros(1), to: now.plus_micros(DAY) };
    let (total, groups) = figures(filled, now, range, &[Dimension::Category]).await;
    let used = |usage: &DraftUsage| total.drafts.count(*usage) > 0;
    let usages = DraftFigures::USAGES.into_iter().filter(used).map(|usage| {
        let (count, share) = (total.drafts.count(usage), total.drafts.share(usage));
        row([usage.name(), &count.to_string(), &percent(share)])
    });
    assert_same(raw.rows(ACCURACY_RATE).await, usages);

    let counted = groups.iter().filter(|group| group.figures.drafts.counted() > 0);
    let categories = counted.map(|group| {
        let drafts = &group.figures.drafts;
        let [same, edited] = [drafts.sent_as_is, drafts.edited()].map(|count| count.to_string());
        let share = percent(drafts.share(DraftUsage::SentAsIs));
        row([&name(group, Dimension::Category), &same, &edited, &share])
    });
    assert_same(raw.rows(ACCURACY_BY_CATEGORY).await, categories);
}

async fn daily_figures_are_those_of_graphql(database: TestDatabase) {
    let (filled, now) = told(&database).await;
    let range = Range { from: START.minus_days(400), to: now.plus_micros(400 * DAY) };
    let range = Range { from: Timestamp::from_micros(range.from.as_micros() / DAY * DAY), ..range };
    let (db, scope) = (filled.store.db(), scope());
    let before = received_before(db, &scope, range.from).await.expect("a count");
    let snapshots = Snapshots::new(range, &Calendar::utc(), before, 50_000);
    let mut snapshots = snapshots.expect("few days");
    let asked = (range, &Filter::default());
    let read = tickets_into(db, &scope, asked, LIMITS, |fact| snapshots.ticket(fact)).await;
    assert!(matches!(read, Ok(FactsRead::All { .. })));
    let snapshots = snapshots.finish();
    let last = "SELECT max(date) FROM support.support_analytics";
    let mut raw = database.raw().await;
    let last = raw.rows(last).await.concat().concat();
    // Both go on with days on which nothing happens, until their own ends.
    let begun = |day: &&DailySnapshot| {
        let happened = day.avg_first_response_minutes.is_some() || day.resolved_conversations > 0;
        (day.total_conversations > 0 || happened) && day.date <= last
    };
    let expected: Vec<_> = snapshots.iter().filter(begun).map(snapshot).collect();
    let teams = expected.iter().filter(|day| day[9].contains("vets")).count();
    assert!(teams > 0 && expected.len() > 100, "{expected:?}");
    let object = |column: &str| {
        format!(
            "(SELECT string_agg(key || '=' || value, ',' ORDER BY key COLLATE \"C\") \
             FROM jsonb_each_text({column}))"
        )
    };
    let sql = format!(
        "SELECT tenant, date, total_conversations, new_conversations, resolved_conversations, \
         avg_first_response_minutes, avg_resolution_minutes, csat_average, {}, {} \
         FROM support.support_analytics WHERE date <= '{}' ORDER BY tenant, date",
        object("conversations_by_channel"),
        object("conversations_by_team"),
        &range.to.plus_micros(-1).to_string()[..10],
    );
    assert_same(raw.rows(&sql).await, expected);
    filled.close().await;
}

fn snapshot(day: &DailySnapshot) -> Vec<String> {
    let counts = |counts: BTreeMap<&str, u64>| {
        counts.iter().map(|(name, count)| format!("{name}={count}")).collect::<Vec<_>>().join(",")
    };
    let channels = day.conversations_by_channel.iter();
    let teams = day.conversations_by_team.iter();
    row([
        &day.tenant,
        &day.date,
        &day.total_conversations.to_string(),
        &day.new_conversations.to_string(),
        &day.resolved_conversations.to_string(),
        &places(day.avg_first_response_minutes, 2),
        &places(day.avg_resolution_minutes, 2),
        &places(day.csat_average, 2),
        &counts(channels.map(|(name, count)| (name.as_str(), *count)).collect()),
        // JSON has no names that are null.
        &counts(teams.map(|(n, c)| (n.as_deref().unwrap_or("unassigned"), *c)).collect()),
    ])
}
