//! Scores on `B_replies`: new text against quoted history and signature.
//!
//! Each `text/NAME.txt` or `html/NAME.html` has a `NAME.json` with the value that the collection it
//! comes from expects, and what other tools give. Kinds of expectation that keep the signature
//! are compared with new text and signature, all others with the new text alone; white space is
//! collapsed, and left out altogether where the kind says so.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use casebook_ingest::email::html;
use casebook_ingest::email::new_text::{self, Split};
use serde::Deserialize;

/// Marks that a collection puts before lines to label them as signature; not part of the mail.
const LABEL: &str = "#sig#";
/// Our column in the table.
const OURS: &str = "casebook";

#[derive(Deserialize)]
struct Case {
    expected: Option<String>,
    expected_kind: Option<String>,
    #[serde(default)]
    outputs: BTreeMap<String, Option<String>>,
    consensus: Option<Consensus>,
}

#[derive(Deserialize)]
struct Consensus {
    text: String,
}

/// How often each tool gave what was expected.
#[derive(Default)]
struct Row {
    cases: usize,
    right: BTreeMap<String, usize>,
}

/// Prints the scores for the cases below `folder`.
///
/// # Errors
///
/// When a file cannot be read, or a `.json` is not of the form described above.
pub fn score(folder: &Path, verbose: bool) -> io::Result<()> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut agreement = Row::default();
    for (sub, extension) in [("text", "txt"), ("html", "html")] {
        for path in cases(&folder.join(sub))? {
            let case: Case = serde_json::from_slice(&fs::read(&path)?).map_err(io::Error::from)?;
            let input = fs::read(path.with_extension(extension))?;
            let input = String::from_utf8_lossy(&input).replace(LABEL, "");
            let is_html = extension == "html";
            let split = split(&input, is_html);
            grade(&case, &split, is_html, &path, verbose, &mut rows, &mut agreement);
        }
    }
    print(&rows, &agreement);
    Ok(())
}

fn cases(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn split(input: &str, is_html: bool) -> Split {
    if is_html {
        new_text::split(&html::to_text_marking_quotes(input))
    } else {
        new_text::split(input)
    }
}

fn grade(
    case: &Case,
    split: &Split,
    is_html: bool,
    path: &Path,
    verbose: bool,
    rows: &mut BTreeMap<String, Row>,
    agreement: &mut Row,
) {
    let Some(expected) = &case.expected else {
        if let Some(consensus) = &case.consensus {
            agreement.cases += 1;
            let same = collapse(&split.new_text) == collapse(&consensus.text)
                || collapse(&with_signature(split)) == collapse(&consensus.text);
            *agreement.right.entry(OURS.to_owned()).or_default() += usize::from(same);
            report(verbose && !same, "consensus", path, &consensus.text, split);
        }
        return;
    };
    let kind = case.expected_kind.clone().unwrap_or_default();
    let form = if is_html { "html" } else { "text" };
    let row = rows.entry(format!("{form}: {kind}")).or_default();
    row.cases += 1;
    let expected = if is_html { html::to_text(expected) } else { expected.replace(LABEL, "") };
    let given = if keeps_signature(&kind) { with_signature(split) } else { split.new_text.clone() };
    let same = normal(&given, is_html) == normal(&expected, is_html);
    *row.right.entry(OURS.to_owned()).or_default() += usize::from(same);
    for (tool, output) in &case.outputs {
        let same = output
            .as_ref()
            .is_some_and(|o| normal(&o.replace(LABEL, ""), is_html) == normal(&expected, is_html));
        *row.right.entry(tool.clone()).or_default() += usize::from(same);
    }
    report(verbose && !same, &kind, path, &expected, split);
}

/// Whether a kind of expectation has the signature in it.
fn keeps_signature(kind: &str) -> bool {
    kind.contains("signature kept")
}

fn with_signature(split: &Split) -> String {
    format!("{}\n{}", split.new_text, split.signature)
}

fn normal(text: &str, is_html: bool) -> String {
    if is_html { text.split_whitespace().collect() } else { collapse(text) }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn report(wanted: bool, kind: &str, path: &Path, expected: &str, split: &Split) {
    if !wanted {
        return;
    }
    println!("-- {} ({kind})", path.display());
    println!("expected:  {:?}", collapse(expected));
    println!("new text:  {:?}", collapse(&split.new_text));
    println!("signature: {:?}", collapse(&split.signature));
}

fn print(rows: &BTreeMap<String, Row>, agreement: &Row) {
    let mut total = Row::default();
    for row in rows.values() {
        total.cases += row.cases;
        for (tool, right) in &row.right {
            *total.right.entry(tool.clone()).or_default() += right;
        }
    }
    let mut tools: Vec<&String> = total.right.keys().filter(|tool| *tool != OURS).collect();
    tools.sort_by_key(|tool| std::cmp::Reverse(total.right.get(*tool)));
    print!("{:>5} {:>8}", "cases", OURS);
    tools.iter().for_each(|tool| print!(" {tool:>20}"));
    println!("  kind");
    for (kind, row) in rows {
        print_row(row, &tools, kind);
    }
    print_row(&total, &tools, "all with an expected value");
    let same = agreement.right.get(OURS).copied().unwrap_or(0);
    println!(
        "no expected value: {same} of {} as most other tools have it (with or without signature)",
        agreement.cases
    );
}

fn print_row(row: &Row, tools: &[&String], kind: &str) {
    let of = |tool: &str| row.right.get(tool).map_or("-".to_owned(), usize::to_string);
    print!("{:>5} {:>8}", row.cases, of(OURS));
    tools.iter().for_each(|tool| print!(" {:>20}", of(tool)));
    println!("  {kind}");
}
