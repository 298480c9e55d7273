//! Medians over the rounds and ratios between the contenders.

use std::fmt::Write;

use casebook_tests::report::{Figure, median};

use crate::options::Options;

/// A table in Markdown: commands per second, latencies, and how often the peer's rate.
pub fn table(options: &Options, figures: &[Figure]) -> String {
    let mut text = String::from(
        "| database | clients | contender | commands/s | p50 ms | p99 ms | to insert | to peer |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for dialect in &options.databases {
        let database = format!("{dialect:?}").to_lowercase();
        for &clients in &options.clients {
            let group: Vec<_> = figures
                .iter()
                .filter(|figure| figure.database == database && figure.clients == clients)
                .collect();
            rows(&mut text, &database, clients, &group);
        }
    }
    text
}

fn rows(text: &mut String, database: &str, clients: usize, group: &[&Figure]) {
    let mut names: Vec<&str> = Vec::new();
    for figure in group {
        if !names.contains(&figure.name.as_str()) {
            names.push(&figure.name);
        }
    }
    let of = |name: &str, value: fn(&Figure) -> f64| {
        median(group.iter().filter(|f| f.name == name).map(|f| value(f)).collect())
    };
    let rate = |name: &str| of(name, |figure| figure.per_second);
    let peer = names.iter().find(|name| name.ends_with("-es")).map(|name| rate(name));
    for name in &names {
        let ratio = |base: f64| if base > 0.0 { rate(name) / base } else { 0.0 };
        let to_peer = peer.map_or_else(|| "-".to_owned(), |peer| format!("{:.2}", ratio(peer)));
        let _ = writeln!(
            text,
            "| {database} | {clients} | {name} | {:.0} | {:.2} | {:.2} | {:.2} | {to_peer} |",
            rate(name),
            of(name, |figure| figure.p50_ms),
            of(name, |figure| figure.p99_ms),
            ratio(rate("insert")),
        );
    }
}
