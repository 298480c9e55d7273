//! Medians over the rounds and the ratio to the bare appends.

use std::fmt::Write;

use casebook_store::Dialect;
use casebook_tests::report::{Figure, median};

const HEAD: &str = "| database | clients | what | a second | p50 ms | p99 ms | to append |\n\
     |---|---|---|---|---|---|---|\n";

/// A table in Markdown.
pub fn table(databases: &[Dialect], clients: &[usize], figures: &[Figure]) -> String {
    let mut text = HEAD.to_owned();
    for dialect in databases {
        let database = format!("{dialect:?}").to_lowercase();
        for &clients in clients {
            let of = |name: &str, value: fn(&Figure) -> f64| {
                let group = figures.iter().filter(|figure| {
                    figure.database == database && figure.clients == clients && figure.name == name
                });
                median(group.map(value).collect())
            };
            let floor = of("append", |figure| figure.per_second);
            for name in ["append", "intake/email", "intake/triage, gated"] {
                let rate = of(name, |figure| figure.per_second);
                let _ = writeln!(
                    text,
                    "| {database} | {clients} | {name} | {rate:.0} | {:.2} | {:.2} | {:.2} |",
                    of(name, |figure| figure.p50_ms),
                    of(name, |figure| figure.p99_ms),
                    if floor > 0.0 { rate / floor } else { 0.0 },
                );
            }
        }
    }
    text
}
