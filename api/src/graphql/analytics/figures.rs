//! The figures of one group.

use async_graphql::SimpleObject;
use casebook_app::queries::figures;

use super::drafts::DraftFigures;
use super::triage::TriageFigures;
use crate::graphql::scalars::int;

/// How durations are spread, in seconds; null of no duration. Median and 90th percentile are by
/// nearest rank.
#[derive(SimpleObject)]
pub(super) struct DurationFigures {
    /// Number of durations.
    count: i32,
    /// Their mean.
    average_seconds: Option<f64>,
    /// The 50th percentile.
    median_seconds: Option<f64>,
    /// The 90th percentile.
    p90_seconds: Option<f64>,
}

impl From<&figures::Spread> for DurationFigures {
    fn from(spread: &figures::Spread) -> Self {
        Self {
            count: int(spread.count),
            average_seconds: spread.average_seconds,
            median_seconds: spread.median_seconds,
            p90_seconds: spread.p90_seconds,
        }
    }
}

/// How much work came and went.
#[derive(SimpleObject)]
struct TicketFigures {
    /// Tickets received, those that agents began among them.
    received: i32,
    /// Those that agents began.
    outbound: i32,
    /// Tickets whose last end lies in the time: resolved or closed.
    ended: i32,
    /// Those that were answered.
    resolved: i32,
    /// Those that were closed without an answer.
    closed: i32,
    /// Times that a ticket was opened again.
    reopened: i32,
    /// Share of the tickets received that stand resolved or closed now, 0 to 1.
    resolution_rate: Option<f64>,
    /// Tickets that ended and whose category an agent corrected.
    category_corrected: i32,
    /// Share of them among all that ended, 0 to 1.
    category_correction_rate: Option<f64>,
    /// Replies that went out.
    replies_sent: i32,
}

impl From<&figures::TicketFigures> for TicketFigures {
    fn from(tickets: &figures::TicketFigures) -> Self {
        Self {
            received: int(tickets.received),
            outbound: int(tickets.outbound),
            ended: int(tickets.ended()),
            resolved: int(tickets.resolved),
            closed: int(tickets.closed),
            reopened: int(tickets.reopened),
            resolution_rate: tickets.resolution_rate(),
            category_corrected: int(tickets.category_corrected),
            category_correction_rate: tickets.correction_rate(),
            replies_sent: int(tickets.replies_sent),
        }
    }
}

/// What customers said in surveys.
#[derive(SimpleObject)]
struct SatisfactionFigures {
    /// Answers.
    ratings: i32,
    /// Their mean, 1 to 5; null until there are any.
    average: Option<f64>,
}

/// A number of tickets by a local date.
#[derive(SimpleObject)]
struct DateCount {
    /// The date, `2026-04-08`.
    date: String,
    /// Number of tickets.
    count: i32,
}

/// What is open at the end of the range, or now where that is earlier.
#[derive(SimpleObject)]
struct BacklogFigures {
    /// Open tickets.
    open: i32,
    /// Those received more than 24 hours before.
    over_24_hours: i32,
    /// Those received more than 48 hours before.
    over_48_hours: i32,
    /// Time since they were received.
    age: DurationFigures,
    /// Time since the oldest was received, in seconds.
    oldest_seconds: Option<f64>,
    /// Their number by the date on which they were received, the oldest first.
    by_date: Vec<DateCount>,
}

impl From<&figures::Backlog> for BacklogFigures {
    fn from(backlog: &figures::Backlog) -> Self {
        let by_date = backlog.by_date.iter();
        let by_date = by_date.map(|(date, n)| DateCount { date: date.clone(), count: int(*n) });
        Self {
            open: int(backlog.age.count),
            over_24_hours: int(backlog.over_24_hours),
            over_48_hours: int(backlog.over_48_hours),
            age: DurationFigures::from(&backlog.age),
            oldest_seconds: backlog.oldest_seconds,
            by_date: by_date.collect(),
        }
    }
}

/// All figures of a group, by the definitions of `docs/metrics.md`.
#[derive(SimpleObject)]
pub(super) struct AnalyticsFigures {
    /// How much work came and went.
    tickets: TicketFigures,
    /// Tickets open at the end of the time, or now where that is earlier; null where the time has
    /// not begun.
    queue_depth: Option<i32>,
    /// From received to the first reply, by when that went out.
    first_response: DurationFigures,
    /// From received to the last end, by when that was.
    resolution: DurationFigures,
    /// How drafts were used, by when tickets ended.
    drafts: DraftFigures,
    /// What triage came to, by when it was recorded.
    triage: TriageFigures,
    /// What customers said.
    satisfaction: SatisfactionFigures,
    /// What is open; null where figures are grouped by time, and where the range has not begun.
    backlog: Option<BacklogFigures>,
}

impl From<&figures::Figures> for AnalyticsFigures {
    fn from(figures: &figures::Figures) -> Self {
        Self {
            tickets: TicketFigures::from(&figures.tickets),
            queue_depth: figures.open.map(int),
            first_response: DurationFigures::from(&figures.first_response),
            resolution: DurationFigures::from(&figures.resolution),
            drafts: DraftFigures::from(&figures.drafts),
            triage: TriageFigures::from(&figures.triage),
            satisfaction: SatisfactionFigures {
                ratings: int(figures.satisfaction.ratings),
                average: figures.satisfaction.average(),
            },
            backlog: figures.backlog.as_ref().map(BacklogFigures::from),
        }
    }
}
