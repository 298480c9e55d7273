//! Compiled rules: whether a hit counts, seen from its surroundings.

use std::ops::Range;

use super::policy::{Bounds, ContactRule, CreditRule, Place};
use super::program::{Page, Reach, Seq};
use super::sets::WordSet;

/// Words a hit covers.
pub(super) type Span = Range<usize>;

/// A compiled rule; its patterns are found through the index of the gates.
#[derive(Clone, Debug)]
pub(super) struct CompiledRule {
    /// The gate it belongs to.
    pub gate: usize,
    /// Whether it has patterns.
    pub has_patterns: bool,
    /// Conditions that must hold.
    pub all: Box<[Test]>,
    /// Conditions that must not hold, exceptions included.
    pub unless: Box<[Test]>,
    /// Contacts needed.
    pub contacts: Option<ContactRule>,
    /// Credits needed.
    pub credits: Option<CreditRule>,
}

/// A compiled trigger pattern.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    /// Number of the rule it belongs to.
    pub rule: usize,
    /// The pattern.
    pub seq: Seq,
    /// Words a match can begin with.
    pub first: WordSet,
    /// At most so many words of a match stand before the word that anchors it.
    pub back: usize,
}

/// A compiled condition.
#[derive(Clone, Debug)]
pub(super) struct Test {
    /// The patterns.
    pub seq: Seq,
    /// Words a match can begin with.
    pub first: WordSet,
    /// Words one of which every match holds.
    pub anchor: WordSet,
    /// On which side of the hit.
    pub place: Place,
    /// Words between hit and match at most.
    pub within: Option<usize>,
    /// How far to look.
    pub bounds: Bounds,
    /// Further conditions that must hold.
    pub all: Box<[Test]>,
    /// Conditions that must not hold.
    pub unless: Box<[Test]>,
    /// Number among the conditions that look at the whole text.
    pub memo: Option<usize>,
}

/// Where the matches of a whole-text condition lie: the first end and the last start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    first_end: usize,
    last_start: usize,
}

/// Answers to whole-text conditions, found once per text.
pub(super) type Memo = Vec<Option<Option<Extent>>>;

/// Longest span of a match in words.
const LONGEST: usize = 64;

impl CompiledRule {
    /// Whether the text holds a word of everything that must stand around a hit.
    pub fn may_accept(&self, present: &WordSet) -> bool {
        self.all.iter().all(|test| test.anchor.meets(present))
    }

    /// Whether a hit on `span` counts.
    pub fn accepts(&self, page: &Page<'_>, span: &Span, memo: &mut Memo) -> bool {
        self.all.iter().all(|test| test.holds(page, span, memo))
            && !self.unless.iter().any(|test| test.holds(page, span, memo))
    }
}

impl Test {
    fn holds(&self, page: &Page<'_>, span: &Span, memo: &mut Memo) -> bool {
        self.anchor.meets(page.present)
            && self.matches(page, span, memo)
            && self.all.iter().all(|test| test.holds(page, span, memo))
            && !self.unless.iter().any(|test| test.holds(page, span, memo))
    }

    fn matches(&self, page: &Page<'_>, span: &Span, memo: &mut Memo) -> bool {
        if let Some(slot) = self.memo {
            return self.in_text(page, span, memo, slot);
        }
        let range = self.range(page, span);
        let starts = range.clone().filter(|at| self.begins(page, *at));
        starts.into_iter().any(|at| {
            let room = range.end - at;
            let reach = within_room(page.reach(&self.seq, at), room);
            reach != 0 && self.fits(at, reach, span)
        })
    }

    /// The words to look at for a hit on `span`.
    fn range(&self, page: &Page<'_>, span: &Span) -> Range<usize> {
        let tokens = page.tokens;
        let near = self.within.map(|within| within + LONGEST);
        let from = near.map_or(0, |near| span.start.saturating_sub(near));
        let to = near.map_or(tokens.len(), |near| tokens.len().min(span.end + near));
        let last = span.end.saturating_sub(1);
        let (Some(first), Some(last)) = (tokens.get(span.start), tokens.get(last)) else {
            return 0..0;
        };
        let inside = |at: &usize| match self.bounds {
            Bounds::Text => true,
            Bounds::Sentence => tokens.get(*at).is_some_and(|t| t.sentence == first.sentence),
            Bounds::Clause => {
                tokens.get(*at).is_some_and(|t| (first.clause..=last.clause).contains(&t.clause))
            }
        };
        let low = (from..span.start).rev().take_while(inside).last().unwrap_or(span.start);
        let high = (span.end..to).take_while(inside).last().map_or(span.end, |at| at + 1);
        match self.place {
            Place::Before => low..span.start,
            Place::After => span.end..high,
            Place::Near | Place::Over => low..high,
        }
    }

    #[inline]
    fn begins(&self, page: &Page<'_>, at: usize) -> bool {
        page.tokens.get(at).is_some_and(|token| self.first.holds(token.word))
    }

    /// Whether a match from `at` with these ends lies rightly to the hit.
    fn fits(&self, at: usize, reach: Reach, span: &Span) -> bool {
        let within = self.within.unwrap_or(usize::MAX);
        ends(at, reach).any(|end| {
            let over = at < span.end && end > span.start;
            let before = end <= span.start && span.start - end <= within;
            let after = at >= span.end && at - span.end <= within;
            match self.place {
                Place::Over => over,
                Place::Before => before,
                Place::After => after,
                Place::Near => over || before || after,
            }
        })
    }

    /// Looks at the whole text, once for all hits.
    fn in_text(&self, page: &Page<'_>, span: &Span, memo: &mut Memo, slot: usize) -> bool {
        let known = memo.get(slot).copied().flatten();
        let extent = known.unwrap_or_else(|| self.extent(page));
        if let Some(place) = memo.get_mut(slot) {
            *place = Some(extent);
        }
        extent.is_some_and(|extent| match self.place {
            Place::Before => extent.first_end <= span.start,
            Place::After => extent.last_start >= span.end,
            Place::Near | Place::Over => true,
        })
    }

    fn extent(&self, page: &Page<'_>) -> Option<Extent> {
        let mut found: Option<Extent> = None;
        for at in (0..page.tokens.len()).filter(|at| self.begins(page, *at)) {
            if let Some(end) = ends(at, page.reach(&self.seq, at)).next() {
                let first_end = found.map_or(end, |extent| extent.first_end.min(end));
                found = Some(Extent { first_end, last_start: at });
            }
        }
        found
    }
}

/// The ends that lie at most `room` words behind the start; the empty match is none.
fn within_room(reach: Reach, room: usize) -> Reach {
    let most = if room >= 63 { Reach::MAX } else { (1 << (room + 1)) - 1 };
    reach & most & !1
}

/// The word indices at which a match from `at` can end, the nearest first.
pub(super) fn ends(at: usize, reach: Reach) -> impl Iterator<Item = usize> {
    let mut left = reach & !1;
    std::iter::from_fn(move || {
        let offset = (left != 0).then(|| left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(at + offset)
    })
}
