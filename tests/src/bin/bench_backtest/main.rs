//! Messages per second that a policy is tried on: all gates alone, both verdicts with the ledger,
//! and a whole run from a log.
//!
//! Usage: `bench_backtest [--messages 1000000] [--threads N] [--logged 0]`. The texts are the
//! sample mails of `casebook/samples/protocol-raw`, one after the other; `--logged` is the number
//! of mails that are taken into a SQLite log first, for the whole run.

mod logged;
mod samples;

use std::num::NonZero;
use std::time::Instant;

use casebook_domain::backtest::{Contender, Ledger, MessageVerdict, PastMessage, Seen};
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::policy::Policy;
use casebook_tests::arguments::Arguments;
use casebook_tests::desk::{TENANT, shipped, shipped_files};
use casebook_tests::memory::peak_mib;
use samples::Sample;
use uuid::Uuid;

/// Messages of which both verdicts are kept at a time, as a page of the log gives them.
const PAGE: u64 = 2_000;

#[tokio::main]
async fn main() {
    let arguments = Arguments::read(&["messages", "threads", "logged"]);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (messages, threads) =
        (arguments.number("messages", 1_000_000), arguments.number("threads", cores as u64));
    let samples = samples::read();
    let default = Contender::new(shipped(TENANT)).expect("a sound policy");
    let literal = Policy::from_entry(&shipped_files(TENANT), "sop-literal/policy.toml");
    let literal = Contender::new(literal.expect("a policy")).expect("a sound policy");
    let bytes = samples.iter().map(|sample| sample.mail.text.len()).sum::<usize>() / samples.len();
    println!(
        "{} sample mails, {bytes} bytes of text in the mean, {threads} threads",
        samples.len()
    );
    println!("| what | messages | seconds | messages/s |\n|---|---|---|---|");
    gates(&default, "all gates of default", &samples, messages, threads);
    gates(&literal, "all gates of sop-literal", &samples, messages, threads);
    run(&default, &literal, &samples, messages, threads);
    println!("peak {:.0} MiB resident", peak_mib(std::process::id()));
    let logged = arguments.number("logged", 0);
    if logged > 0 {
        logged::run(&samples, logged).await;
    }
}

/// Tells one figure.
fn tell(what: &str, messages: u64, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    println!("| {what} | {messages} | {seconds:.2} | {:.0} |", messages as f64 / seconds);
}

/// The verdict on each message, nothing kept.
fn gates(contender: &Contender, what: &str, samples: &[Sample], messages: u64, threads: u64) {
    let started = Instant::now();
    let fired: u64 = std::thread::scope(|scope| {
        let work: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mine = (thread..messages).step_by(threads as usize);
                    let verdicts = mine.map(|number| judge(contender, samples, number));
                    verdicts.map(|verdict| verdict.gates.len() as u64).sum::<u64>()
                })
            })
            .collect();
        work.into_iter().map(|thread| thread.join().expect("a thread ends well")).sum()
    });
    assert!(fired > 0, "some of the samples are gated");
    tell(what, messages, started);
}

/// Both verdicts on each message, entered into a ledger page by page, and the totals.
fn run(before: &Contender, after: &Contender, samples: &[Sample], messages: u64, threads: u64) {
    let started = Instant::now();
    let mut ledger = Ledger::default();
    let mut first = 0;
    while first < messages {
        let page = first..(first + PAGE).min(messages);
        for (number, (before, after)) in
            page.clone().zip(both(before, after, samples, page, threads))
        {
            let id = Uuid::from_u128(u128::from(number) + 1);
            let seen = Seen {
                tenant: TENANT,
                ticket: TicketId(id),
                message: MessageId(id),
                position: number,
                opens: true,
            };
            ledger.message(&seen, &before, &after);
        }
        first += PAGE;
    }
    let totals = ledger.totals();
    assert_eq!((totals.messages, totals.tickets), (messages, messages));
    assert!(totals.changed > 0, "the policies differ on some of the samples");
    tell("default against sop-literal, ledger and totals", messages, started);
}

fn both(
    before: &Contender,
    after: &Contender,
    samples: &[Sample],
    page: std::ops::Range<u64>,
    threads: u64,
) -> Vec<(MessageVerdict, MessageVerdict)> {
    let numbers: Vec<u64> = page.collect();
    let part = numbers.len().div_ceil(threads as usize).max(1);
    std::thread::scope(|scope| {
        let work: Vec<_> = numbers
            .chunks(part)
            .map(|mine| {
                scope.spawn(move || {
                    let verdicts = |number: &u64| {
                        (judge(before, samples, *number), judge(after, samples, *number))
                    };
                    mine.iter().map(verdicts).collect::<Vec<_>>()
                })
            })
            .collect();
        work.into_iter().flat_map(|thread| thread.join().expect("a thread ends well")).collect()
    })
}

fn judge(contender: &Contender, samples: &[Sample], number: u64) -> MessageVerdict {
    let sample = &samples[(number % samples.len() as u64) as usize];
    contender.message(&PastMessage {
        inbox: "hello",
        subject: sample.mail.subject.as_deref(),
        new_text: &sample.mail.new_text,
        full_text: &sample.mail.text,
        facts: &sample.facts,
    })
}
