//! Finds the rarest words a pattern cannot do without, so that most texts need no matching.

use super::super::program::Node;
use super::super::sets::WordSet;
use super::super::vocabulary::Form;

/// Words one of which every match of a pattern holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Anchor {
    /// The words.
    pub words: WordSet,
    /// At most so many words of a match stand before the anchoring one.
    pub back: usize,
    cost: u64,
}

/// Estimates how common the entries of a policy are in texts, whatever the language: short words
/// and words that many sets hold are.
pub(super) struct Costs(Vec<u64>);

impl Costs {
    /// The estimates for a policy's forms and closed sets.
    pub fn new(forms: &[Form], sets: &[WordSet]) -> Self {
        let mut costs = vec![0; forms.len() + 1];
        for entry in sets.iter().flat_map(WordSet::entries) {
            if let Some(cost) = costs.get_mut(usize::from(entry)) {
                *cost += 1;
            }
        }
        for (cost, form) in costs.iter_mut().skip(1).zip(forms) {
            let (Form::Exact(word) | Form::Prefix(word) | Form::Suffix(word)) = form;
            *cost *= match word.len() {
                0..=3 => 16,
                4 => 4,
                _ => 1,
            };
        }
        Self(costs)
    }

    fn of(&self, words: &WordSet) -> u64 {
        words.entries().filter_map(|entry| self.0.get(usize::from(entry))).sum()
    }
}

/// The cheapest anchor of `seq`; none for a sequence that can be empty.
pub(super) fn anchor(seq: &[Node], sets: &[WordSet], costs: &Costs) -> Option<Anchor> {
    let mut best: Option<Anchor> = None;
    let mut back = 0;
    for node in seq {
        if let Some(mut found) = of_node(node, sets, costs) {
            found.back += back;
            if best.as_ref().is_none_or(|best| found.cost < best.cost) {
                best = Some(found);
            }
        }
        back += longest(node);
    }
    best
}

fn of_node(node: &Node, sets: &[WordSet], costs: &Costs) -> Option<Anchor> {
    match node {
        Node::Word(set) | Node::Cased(set, _) => {
            let words = sets.get(*set as usize)?.clone();
            Some(Anchor { cost: costs.of(&words), words, back: 0 })
        }
        Node::Any(options) => {
            let mut all = Anchor::default();
            for option in options {
                let one = anchor(option, sets, costs)?;
                all.words.extend(&one.words);
                all.back = all.back.max(one.back);
                all.cost += one.cost;
            }
            Some(all)
        }
        Node::Gap(_) | Node::Repeat(..) | Node::Start => None,
    }
}

/// The most words a match of `node` can span.
fn longest(node: &Node) -> usize {
    match node {
        Node::Word(_) | Node::Cased(..) => 1,
        Node::Gap(most) => usize::from(*most),
        Node::Any(options) => {
            options.iter().map(|seq| seq.iter().map(longest).sum()).max().unwrap_or(0)
        }
        Node::Repeat(body, most) => {
            body.iter().map(longest).sum::<usize>().saturating_mul(usize::from(*most))
        }
        Node::Start => 0,
    }
}
