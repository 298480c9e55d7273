//! Microseconds for what a mail's text goes through: all gates, new text against quoted history,
//! parsing; each beside a floor measured in the same rounds.
//!
//! Usage: `bench_text [--rounds N] [--seconds N]`, seconds for each measurement. It reads the
//! policies from `tenants/` of this source tree.

mod gates;
mod samples;
mod words;

use std::hint::black_box;
use std::time::{Duration, Instant};

use casebook_app::MailParser;
use casebook_ingest::EmailParser;
use casebook_ingest::email::new_text;
use casebook_tests::arguments::Arguments;
use casebook_tests::report::median;

/// One thing to measure: its name, the size of its input, and the work.
struct Subject {
    name: String,
    bytes: usize,
    floor: Option<usize>,
    work: Box<dyn Fn()>,
}

fn main() {
    let arguments = Arguments::read(&["rounds", "seconds"]);
    let (rounds, limit) = (arguments.number("rounds", 5), arguments.seconds("seconds", 0.5));
    let subjects = subjects();
    let mut micros: Vec<Vec<f64>> = subjects.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (subject, micros) in subjects.iter().zip(&mut micros) {
            micros.push(measure(&subject.work, limit));
        }
    }
    let micros: Vec<f64> = micros.into_iter().map(median).collect();
    println!("| what | bytes | us | to its floor |\n|---|---|---|---|");
    for (subject, took) in subjects.iter().zip(&micros) {
        let ratio =
            subject.floor.map_or_else(String::new, |at| format!("{:.1}", took / micros[at]));
        println!("| {} | {} | {took:.2} | {ratio} |", subject.name, subject.bytes);
    }
}

/// Everything that is measured; a floor comes before what is held against it.
fn subjects() -> Vec<Subject> {
    let mut subjects = Vec::new();
    let mail = samples::text();
    for (policy, path) in [
        ("default", "protocol-raw/gates.toml"),
        ("sop-literal", "protocol-raw/sop-literal/gates.toml"),
    ] {
        let (set, gates) = gates::read(path);
        let (floor, words) = words::regex_set(&set);
        let text = mail.clone();
        let at = add(
            &mut subjects,
            &format!("RegexSet of {words} trigger words of {policy}"),
            mail.len(),
            None,
            move || {
                black_box(floor.matches(black_box(&text)));
            },
        );
        assert!(gates::none_fires(&gates, &mail), "a gate fires: the text is not the ordinary one");
        let text = mail.clone();
        add(&mut subjects, &format!("all gates of {policy}"), mail.len(), Some(at), move || {
            black_box(gates::none_fires(&gates, black_box(&text)));
        });
    }
    let reply = samples::reply();
    let text = reply.clone();
    let at = add(&mut subjects, "trimming each line", reply.len(), None, move || {
        black_box(black_box(&text).lines().map(|line| line.trim().len()).sum::<usize>());
    });
    let text = reply.clone();
    add(&mut subjects, "new text of a reply", reply.len(), Some(at), move || {
        black_box(new_text::split(black_box(&text)));
    });
    parsing(&mut subjects);
    subjects
}

fn parsing(subjects: &mut Vec<Subject>) {
    let raw = samples::raw();
    let bytes = raw.clone();
    let at = add(subjects, "mail-parser, structure and text", raw.len(), None, move || {
        let mail = mail_parser::MessageParser::default().parse(black_box(&bytes));
        black_box(mail.and_then(|mail| mail.body_text(0).map(|text| text.len())));
    });
    let parser = EmailParser::default();
    let bytes = raw.clone();
    add(
        subjects,
        "parsing a mail, new text and digests included",
        raw.len(),
        Some(at),
        move || {
            black_box(parser.parse(black_box(&bytes)));
        },
    );
}

fn add(
    subjects: &mut Vec<Subject>,
    name: &str,
    bytes: usize,
    floor: Option<usize>,
    work: impl Fn() + 'static,
) -> usize {
    subjects.push(Subject { name: name.to_owned(), bytes, floor, work: Box::new(work) });
    subjects.len() - 1
}

/// Microseconds of one run of the work: the median over batches of about a millisecond.
fn measure(work: &dyn Fn(), limit: Duration) -> f64 {
    let begun = Instant::now();
    let mut batch = 1_u32;
    while time(work, batch) < Duration::from_millis(1) {
        batch *= 2;
    }
    let mut micros = Vec::new();
    while begun.elapsed() < limit {
        micros.push(time(work, batch).as_secs_f64() * 1e6 / f64::from(batch));
    }
    median(micros)
}

fn time(work: &dyn Fn(), times: u32) -> Duration {
    let begun = Instant::now();
    (0..times).for_each(|_| work());
    begun.elapsed()
}
