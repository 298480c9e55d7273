//! Lowers parsed patterns to nodes over word sets, with lists and spellings resolved.

use std::collections::BTreeMap;

use super::super::error::GateError;
use super::super::pattern::{Item, parse};
use super::super::policy::GateSet;
use super::super::program::{Node, Seq};
use super::super::sets::{WordSet, Words};
use super::super::tokens::fold_words;
use super::super::vocabulary::{Form, MIN_STEM};
use super::{MAX_PATTERNS, limit};

/// Deepest nesting of lists within lists.
const MAX_LISTS: usize = 6;

/// Lowers the patterns of one policy and collects their words.
pub(super) struct Lowering<'s> {
    set: &'s GateSet,
    /// All words so far.
    pub words: Words,
    /// Alternatives of each list already lowered.
    lists: BTreeMap<&'s str, Vec<Seq>>,
}

impl<'s> Lowering<'s> {
    /// Nothing lowered yet.
    pub fn new(set: &'s GateSet) -> Self {
        Self { set, words: Words::default(), lists: BTreeMap::new() }
    }

    /// Lowers every list once, so that faults in unused ones are found too.
    pub fn check_lists(&mut self) -> Result<(), GateError> {
        let set = self.set;
        for name in set.lists.keys() {
            self.list(name, &format!("list `{name}`"), 0)?;
        }
        Ok(())
    }

    /// Lowers patterns; each gives one sequence, single words are merged into one.
    pub fn patterns(&mut self, patterns: &[String], place: &str) -> Result<Vec<Seq>, GateError> {
        self.alternatives(patterns, place, 0)
    }

    fn alternatives(
        &mut self,
        patterns: &[String],
        place: &str,
        depth: usize,
    ) -> Result<Vec<Seq>, GateError> {
        limit(place, patterns.len(), "patterns", MAX_PATTERNS)?;
        let mut all = Vec::new();
        for pattern in patterns {
            let wrong = |what: String| GateError::Pattern {
                place: place.to_owned(),
                pattern: pattern.clone(),
                what,
            };
            let items = parse(pattern).map_err(wrong)?;
            let seq = self.sequence(&items, place, depth).map_err(|fault| match fault {
                Fault::What(what) => wrong(what),
                Fault::Error(error) => error,
            })?;
            if nullable(&seq) || begins_open(&seq) {
                return Err(wrong("must begin with a word and cannot be empty".to_owned()));
            }
            all.push(seq);
        }
        Ok(match any(all, &mut self.words) {
            Node::Any(options) => options.into_vec(),
            node => vec![Box::new([node])],
        })
    }

    fn list(&mut self, name: &str, place: &str, depth: usize) -> Result<Vec<Seq>, GateError> {
        if let Some(known) = self.lists.get(name) {
            return Ok(known.clone());
        }
        let fault = |kind| (place.to_owned(), kind, name.to_owned());
        let Some((key, patterns)) = self.set.lists.get_key_value(name) else {
            let (place, kind, name) = fault("list");
            return Err(GateError::Unknown { place, kind, name });
        };
        if depth == MAX_LISTS {
            let (place, kind, name) = fault("list");
            return Err(GateError::TooDeep { place, kind, name });
        }
        let seqs = self.alternatives(patterns, &format!("list `{name}`"), depth + 1)?;
        self.lists.insert(key, seqs.clone());
        Ok(seqs)
    }

    fn sequence(&mut self, items: &[Item], place: &str, depth: usize) -> Result<Seq, Fault> {
        let mut nodes = Vec::new();
        for item in items {
            match item {
                Item::Word(spellings) => nodes.extend(self.word(spellings)?),
                Item::Cased(word) => {
                    let form = self.form(word, word)?;
                    nodes.push(Node::Cased(self.words.set(vec![form]), word.as_str().into()));
                }
                Item::Gap(most) => nodes.push(Node::Gap(*most)),
                Item::Start => nodes.push(Node::Start),
                Item::Repeat(body, most) => {
                    nodes.push(Node::Repeat(self.sequence(body, place, depth)?, *most));
                }
                Item::Any(options) => {
                    let lower = |option: &Vec<Item>| self.sequence(option, place, depth);
                    let options = options.iter().map(lower).collect::<Result<Vec<_>, _>>()?;
                    if options.iter().any(|option| nullable(option)) {
                        return Err(Fault::What(
                            "an alternative of a group can be empty".to_owned(),
                        ));
                    }
                    nodes.push(any(options, &mut self.words));
                }
                Item::List(name) => {
                    let options = self.list(name, place, depth).map_err(Fault::Error)?;
                    nodes.push(any(options, &mut self.words));
                }
            }
        }
        Ok(nodes.into())
    }

