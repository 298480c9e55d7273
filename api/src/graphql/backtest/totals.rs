//! Totals of a run.

use async_graphql::SimpleObject;
use casebook_domain::backtest::{self, Pair};

use super::outcome::{DraftChange, Forecast, HumanVerdict};
use crate::graphql::scalars::int;

/// A number on either side.
#[derive(SimpleObject)]
pub(super) struct BeforeAfter {
    /// As recorded, or under the policy `against`.
    before: i32,
    /// Under the policy that was tried.
    after: i32,
}

impl From<Pair> for BeforeAfter {
    fn from(pair: Pair) -> Self {
        Self { before: int(pair.before), after: int(pair.after) }
    }
}

/// How many messages a gate fires for.
#[derive(SimpleObject)]
#[graphql(name = "BacktestGate")]
pub(super) struct GateTotal {
    /// Code of the gate.
    code: String,
    /// Messages on either side.
    messages: BeforeAfter,
    /// Messages for which it fires on both sides.
    both: i32,
}

impl From<&backtest::GateTotal> for GateTotal {
    fn from(total: &backtest::GateTotal) -> Self {
        let (code, both) = (total.code.clone(), int(total.both));
        Self { code, messages: total.messages.into(), both }
    }
}

/// How many tickets come to a category.
#[derive(SimpleObject)]
#[graphql(name = "BacktestCategory")]
pub(super) struct CategoryTotal {
    /// Code of the category; null for tickets that nobody decided.
    code: Option<String>,
    /// Tickets on either side.
    tickets: BeforeAfter,
    /// Tickets that leave it.
    leave: i32,
    /// Tickets that come to it.
    arrive: i32,
}

impl From<&backtest::CategoryTotal> for CategoryTotal {
    fn from(total: &backtest::CategoryTotal) -> Self {
        Self {
            code: total.code.clone(),
            tickets: total.tickets.into(),
            leave: int(total.leave),
            arrive: int(total.arrive),
        }
    }
}

/// How many tickets come to a priority.
#[derive(SimpleObject)]
#[graphql(name = "BacktestPriority")]
pub(super) struct PriorityTotal {
    /// 1 to 3; null for tickets that nobody decided.
    priority: Option<i32>,
    /// Tickets on either side.
    tickets: BeforeAfter,
}

impl From<&backtest::PriorityTotal> for PriorityTotal {
    fn from(total: &backtest::PriorityTotal) -> Self {
        Self { priority: total.priority.map(i32::from), tickets: total.tickets.into() }
    }
}

/// How many tickets have this become of their draft.
#[derive(SimpleObject)]
#[graphql(name = "BacktestDrafts")]
pub(super) struct DraftTotal {
    /// What becomes of it.
    change: DraftChange,
    /// Tickets.
    tickets: i32,
}

impl From<(&backtest::DraftChange, &u64)> for DraftTotal {
    fn from((change, tickets): (&backtest::DraftChange, &u64)) -> Self {
        Self { change: (*change).into(), tickets: int(*tickets) }
    }
}

/// How many tickets were foretold one thing and met another.
#[derive(SimpleObject)]
#[graphql(name = "BacktestConfusion")]
pub(super) struct Confusion {
    /// What triage foretells.
    forecast: Forecast,
    /// What humans did.
    human: HumanVerdict,
    /// Tickets on either side.
    tickets: BeforeAfter,
}

impl From<&backtest::Confusion> for Confusion {
    fn from(cell: &backtest::Confusion) -> Self {
        Self {
            forecast: cell.forecast.into(),
            human: cell.human.into(),
            tickets: cell.tickets.into(),
        }
    }
}

/// What could not be judged again.
#[derive(SimpleObject)]
#[graphql(name = "BacktestUnread")]
pub(super) struct Unread {
    /// Why, for example `erased` or `text_missing`.
    reason: String,
    /// How often.
    count: i32,
}

impl From<(&&'static str, &u64)> for Unread {
    fn from((reason, count): (&&'static str, &u64)) -> Self {
        Self { reason: (*reason).to_owned(), count: int(*count) }
    }
}
