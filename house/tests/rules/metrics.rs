//! The chapter on measurements lists every metric that the code has, as it is, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use casebook_house::{code, files, text};

/// Macros that make metrics, and the type under which Prometheus shows them.
const MACROS: [(&str, &str); 3] =
    [("counter", "counter"), ("gauge", "gauge"), ("histogram", "summary")];

/// A metric as the code or the chapter has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Metric {
    kind: String,
    /// Names of its labels; `None` where the code does not say them in place.
    labels: Option<BTreeSet<String>>,
}

type Metrics = BTreeMap<String, Metric>;

/// Texts between double quotes. Code that makes metrics has no escaped quotes in them.
fn literals(code: &str) -> Vec<&str> {
    code.split('"').skip(1).step_by(2).collect()
}

/// What stands between the brackets of a macro whose opening bracket has been read.
fn arguments(rest: &str) -> &str {
    let mut open = 1;
    let end = rest.find(|c| {
        open += i32::from(c == '(') - i32::from(c == ')');
        open == 0
    });
    &rest[..end.unwrap_or(rest.len())]
}

/// Labels of a macro's arguments: `"name" => value` each.
fn labels(arguments: &str) -> Option<BTreeSet<String>> {
    if arguments.contains('&') {
        return None;
    }
    let parts = arguments.split("=>");
    let label = |part: &str| literals(part).last().map(|name| (*name).to_owned());
    let count = arguments.matches("=>").count();
    Some(parts.take(count).filter_map(label).collect())
}

/// Metrics that a file makes. A name that is no literal in place is one of the file's others that
/// begin as ours do.
fn made(code: &str) -> Metrics {
    let mut found = Metrics::new();
    let mut indirect = None;
    for (name, kind) in MACROS {
        for rest in code.split(&format!("metrics::{name}!(")).skip(1) {
            let arguments = arguments(rest);
            let metric = Metric { kind: kind.to_owned(), labels: labels(arguments) };
            if arguments.trim_start().starts_with('"') {
                found.insert(literals(arguments)[0].to_owned(), metric);
            } else {
                let before = indirect.replace(metric.clone());
                assert!(before.is_none_or(|before| before == metric), "cannot tell which is which");
            }
        }
    }
    if let Some(metric) = indirect {
        for name in literals(code).into_iter().filter(|name| name.starts_with("casebook_")) {
            found.entry(name.to_owned()).or_insert_with(|| metric.clone());
        }
    }
    found
}

/// Words between code marks.
fn words(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Metrics that the chapter lists; each must have a unit and a meaning.
fn listed(chapter: &str) -> Metrics {
    let (_, table) = chapter.split_once("## Measurements").expect("a section");
    let mut found = Metrics::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, unit, meaning] = cells[..] else { panic!("five cells: {line}") };
        assert!(!unit.is_empty() && !meaning.is_empty(), "{line}");
        let metric = Metric { kind: kind.to_owned(), labels: Some(words(labels)) };
        let before = found.insert(name.trim_matches('`').to_owned(), metric);
        assert!(before.is_none(), "twice: {line}");
    }
    found
}

#[test]
fn every_metric_is_in_the_chapter_as_it_is() {
    let listed = listed(&text(Path::new("docs/telemetry.md")));
    let mut known = Metrics::new();
    for path in files(".rs") {
        for (name, metric) in made(&code(&path)) {
            let before = known.entry(name.clone()).or_insert_with(|| metric.clone());
            assert_eq!(*before, metric, "{name} has two forms, one in {}", path.display());
        }
    }
    for (name, metric) in &mut known {
        if metric.labels.is_none() {
            metric.labels = listed.get(name).and_then(|listed| listed.labels.clone());
        }
    }
    assert_eq!(listed, known, "docs/telemetry.md, and the code");
}

#[test]
fn metrics_are_found_in_code() {
    let direct = "metrics::counter!(\n    \"casebook_a_total\",\n    \"kind\" => name(1),\n    \
                  \"way\" => \"in\"\n).increment(1);";
    let found = made(direct);
    let labels = BTreeSet::from(["kind".to_owned(), "way".to_owned()]);
    assert_eq!(found["casebook_a_total"].labels.as_ref(), Some(&labels));
    assert_eq!((found.len(), found["casebook_a_total"].kind.as_str()), (1, "counter"));
    let indirect = "tell(\"casebook_b\", 1); tell(\"other\", 2); metrics::gauge!(name).set(1.0);";
    let gauge = Metric { kind: "gauge".to_owned(), labels: Some(BTreeSet::new()) };
    assert_eq!(made(indirect), Metrics::from([("casebook_b".to_owned(), gauge)]));
}
