//! Evaluates compiled gates on one message.

use super::facts::{FactWindows, GateFacts};
use super::index::Index;
use super::outcome::{Finding, GateMatch, GateOutcome, GateVerdict, MatchPlace};
use super::policy::GateScope;
use super::program::Page;
use super::rule::{CompiledRule, Memo, Span, Trigger};
use super::sets::WordSet;
use super::tokens::Tokens;
use super::vocabulary::Vocabulary;
use crate::Personal;

/// A policy's gates, ready to evaluate; made by [`super::GateSet::compile`].
#[derive(Clone, Debug)]
pub struct Gates {
    pub(super) scope: GateScope,
    pub(super) gates: Vec<Header>,
    pub(super) rules: Vec<CompiledRule>,
    /// All trigger patterns.
    pub(super) triggers: Vec<Trigger>,
    /// For each vocabulary entry the triggers that it anchors.
    pub(super) index: Index,
    pub(super) sets: Vec<WordSet>,
    pub(super) vocabulary: Vocabulary,
    /// How many conditions look at the whole text.
    pub(super) memos: usize,
    pub(super) windows: FactWindows,
}

/// What a finding says about its gate.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub code: String,
    pub reason: String,
    pub severity: Option<String>,
}

/// One message, as the gates see it.
#[derive(Clone, Copy, Debug)]
pub struct GateInput<'m> {
    /// The decoded subject; empty when there is none.
    pub subject: &'m str,
    /// What the person newly wrote: the body without quoted history and signature.
    pub new_text: &'m str,
    /// The whole body.
    pub full_text: &'m str,
    /// What is known about the person at that moment.
    pub facts: &'m GateFacts,
}

/// Whether a rule may still fire by the text.
#[derive(Clone, Copy)]
enum Openness {
    /// No pattern of it was tried yet.
    Unknown,
    /// It may.
    Open,
    /// It cannot, whatever its patterns find.
    Closed,
}

/// What the rules of one gate found so far.
#[derive(Default)]
struct Found {
    fired: bool,
    spans: Vec<Span>,
    contacts: Option<u32>,
    credits: Option<u32>,
}

/// A match spans at most 63 words, so its anchor cannot stand further from its start.
const MAX_BACK: usize = 62;

impl Gates {
    /// How far back [`GateFacts`] must reach for this policy.
    pub const fn windows(&self) -> FactWindows {
        self.windows
    }

