//! Figures as a list of names, parts, units and values, for exports.

use super::{DraftFigures, Figures, GateFigure, HISTOGRAM_BARS, ModelFigures, Spread};

/// Every metric, in the order of [`Figures::list`]: its name and the unit of its values. The
/// definitions are in `docs/metrics.md`.
pub const METRICS: [(&str, &str); 38] = [
    ("tickets_received", "tickets"),
    ("tickets_outbound", "tickets"),
    ("tickets_ended", "tickets"),
    ("tickets_resolved", "tickets"),
    ("tickets_closed", "tickets"),
    ("tickets_reopened", "times"),
    ("resolution_rate", "share"),
    ("category_corrected", "tickets"),
    ("category_correction_rate", "share"),
    ("replies_sent", "replies"),
    ("queue_depth", "tickets"),
    ("first_response_time", "seconds"),
    ("resolution_time", "seconds"),
    ("draft_usage", "tickets"),
    ("draft_usage_share", "share"),
    ("draft_edited", "tickets"),
    ("draft_acceptance_rate", "share"),
    ("decisions", "decisions"),
    ("decisions_gated", "decisions"),
    ("gate_rate", "share"),
    ("gate_triggers", "decisions"),
    ("gate_fired", "decisions"),
    ("triage_failed", "messages"),
    ("escalated", "decisions"),
    ("escalation_rate", "share"),
    ("average_confidence", "confidence"),
    ("confidence_histogram", "decisions"),
    ("low_confidence", "decisions"),
    ("low_confidence_rate", "share"),
    ("model_answers", "decisions"),
    ("model_tokens", "tokens"),
    ("model_cost", "micro_usd"),
    ("model_duration", "milliseconds"),
    ("csat_ratings", "ratings"),
    ("csat_average", "rating"),
    ("backlog", "tickets"),
    ("backlog_age", "seconds"),
    ("backlog_by_date", "tickets"),
];

/// One value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The metric, one of [`METRICS`].
    pub metric: &'static str,
    /// Which part of it: `p90`, a gate's code, a model; empty where it has no parts.
    pub part: String,
    /// Unit of the value.
    pub unit: &'static str,
    /// The value; `None` where there is nothing to measure.
    pub value: Option<f64>,
}

/// Figures in the order in which they are named.
#[derive(Default)]
struct List(Vec<Figure>);

impl List {
    fn add(&mut self, metric: &'static str, part: impl Into<String>, value: Option<f64>) {
        let unit = METRICS.iter().find(|(name, _)| *name == metric).map_or("", |(_, unit)| *unit);
        self.0.push(Figure { metric, part: part.into(), unit, value });
    }

    fn count(&mut self, metric: &'static str, part: impl Into<String>, count: u64) {
        self.add(metric, part, Some(count as f64));
    }

    fn spread(&mut self, metric: &'static str, spread: &Spread) {
        self.count(metric, "count", spread.count);
        self.add(metric, "average", spread.average_seconds);
        self.add(metric, "median", spread.median_seconds);
        self.add(metric, "p90", spread.p90_seconds);
    }
}

impl Figures {
    /// All figures, metric by metric. Backlogs are listed where there are any.
    pub fn list(&self) -> Vec<Figure> {
        let mut list = List::default();
        self.list_tickets(&mut list);
        self.list_drafts(&mut list);
        self.list_triage(&mut list);
        self.list_models(&mut list);
        list.count("csat_ratings", "", self.satisfaction.ratings);
        list.add("csat_average", "", self.satisfaction.average());
        if let Some(backlog) = &self.backlog {
            list.count("backlog", "", backlog.age.count);
            list.count("backlog", "over_24_hours", backlog.over_24_hours);
            list.count("backlog", "over_48_hours", backlog.over_48_hours);
            list.spread("backlog_age", &backlog.age);
            list.add("backlog_age", "oldest", backlog.oldest_seconds);
            for (date, count) in &backlog.by_date {
                list.count("backlog_by_date", date, *count);
            }
        }
        list.0
    }

    fn list_tickets(&self, list: &mut List) {
        let tickets = &self.tickets;
        list.count("tickets_received", "", tickets.received);
        list.count("tickets_outbound", "", tickets.outbound);
        list.count("tickets_ended", "", tickets.ended());
        list.count("tickets_resolved", "", tickets.resolved);
        list.count("tickets_closed", "", tickets.closed);
        list.count("tickets_reopened", "", tickets.reopened);
        list.add("resolution_rate", "", tickets.resolution_rate());
        list.count("category_corrected", "", tickets.category_corrected);
        list.add("category_correction_rate", "", tickets.correction_rate());
        list.count("replies_sent", "", tickets.replies_sent);
        list.add("queue_depth", "", self.open.map(|open| open as f64));
        list.spread("first_response_time", &self.first_response);
        list.spread("resolution_time", &self.resolution);
    }