    /// Lowers one written word with all its endings and spellings.
    fn word(&mut self, spellings: &[String]) -> Result<Vec<Node>, Fault> {
        let (mut single, mut phrases) = (Vec::new(), Vec::new());
        for written in self.variants(spellings) {
            let mut entries = Vec::new();
            for word in fold_words(&written.replace('*', "")) {
                entries.push((self.form(&word, "")?, word));
            }
            let open_head = written.starts_with('*');
            let open_tail = written.ends_with('*');
            if written.trim_matches('*').contains('*') || (open_head && open_tail) {
                return Err(Fault::What("`*` stands at one end of a word".to_owned()));
            }
            if open_tail && let Some((entry, word)) = entries.last_mut() {
                *entry = self.stem(Form::Prefix(word.clone()), word)?;
            }
            if open_head && let Some((entry, word)) = entries.first_mut() {
                *entry = self.stem(Form::Suffix(word.clone()), word)?;
            }
            match entries.as_slice() {
                [] => return Err(Fault::What("a word is empty".to_owned())),
                [(entry, _)] => single.push(*entry),
                _ => phrases.push(entries.into_iter().map(|(entry, _)| entry).collect::<Vec<_>>()),
            }
        }
        let mut options: Vec<Seq> = Vec::new();
        if !single.is_empty() {
            options.push(Box::new([Node::Word(self.words.set(single))]));
        }
        for phrase in phrases {
            options.push(phrase.into_iter().map(|e| Node::Word(self.words.set(vec![e]))).collect());
        }
        match <[Seq; 1]>::try_from(options) {
            Ok([only]) => Ok(only.into_vec()),
            Err(options) => Ok(vec![any(options, &mut self.words)]),
        }
    }

    fn stem(&mut self, form: Form, word: &str) -> Result<u16, Fault> {
        if word.len() < MIN_STEM {
            return Err(Fault::What(format!("`*` needs a stem of {MIN_STEM} letters or more")));
        }
        self.words.entry(form).ok_or_else(too_many)
    }

    fn form(&mut self, word: &str, cased: &str) -> Result<u16, Fault> {
        let word = if cased.is_empty() {
            word.to_owned()
        } else {
            let [folded] = <[String; 1]>::try_from(fold_words(cased))
                .map_err(|_| Fault::What("`=` takes one word".to_owned()))?;
            folded
        };
        self.words.entry(Form::Exact(word)).ok_or_else(too_many)
    }

    /// The written forms and what the policy's spelling tables make of them.
    fn variants(&self, spellings: &[String]) -> Vec<String> {
        let mut all = spellings.to_vec();
        for table in &self.set.spellings {
            for written in spellings {
                let lower = written.to_lowercase();
                let swap = |text: String, (from, to): (&String, &String)| text.replace(from, to);
                let other = table.iter().fold(lower.clone(), swap);
                if other != lower && !all.contains(&other) {
                    all.push(other);
                }
            }
        }
        all
    }
}

/// Why a pattern cannot be lowered.
enum Fault {
    /// Something is wrong with the pattern itself.
    What(String),
    /// Something is wrong with a list it names.
    Error(GateError),
}

fn too_many() -> Fault {
    Fault::What(format!("the policy holds more than {} words", Words::MAX))
}

/// One of `options`, whose single words become one set.
fn any(options: Vec<Seq>, words: &mut Words) -> Node {
    let mut rest = Vec::new();
    let mut sets = Vec::new();
    for option in options {
        match &*option {
            [Node::Word(set)] => sets.push(*set),
            [Node::Any(inner)] => match &**inner {
                [] => {}
                [first, others @ ..] => {
                    match &**first {
                        [Node::Word(set)] => sets.push(*set),
                        _ => rest.push(first.clone()),
                    }
                    rest.extend(others.iter().cloned());
                }
            },
            _ => rest.push(option),
        }
    }
    if !sets.is_empty() {
        rest.insert(0, Box::new([Node::Word(words.union(&sets))]));
    }
    match <[Seq; 1]>::try_from(rest) {
        Ok([only]) => match <[Node; 1]>::try_from(only.into_vec()) {
            Ok([node]) => node,
            Err(nodes) => Node::Any(Box::new([nodes.into()])),
        },
        Err(rest) => Node::Any(rest.into()),
    }
}

/// Whether a gap can stand first, so that a match could begin with any word.
fn begins_open(seq: &[Node]) -> bool {
    let head = seq.iter().take_while(|node| nullable(std::slice::from_ref(node))).count();
    seq.iter().take(head + 1).any(|node| match node {
        Node::Gap(_) => true,
        Node::Any(options) => options.iter().any(|option| begins_open(option)),
        Node::Repeat(body, _) => begins_open(body),
        Node::Word(_) | Node::Cased(..) | Node::Start => false,
    })
}

fn nullable(seq: &[Node]) -> bool {
    seq.iter().all(|node| match node {
        Node::Gap(_) | Node::Repeat(..) | Node::Start => true,
        Node::Any(options) => options.iter().any(|option| nullable(option)),
        Node::Word(_) | Node::Cased(..) => false,
    })
}

/// The words a match of `seq` can begin with.
pub(super) fn first_words(seq: &[Node], sets: &[WordSet]) -> WordSet {
    let mut first = WordSet::default();
    for node in seq {
        match node {
            Node::Word(set) | Node::Cased(set, _) => {
                sets.get(*set as usize).into_iter().for_each(|set| first.extend(set));
            }
            Node::Any(options) => {
                options.iter().for_each(|option| first.extend(&first_words(option, sets)));
            }
            Node::Repeat(body, _) => first.extend(&first_words(body, sets)),
            Node::Gap(_) | Node::Start => {}
        }
        let may_be_empty = nullable(std::slice::from_ref(node));
        if !may_be_empty {
            break;
        }
    }
    first
}
