//! Compiles conditions and guards.

use super::super::error::GateError;
use super::super::policy::{Bounds, Condition, GateSet, Guard};
use super::super::program::{Node, Seq};
use super::super::rule::Test;
use super::super::sets::WordSet;
use super::anchor::{Costs, anchor};
use super::lower::{Lowering, first_words};
use super::{MAX_RULES, limit, missing};

/// Deepest nesting of conditions within conditions.
const MAX_DEPTH: usize = 6;

/// A condition whose patterns are lowered, before the sets are closed.
pub(super) struct Draft {
    seq: Seq,
    condition: Condition,
    all: Vec<Draft>,
    unless: Vec<Draft>,
}

impl Draft {
    /// The condition, ready to evaluate; `memos` counts those that look at the whole text.
    pub fn finish(self, sets: &[WordSet], costs: &Costs, memos: &mut usize) -> Test {
        let condition = self.condition;
        let whole = condition.bounds == Bounds::Text && condition.within.is_none();
        let memo = whole.then_some(*memos);
        *memos += usize::from(whole);
        let mut finish = |drafts: Vec<Self>| -> Box<[_]> {
            drafts.into_iter().map(|draft| draft.finish(sets, costs, memos)).collect()
        };
        Test {
            first: first_words(&self.seq, sets),
            anchor: anchor(&self.seq, sets, costs).map(|found| found.words).unwrap_or_default(),
            seq: self.seq,
            place: condition.place,
            within: condition.within.map(usize::from),
            bounds: condition.bounds,
            all: finish(self.all),
            unless: finish(self.unless),
            memo,
        }
    }
}

/// Compiles every named guard once, so that faults in unused ones are found too.
pub(super) fn check_guards(set: &GateSet, lowering: &mut Lowering<'_>) -> Result<(), GateError> {
    for (name, guard) in &set.guards {
        condition(set, guard, &format!("guard `{name}`"), lowering, 0)?;
    }
    Ok(())
}

/// Compiles the guards of a rule.
pub(super) fn guards(
    set: &GateSet,
    guards: &[Guard],
    place: &str,
    lowering: &mut Lowering<'_>,
) -> Result<Vec<Draft>, GateError> {
    guards.iter().map(|guard| resolve(set, guard, place, lowering, 0)).collect()
}

fn resolve(
    set: &GateSet,
    guard: &Guard,
    place: &str,
    lowering: &mut Lowering<'_>,
    depth: usize,
) -> Result<Draft, GateError> {
    let (name, found) = match guard {
        Guard::Given(given) => ("(in place)", Some(&**given)),
        Guard::Named(name) => (name.as_str(), set.guards.get(name)),
    };
    let place_owned = || place.to_owned();
    let found = found.ok_or_else(|| GateError::Unknown {
        place: place_owned(),
        kind: "guard",
        name: name.to_owned(),
    })?;
    if depth >= MAX_DEPTH {
        let name = name.to_owned();
        return Err(GateError::TooDeep { place: place_owned(), kind: "guard", name });
    }
    condition(set, found, place, lowering, depth)
}

/// Compiles one condition.
pub(super) fn condition(
    set: &GateSet,
    condition: &Condition,
    place: &str,
    lowering: &mut Lowering<'_>,
    depth: usize,
) -> Result<Draft, GateError> {
    if condition.any.is_empty() {
        return Err(missing(place, "a condition's pattern"));
    }
    limit(place, condition.all.len() + condition.unless.len(), "nested conditions", MAX_RULES)?;
    let patterns = lowering.patterns(&condition.any, place)?;
    let mut inner = |guards: &[Guard]| -> Result<Vec<Draft>, GateError> {
        guards.iter().map(|guard| resolve(set, guard, place, lowering, depth + 1)).collect()
    };
    Ok(Draft {
        seq: Box::new([Node::Any(patterns.into())]),
        all: inner(&condition.all)?,
        unless: inner(&condition.unless)?,
        condition: condition.clone(),
    })
}
