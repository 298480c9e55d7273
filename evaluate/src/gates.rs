//! Scores the gate policies of Protocol Raw on labelled sentences (`D_gates/gates.jsonl`).
//!
//! `sop-literal` is held against the literal reading of the table, the default against the
//! labelled intent with borderline lines left out; the literal table's own figures against
//! intent stand beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use casebook_domain::Timestamp;
use casebook_domain::gates::{Credit, GateFacts, GateInput, GateSet, Gates};
use serde::Deserialize;

const DEFAULT: &str = include_str!("../../tenants/protocol-raw/gates.toml");
const LITERAL: &str = include_str!("../../tenants/protocol-raw/sop-literal/gates.toml");

/// A gate that has no literal reading: the table describes it without words.
const WITHOUT_LITERAL: &str = "double_credit_request";

/// The context that stands with a sentence, for the gates that are not about words.
#[derive(Default, Deserialize)]
struct Context {
    #[serde(default)]
    contacts_last_7_days_incl_this: Option<u32>,
    #[serde(default)]
    has_recent_credit: bool,
}

/// One labelled sentence.
#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
    literal_plus_and: BTreeSet<String>,
    literal_plus_or: BTreeSet<String>,
    intent: BTreeSet<String>,
    borderline: bool,
    context: Option<Context>,
}

impl Case {
    /// The literal reading that the table has under the house's decision about "+".
    fn literal(&self) -> BTreeSet<String> {
        let social = "social_media_threat";
        let mut codes = self.literal_plus_or.clone();
        codes.remove(social);
        codes.extend(self.literal_plus_and.get(social).cloned());
        codes
    }

    fn facts(&self) -> GateFacts {
        let at = Timestamp::from_seconds(1_800_000_000);
        let context = self.context.as_ref();
        let contacts = context.and_then(|c| c.contacts_last_7_days_incl_this).unwrap_or(1);
        let earlier = |hours: u32| at.minus_days(0).plus_micros(-i64::from(hours) * 3_600_000_000);
        let credit = Credit {
            at: at.minus_days(10),
            amount_minor: 500,
            currency: "GBP".to_owned(),
            reason: "late delivery".to_owned(),
        };
        let has_credit = context.is_some_and(|c| c.has_recent_credit);
        GateFacts {
            at,
            contact_times: (0..contacts).map(earlier).collect(),
            recent_credits: has_credit.then_some(credit).into_iter().collect(),
        }
    }

    /// The codes that fire when the sentence is the whole text of a mail.
    fn fired(&self, gates: &Gates) -> BTreeSet<String> {
        let facts = self.facts();
        let input =
            GateInput { subject: "", new_text: &self.text, full_text: &self.text, facts: &facts };
        gates.evaluate(&input).fired().map(str::to_owned).collect()
    }
}

/// Hits and misses of a reading against the intent.
#[derive(Clone, Copy, Default)]
struct Tally {
    hit: u32,
    false_alarm: u32,
    missed: u32,
}

impl Tally {
    fn count(&mut self, fired: bool, meant: bool) {
        match (fired, meant) {
            (true, true) => self.hit += 1,
            (true, false) => self.false_alarm += 1,
            (false, true) => self.missed += 1,
            (false, false) => {}
        }
    }

    fn show(self) -> String {
        let share = |of: u32| match of {
            0 => "   -".to_owned(),
            _ => format!("{:.2}", f64::from(self.hit) / f64::from(of)),
        };
        let (recall, precision) =
            (share(self.hit + self.missed), share(self.hit + self.false_alarm));
        let Self { hit, false_alarm, missed } = self;
        format!("{recall}  {precision}  {hit:>3} {false_alarm:>3} {missed:>3}")
    }
}

/// The figures of one gate, or of all.
#[derive(Clone, Copy, Default)]
struct Row {
    disagree: u32,
    default: Tally,
    literal: Tally,
}

/// Prints the scores for the cases below `folder`.
pub fn score(folder: &Path, verbose: bool) -> io::Result<()> {
    let (literal, default) = (gates(LITERAL)?, gates(DEFAULT)?);
    let lines = std::fs::read_to_string(folder.join("gates.jsonl"))?;
    let cases: Vec<Case> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let codes: Vec<String> = default.codes().map(str::to_owned).collect();
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut agreeing = 0;
    for case in &cases {
        let (expected, by_literal) = (case.literal(), case.fired(&literal));
        let by_default = case.fired(&default);
        let mut agrees = true;
        for code in &codes {
            let row = rows.entry(code).or_default();
            let fired = by_literal.contains(code);
            if code != WITHOUT_LITERAL && fired != expected.contains(code) {
                row.disagree += 1;
                agrees = false;
            }
            if !case.borderline {
                let meant = case.intent.contains(code);
                row.default.count(by_default.contains(code), meant);
                row.literal.count(fired && code != WITHOUT_LITERAL, meant);
            }
        }
        agreeing += u32::from(agrees);
        if verbose {
            explain(case, &by_default, agrees);
        }
    }
    print(&codes, &rows);
    println!("sop-literal agrees with the literal reading in {agreeing} of {} lines", cases.len());
    Ok(())
}

fn gates(policy: &str) -> io::Result<Gates> {
    let compiled = GateSet::from_toml(policy).and_then(|set| set.compile());
    compiled.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn explain(case: &Case, by_default: &BTreeSet<String>, agrees: bool) {
    if !agrees {
        println!("{}  sop-literal differs from the literal reading", case.id);
    }
    if case.borderline || *by_default == case.intent {
        return;
    }
    for code in by_default.symmetric_difference(&case.intent) {
        let fault = if case.intent.contains(code) { "missed" } else { "false alarm" };
        println!("{}  {fault} {code}: {}", case.id, case.text.replace('\n', " "));
    }
}

fn print(codes: &[String], rows: &BTreeMap<&str, Row>) {
    println!("recall, precision, hits, false alarms and misses against intent:");
    println!("{:<22} literal off  {:<26} literal table", "gate", "default");
    let mut total = Row::default();
    for code in codes {
        let row = rows.get(code.as_str()).copied().unwrap_or_default();
        line(code, row);
        total.disagree += row.disagree;
        for (into, from) in [(&mut total.default, row.default), (&mut total.literal, row.literal)] {
            into.hit += from.hit;
            into.false_alarm += from.false_alarm;
            into.missed += from.missed;
        }
    }
    line("all", total);
}

fn line(name: &str, row: Row) {
    println!("{name:<22} {:>11}  {:<26} {}", row.disagree, row.default.show(), row.literal.show());
}
