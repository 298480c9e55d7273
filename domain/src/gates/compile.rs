//! Turns a policy into gates that can be evaluated, or says what is wrong with it.

mod anchor;
mod conditions;
mod lower;

use std::collections::HashSet;

use super::engine::{Gates, Header};
use super::error::GateError;
use super::facts::FactWindows;
use super::index::Index;
use super::policy::{Condition, Gate, GateSet, Place, Rule};
use super::program::Seq;
use super::rule::{CompiledRule, Trigger};
use super::vocabulary::Vocabulary;
use anchor::Costs;
use conditions::Draft;
use lower::Lowering;

/// Most gates in a policy.
const MAX_GATES: usize = 100;
/// Most rules in a gate, and most conditions in a rule.
const MAX_RULES: usize = 100;
/// Most patterns in a list, rule or condition.
const MAX_PATTERNS: usize = 1000;
/// Largest window or threshold of a fact rule.
const MAX_COUNT: u32 = 3660;

/// Refuses more than `limit` of something.
fn limit(place: &str, count: usize, what: &'static str, limit: usize) -> Result<(), GateError> {
    let within = count <= limit;
    within.then_some(()).ok_or_else(|| GateError::Limit { place: place.to_owned(), what, limit })
}

fn missing(place: &str, what: &'static str) -> GateError {
    GateError::Missing { place: place.to_owned(), what }
}

impl GateSet {
    /// Compiles the policy for evaluation; meant to be done once per policy version.
    ///
    /// # Errors
    /// The first fault found, with gate, rule and pattern named.
    pub fn compile(&self) -> Result<Gates, GateError> {
        limit("policy", self.gates.len(), "gates", MAX_GATES)?;
        limit("policy", self.lists.len(), "lists", MAX_PATTERNS)?;
        let mut lowering = Lowering::new(self);
        lowering.check_lists()?;
        conditions::check_guards(self, &mut lowering)?;
        let mut codes = HashSet::new();
        let (mut headers, mut drafts) = (Vec::new(), Vec::new());
        for (number, gate) in self.gates.iter().enumerate() {
            check_gate(gate)?;
            if !codes.insert(&gate.code) {
                return Err(GateError::DuplicateCode(gate.code.clone()));
            }
            headers.push(Header {
                code: gate.code.clone(),
                reason: gate.reason.clone(),
                severity: gate.severity.clone(),
            });
            for (index, rule) in gate.rules.iter().enumerate() {
                let place = format!("gate `{}`, rule {}", gate.code, index + 1);
                drafts.push(self.draft(number, rule, &place, &mut lowering)?);
            }
        }
        Ok(self.finish(headers, drafts, &lowering))
    }

    fn draft(
        &self,
        gate: usize,
        rule: &Rule,
        place: &str,
        lowering: &mut Lowering<'_>,
    ) -> Result<RuleDraft, GateError> {
        check_rule(rule, place)?;
        let patterns = lowering.patterns(&rule.any, place)?;
        let mut unless = conditions::guards(self, &rule.unless, place, lowering)?;
        if !rule.except.is_empty() {
            let over =
                Condition { any: rule.except.clone(), place: Place::Over, ..Condition::default() };
            unless.insert(0, conditions::condition(self, &over, place, lowering, 0)?);
        }
        let all = conditions::guards(self, &rule.all, place, lowering)?;
        Ok(RuleDraft { gate, rule: rule.clone(), patterns, all, unless })
    }

