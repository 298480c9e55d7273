//! The nine rows of the SOP's metrics table, as the chapter writes them out.

use std::collections::BTreeMap;

use casebook_domain::Timestamp;
use casebook_domain::draft::DraftUsage;
use casebook_tests::database::START;
use casebook_tests::{TestDatabase, postgres_only};

use super::stories::Filled;
use super::told::{Told, percent};
use super::{assert_same, at, chapter, row};

postgres_only!(metrics_of_decisions, metrics_of_tickets);

const HOUR: i64 = 3_600_000_000;

fn hour_of(at: Timestamp) -> String {
    let start = Timestamp::from_micros(at.as_micros() / HOUR * HOUR).to_string();
    start.trim_end_matches('Z').replace('T', " ")[..19].to_owned()
}

async fn metrics_of_decisions(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let decisions = Told::of(&filled.store).await.decisions;
    let mut raw = database.raw().await;

    let (mut gates, mut hours, mut bins) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut sum, mut by_model, mut escalated) = (0, 0, 0);
    for decision in &decisions {
        escalated += usize::from(decision.escalates);
        let hour: &mut (usize, usize) = hours.entry(hour_of(decision.recorded)).or_default();
        hour.1 += 1;
        if let Some(gate) = &decision.gate {
            hour.0 += 1;
            *gates.entry(gate.clone()).or_insert(0) += 1;
            continue;
        }
        if !decision.model.starts_with("built-in") {
            *bins.entry((decision.hundredths / 10).min(9)).or_insert(0) += 1;
            sum += decision.hundredths;
            by_model += 1;
        }
    }
    assert!(gates.len() > 2 && hours.len() > 2 && bins.len() > 3, "{gates:?} {hours:?} {bins:?}");

    let found = raw.rows(chapter::query("Policy gate triggers by code")).await;
    let expected = gates.iter().map(|(code, count)| row([code.as_str(), &count.to_string()]));
    assert_same(found, expected);

    // Thousandths of the average of hundredths, rounded half up.
    let thousandths = (sum * 20 + by_model) / (2 * by_model);
    let average = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    let found = raw.rows(chapter::query("Average confidence score")).await;
    assert_eq!(found, [row([&average, &by_model.to_string()])]);

    let all = decisions.len();
    let found = raw.rows(chapter::query("Escalation rate")).await;
    let share = percent(escalated, all);
    assert_eq!(found, [row([&escalated.to_string(), &all.to_string(), &share])]);

    let found = raw.rows(chapter::query("Policy gate rate")).await;
    let expected: Vec<_> = hours
        .iter()
        .map(|(hour, (gated, all))| {
            row([hour.as_str(), &gated.to_string(), &all.to_string(), &percent(*gated, *all)])
        })
        .collect();
    assert_eq!(found, expected);

    let found = raw.rows(chapter::query("Confidence distribution")).await;
    let expected: Vec<_> =
        bins.iter().map(|(bin, count)| row([&format!("0.{bin}0"), &count.to_string()])).collect();
    assert_same(found, expected);
    filled.close().await;
}

async fn metrics_of_tickets(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let told = Told::of(&filled.store).await;
    let mut raw = at(&database, START).await;

    let usages: Vec<DraftUsage> = told.compared().map(|(_, usage, _)| usage).collect();
    let count =
        |wanted: &dyn Fn(DraftUsage) -> bool| usages.iter().filter(|usage| wanted(**usage)).count();
    let same = count(&|usage| usage == DraftUsage::SentAsIs);
    let drafted = count(&|usage| usage != DraftUsage::NoDraft);
    assert!(same > 0 && drafted > same && usages.len() > drafted, "{usages:?}");
    let found = raw.rows(chapter::query("Draft acceptance rate")).await;
    let [one, all] = [same, usages.len()].map(|count| count.to_string());
    assert_eq!(found, [row([&one, &all, &percent(same, usages.len()), &percent(same, drafted)])]);

    let found = raw.rows(chapter::query("Queue depth trend")).await;
    let day = 24 * HOUR;
    let today = START.as_micros() / day * day;
    let expected: Vec<_> = (0..30)
        .map(|n| {
            let end = today + (n - 28) * day;
            let at = Timestamp::from_micros(end);
            let open = told.tickets.values().filter(|ticket| ticket.was_open_before(at));
            let date = Timestamp::from_micros(end - day).to_string()[..10].to_owned();
            row([&date, &open.count().to_string()])
        })
        .collect();
    assert_eq!(found, expected);
    assert!(expected.iter().any(|day| day[1] != expected[0][1]), "{expected:?}");

    let (mut micros, mut ended) = (0, 0);
    for ticket in told.tickets.values() {
        if let Some(resolved) = ticket.resolved {
            micros += (resolved.as_micros() - ticket.arrived.as_micros()).max(0);
            ended += 1;
        }
    }
    let sql = chapter::query("Average resolution time").trim_end_matches(';');
    let sql = format!(
        "SELECT floor(extract(epoch FROM average_resolution_time))::bigint, tickets FROM ({sql}) m"
    );
    let seconds = (micros / ended / 1_000_000).to_string();
    assert_eq!(raw.rows(&sql).await, [row([&seconds, &ended.to_string()])]);

    assert!(raw.rows(chapter::query("CSAT by category")).await.is_empty());
    filled.close().await;
}
