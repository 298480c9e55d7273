//! Scores the built-in classifier on labelled texts (`C_texts/texts.jsonl`).
//!
//! No public collection has our categories, so there are two questions. *Learning*: for each
//! collection a policy is made whose categories are its labels, taught by a few of its rows and
//! asked about the others. *As shipped*: Protocol Raw's own policy is asked about the rows that
//! plainly belong to one of its categories, and about rows that belong to none, where it should be
//! unsure. Every answer goes through the same checks as in production.

mod policy;
mod tally;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use casebook_domain::policy::Policy;
use casebook_domain::triage::{MessageFacts, accept};
use casebook_triage::Request;
use casebook_triage::built_in::BuiltIn;
use serde::Deserialize;

use tally::Tally;

/// Collections to learn from: name, whether the group is the category, rows that teach one.
const COLLECTIONS: [(&str, bool, usize); 4] =
    [("bitext", true, 15), ("bitext", false, 15), ("banking77", false, 6), ("clinc150", false, 4)];
/// Most labels of a collection that are learnt; a policy has far fewer categories.
const LABELS_MAX: usize = 30;
/// Fewest rows that are asked about in a category that counts.
const ASKED_MIN: usize = 2;
/// Label of rows that belong to no category of their collection.
const OUT_OF_SCOPE: &str = "oos";
/// Collections that have nothing to do with dogs or parcels.
const FOREIGN: [&str; 3] = ["clinc150", "drugs", "amazon_de"];

/// One labelled text.
#[derive(Deserialize)]
struct Row {
    id: String,
    text: String,
    label: String,
    group: Option<String>,
    source: String,
    seed_category_hint: Option<String>,
}

/// Prints the scores for the texts below `folder`.
pub fn score(folder: &Path, verbose: bool) -> io::Result<()> {
    let lines = std::fs::read_to_string(folder.join("texts.jsonl"))?;
    let rows: Vec<Row> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for (source, by_group, teaching) in COLLECTIONS {
        let own: Vec<&Row> = rows.iter().filter(|row| row.source == source).collect();
        learning(source, &own, by_group, teaching, verbose)?;
    }
    shipped(&rows, verbose)
}

/// Teaches a few rows of each label and asks about the others.
fn learning(
    source: &str,
    rows: &[&Row],
    by_group: bool,
    teaching: usize,
    verbose: bool,
) -> io::Result<()> {
    let mut by_label: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.label != OUT_OF_SCOPE) {
        let label = if by_group { row.group.as_ref() } else { Some(&row.label) };
        by_label.entry(label.unwrap_or(&row.label).to_lowercase()).or_default().push(row);
    }
    by_label.retain(|_, rows| rows.len() >= teaching + ASKED_MIN);
    while by_label.len() > LABELS_MAX {
        by_label.pop_last();
    }
    if by_label.len() < 2 {
        return Ok(());
    }
    let examples = by_label.iter().map(|(label, rows)| {
        (label.clone(), rows.iter().take(teaching).map(|row| row.text.clone()).collect())
    });
    let asked = Asked::new(policy::with_categories(examples.collect())?, source);
    let mut tally = Tally::default();
    for (label, rows) in &by_label {
        for row in rows.iter().skip(teaching) {
            let (found, confidence) = asked.ask(&row.text)?;
            tally.count(label, &found, confidence);
            if verbose && found != *label {
                println!("{}  {label} taken for {found} ({confidence:.2})", row.id);
            }
        }
    }
    let kind = if by_group { "groups" } else { "labels" };
    println!(
        "-- {source}, {} {kind}, {teaching} rows teach each, {} rows asked",
        by_label.len(),
        tally.asked(),
    );
    tally.print(by_group);
    let foreign: Vec<f64> = rows
        .iter()
        .filter(|row| row.label == OUT_OF_SCOPE)
        .map(|row| Ok(asked.ask(&row.text)?.1))
        .collect::<io::Result<_>>()?;
    tally::print_foreign("rows out of scope", &foreign);
    Ok(())
}

/// Asks Protocol Raw's shipped policy.
fn shipped(rows: &[Row], verbose: bool) -> io::Result<()> {
    let asked = Asked::new(policy::protocol_raw()?, "shipped");
    let mut tally = Tally::default();
    for row in rows {
        let Some(hint) = &row.seed_category_hint else { continue };
        let (found, confidence) = asked.ask(&row.text)?;
        tally.count(hint, &found, confidence);
        if verbose && found != *hint {
            println!("{}  {hint} taken for {found} ({confidence:.2})", row.id);
        }
    }
    println!(
        "-- Protocol Raw as shipped, gates aside, {} rows with a plain category",
        tally.asked()
    );
    tally.print(true);
    for source in FOREIGN {
        let own = rows.iter().filter(|row| row.source == source);
        let foreign: Vec<f64> = own
            .filter(|row| row.seed_category_hint.is_none())
            .map(|row| Ok(asked.ask(&row.text)?.1))
            .collect::<io::Result<_>>()?;
        tally::print_foreign(&format!("foreign rows of {source}"), &foreign);
    }
    Ok(())
}

/// The built-in provider with the policy that it is asked under.
struct Asked {
    provider: BuiltIn,
    policy: Arc<Policy>,
    version: String,
}

impl Asked {
    fn new(policy: Policy, version: &str) -> Self {
        let version = version.to_owned();
        Self { provider: BuiltIn::new(), policy: Arc::new(policy), version }
    }

    /// The category and confidence that a text gets.
    fn ask(&self, text: &str) -> io::Result<(String, f64)> {
        let facts = MessageFacts { new_text: text.to_owned(), ..MessageFacts::default() };
        let request = Request::new(Arc::clone(&self.policy), self.version.clone(), facts);
        let raw = self.provider.answer(&request).map_err(io::Error::other)?;
        let accepted = accept(&self.policy, &request.facts, &raw)
            .map_err(|rejected| io::Error::other(format!("refused: {:?}", rejected.checks)))?;
        Ok((accepted.answer.category, accepted.answer.confidence.value()))
    }
}