    /// Codes of all gates, the most severe first.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.gates.iter().map(|gate| gate.code.as_str())
    }

    /// The verdict of every gate on one message. Pure and total: the same input gives the same
    /// outcome, and no text makes it fail.
    pub fn evaluate(&self, input: &GateInput<'_>) -> GateOutcome {
        let text = match self.scope {
            GateScope::SubjectAndFullText => input.full_text,
            GateScope::SubjectAndNewText => input.new_text,
        };
        let mut tokens = Tokens::new(&self.vocabulary, input.subject.len() + text.len());
        tokens.add(input.subject);
        let subject_tokens = tokens.list.len();
        tokens.add(text);
        let mut present = WordSet::up_to(self.index.len());
        tokens.list.iter().for_each(|token| present.note(token.word));
        let page = Page {
            tokens: &tokens.list,
            texts: [input.subject, text],
            subject_tokens,
            sets: &self.sets,
            present: &present,
        };
        let mut found: Vec<Found> = self.gates.iter().map(|_| Found::default()).collect();
        let mut open = self.facts(input.facts, &mut found);
        self.search(&page, &mut open, &mut found);
        GateOutcome {
            verdicts: found
                .into_iter()
                .enumerate()
                .map(|(at, f)| self.verdict(at, f, &page))
                .collect(),
        }
    }

    /// Checks the facts of every rule: which rules may still fire by the text.
    fn facts(&self, facts: &GateFacts, found: &mut [Found]) -> Vec<Openness> {
        let check = |rule: &CompiledRule| {
            let contacts = rule.contacts.map(|needed| facts.contacts(needed));
            let credits = rule.credits.map(|needed| facts.credits(needed));
            let holds = contacts != Some(None) && credits != Some(None);
            if let Some(found) = found.get_mut(rule.gate).filter(|_| holds) {
                found.fired |= !rule.has_patterns;
                found.contacts = contacts.flatten().or(found.contacts);
                found.credits = credits.flatten().or(found.credits);
            }
            if holds && rule.has_patterns { Openness::Unknown } else { Openness::Closed }
        };
        self.rules.iter().map(check).collect()
    }

    /// Finds the hits of all open rules, in reading order.
    fn search(&self, page: &Page<'_>, open: &mut [Openness], found: &mut [Found]) {
        let mut memo: Memo = vec![None; self.memos];
        for (at, token) in page.tokens.iter().enumerate() {
            for trigger in self.index.of(token.word.head) {
                self.trigger(page, at, *trigger, open, (&mut memo, found));
            }
            if token.word.tail != 0 {
                for trigger in self.index.of(token.word.tail) {
                    self.trigger(page, at, *trigger, open, (&mut memo, found));
                }
            }
        }
    }

    /// Tries a trigger whose anchoring word stands at `at`.
    fn trigger(
        &self,
        page: &Page<'_>,
        at: usize,
        trigger: u32,
        open: &mut [Openness],
        (memo, found): (&mut Memo, &mut [Found]),
    ) {
        let Some(trigger) = self.triggers.get(trigger as usize) else { return };
        let Some(rule) = self.rules.get(trigger.rule) else { return };
        let Some(found) = found.get_mut(rule.gate) else { return };
        match open.get_mut(trigger.rule) {
            Some(Openness::Open) => {}
            Some(state @ Openness::Unknown) if rule.may_accept(page.present) => {
                *state = Openness::Open;
            }
            Some(state) => {
                *state = Openness::Closed;
                return;
            }
            None => return,
        }
        for start in at.saturating_sub(trigger.back.min(MAX_BACK))..=at {
            let word = page.tokens.get(start).map(|token| token.word);
            if found.spans.len() >= Finding::MAX_MATCHES
                || !word.is_some_and(|w| trigger.first.holds(w))
            {
                continue;
            }
            let reach = page.reach(&trigger.seq, start) & !1;
            if reach == 0 {
                continue;
            }
            let span = start..start + (63 - reach.leading_zeros() as usize);
            if !found.spans.contains(&span) && rule.accepts(page, &span, memo) {
                found.fired = true;
                found.spans.push(span);
            }
        }
    }

    fn verdict(&self, gate: usize, mut found: Found, page: &Page<'_>) -> GateVerdict {
        let Some(header) = self.gates.get(gate) else {
            return GateVerdict { code: String::new(), finding: None };
        };
        found.spans.sort_unstable_by_key(|span| (span.start, span.end));
        let finding = found.fired.then(|| Finding {
            code: header.code.clone(),
            reason: header.reason.clone(),
            severity: header.severity.clone(),
            matches: found.spans.iter().filter_map(|span| words(page, span)).collect(),
            contacts: found.contacts,
            credits: found.credits,
        });
        GateVerdict { code: header.code.clone(), finding }
    }
}

/// The words of a span as they stand in the message.
fn words(page: &Page<'_>, span: &Span) -> Option<GateMatch> {
    let place =
        if span.start < page.subject_tokens { MatchPlace::Subject } else { MatchPlace::Text };
    let [subject, text] = page.texts;
    let source = if place == MatchPlace::Subject { subject } else { text };
    let start = page.tokens.get(span.start)?.start;
    let end = page.tokens.get(span.end.checked_sub(1)?)?.end;
    let words = source.get(start as usize..end as usize)?.to_owned();
    Some(GateMatch { words: Personal::new(words), place, start, end })
}