    fn finish(
        &self,
        headers: Vec<Header>,
        drafts: Vec<RuleDraft>,
        lowering: &Lowering<'_>,
    ) -> Gates {
        let sets = lowering.words.close();
        let mut memos = 0;
        let mut gates = Gates {
            scope: self.scope,
            gates: headers,
            rules: Vec::new(),
            triggers: Vec::new(),
            index: Index::new(&[]),
            vocabulary: Vocabulary::new(&lowering.words.forms),
            sets,
            memos: 0,
            windows: windows(self),
        };
        let mut index = vec![Vec::new(); lowering.words.forms.len() + 1];
        let costs = Costs::new(&lowering.words.forms, &gates.sets);
        for draft in drafts {
            let rule = gates.rules.len();
            for seq in draft.patterns {
                add_trigger(&mut gates, &mut index, rule, seq, &costs);
            }
            let mut finish = |drafts: Vec<Draft>| -> Box<[_]> {
                drafts
                    .into_iter()
                    .map(|draft| draft.finish(&gates.sets, &costs, &mut memos))
                    .collect()
            };
            gates.rules.push(CompiledRule {
                gate: draft.gate,
                has_patterns: !draft.rule.any.is_empty(),
                all: finish(draft.all),
                unless: finish(draft.unless),
                contacts: draft.rule.contacts,
                credits: draft.rule.credits,
            });
        }
        gates.memos = memos;
        gates.index = Index::new(&index);
        gates
    }
}

/// Adds a trigger pattern, indexed by the words that anchor it.
fn add_trigger(gates: &mut Gates, index: &mut [Vec<u32>], rule: usize, seq: Seq, costs: &Costs) {
    let number = u32::try_from(gates.triggers.len()).unwrap_or(u32::MAX);
    let found = anchor::anchor(&seq, &gates.sets, costs).unwrap_or_default();
    for entry in found.words.entries() {
        if let Some(list) = index.get_mut(usize::from(entry)) {
            list.push(number);
        }
    }
    let first = lower::first_words(&seq, &gates.sets);
    gates.triggers.push(Trigger { rule, seq, first, back: found.back });
}

/// A rule whose patterns are lowered, before the sets are closed.
struct RuleDraft {
    gate: usize,
    rule: Rule,
    patterns: Vec<Seq>,
    all: Vec<Draft>,
    unless: Vec<Draft>,
}

fn check_gate(gate: &Gate) -> Result<(), GateError> {
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if gate.code.is_empty() || gate.code.len() > 64 || !gate.code.chars().all(small) {
        return Err(GateError::BadCode(gate.code.chars().take(64).collect()));
    }
    let place = format!("gate `{}`", gate.code);
    if gate.reason.trim().is_empty() {
        return Err(missing(&place, "its reason"));
    }
    if gate.rules.is_empty() {
        return Err(missing(&place, "a rule"));
    }
    limit(&place, gate.rules.len(), "rules", MAX_RULES)
}

fn check_rule(rule: &Rule, place: &str) -> Result<(), GateError> {
    let facts = rule.contacts.is_some() || rule.credits.is_some();
    if rule.any.is_empty() && !facts {
        return Err(missing(place, "a pattern or a fact"));
    }
    let surroundings = !(rule.except.is_empty() && rule.all.is_empty() && rule.unless.is_empty());
    if rule.any.is_empty() && surroundings {
        return Err(missing(place, "a pattern that the conditions surround"));
    }
    limit(place, rule.all.len() + rule.unless.len(), "conditions", MAX_RULES)?;
    let contacts = rule.contacts.map(|c| [c.at_least, c.days]);
    let credits = rule.credits.map(|c| [c.at_least, c.days]);
    for number in contacts.into_iter().chain(credits).flatten() {
        if !(1..=MAX_COUNT).contains(&number) {
            let what = "at_least and days";
            return Err(GateError::Range { place: place.to_owned(), what, max: MAX_COUNT });
        }
    }
    Ok(())
}

fn windows(set: &GateSet) -> FactWindows {
    let mut windows = FactWindows::default();
    for rule in set.gates.iter().flat_map(|gate| &gate.rules) {
        let contact_days = rule.contacts.map_or(0, |contacts| contacts.days);
        let credit_days = rule.credits.map_or(0, |credits| credits.days);
        windows.contact_days = windows.contact_days.max(contact_days);
        windows.credit_days = windows.credit_days.max(credit_days);
    }
    windows
}