    fn list_drafts(&self, list: &mut List) {
        for usage in DraftFigures::USAGES {
            list.count("draft_usage", usage.name(), self.drafts.count(usage));
        }
        for usage in DraftFigures::USAGES {
            list.add("draft_usage_share", usage.name(), self.drafts.share(usage));
        }
        list.count("draft_edited", "", self.drafts.edited());
        list.add("draft_acceptance_rate", "", self.drafts.acceptance_rate());
    }

    fn list_triage(&self, list: &mut List) {
        let triage = &self.triage;
        list.count("decisions", "", triage.decisions());
        list.count("decisions_gated", "", triage.gated);
        list.add("gate_rate", "", triage.gate_rate());
        let gates = |list: &mut List, metric, count: fn(&GateFigure) -> u64| {
            for (code, gate) in &triage.gates {
                list.count(metric, code, count(gate));
            }
        };
        gates(list, "gate_triggers", |gate| gate.triggers);
        gates(list, "gate_fired", |gate| gate.fired);
        list.count("triage_failed", "", triage.failed);
        list.count("escalated", "", triage.escalated);
        list.add("escalation_rate", "", triage.escalation_rate());
        list.add("average_confidence", "", triage.average_confidence());
        for (bar, count) in triage.histogram.iter().enumerate() {
            let part = format!("{:.1}-{:.1}", tenth(bar), tenth(bar + 1));
            list.count("confidence_histogram", part, *count);
        }
        list.count("low_confidence", "", triage.low_confidence);
        list.add("low_confidence_rate", "", triage.low_confidence_rate());
    }

    fn list_models(&self, list: &mut List) {
        let models = &self.triage.models;
        let each = |list: &mut List, metric, kind: &str, value: fn(&ModelFigures) -> u64| {
            for ((provider, model), figures) in models {
                let part = format!("{provider}/{model}{kind}");
                list.count(metric, part, value(figures));
            }
        };
        each(list, "model_answers", "", |model| model.answers);
        each(list, "model_tokens", "/input", |model| model.input_tokens);
        each(list, "model_tokens", "/output", |model| model.output_tokens);
        each(list, "model_tokens", "/cache_read", |model| model.cache_read_tokens);
        each(list, "model_tokens", "/cache_write", |model| model.cache_write_tokens);
        each(list, "model_cost", "", |model| model.cost_micro_usd);
        for ((provider, model), figures) in models {
            let average = figures.average_duration_ms();
            list.add("model_duration", format!("{provider}/{model}"), average);
        }
    }
}

/// Where a bar of the confidence histogram begins.
pub fn tenth(bar: usize) -> f64 {
    bar as f64 / HISTOGRAM_BARS as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::analytics::Backlog;

    fn some_figures() -> Figures {
        let mut figures = Figures { backlog: Some(Backlog::default()), ..Figures::default() };
        figures.triage.gates.insert("health_blood".to_owned(), GateFigure::default());
        let model = ("anthropic".to_owned(), "model-5".to_owned());
        figures.triage.models.insert(model, ModelFigures::default());
        if let Some(backlog) = &mut figures.backlog {
            backlog.by_date.insert("2026-04-08".to_owned(), 1);
        }
        figures
    }

    #[test]
    fn every_metric_is_listed_and_defined_once() {
        let listed: Vec<&str> = some_figures().list().iter().map(|figure| figure.metric).collect();
        let names: BTreeSet<&str> = METRICS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, listed.iter().copied().collect());
        let chapter = include_str!("../../../docs/metrics.md");
        for (name, unit) in METRICS {
            let row = format!("| `{name}` | {unit} |");
            assert_eq!(chapter.matches(&row).count(), 1, "docs/metrics.md defines {name}: {row}");
        }
        let version = format!("Version {}", crate::analytics::DEFINITION_VERSION);
        assert!(chapter.contains(&version), "docs/metrics.md tells the version in force");
    }

    #[test]
    fn each_value_is_named_once() {
        let list = some_figures().list();
        let names: BTreeSet<(&str, &str)> =
            list.iter().map(|figure| (figure.metric, figure.part.as_str())).collect();
        assert_eq!(names.len(), list.len());
        assert!(names.contains(&("confidence_histogram", "0.9-1.0")));
        assert!(names.contains(&("model_tokens", "anthropic/model-5/cache_read")));
    }
}
