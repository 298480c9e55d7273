//! A whole run: mails taken into a log by intake, then both policies tried on it.

use std::time::Instant;

use bytes::Bytes;
use casebook_app::{Backtest, VerifyDecisions};
use casebook_domain::policy::Policy;
use casebook_tests::TestDatabase;
use casebook_tests::desk::{Desk, TENANT, operator, receive_raw, shipped, shipped_files};
use casebook_tests::letters::INBOX;
use futures::StreamExt;

use crate::samples::Sample;
use crate::tell;

/// Mails that are taken in at a time.
const PARALLEL: usize = 64;

/// Fills a log and tries a policy on it, then performs every decision again.
pub async fn run(samples: &[Sample], mails: u64) {
    let desk = Desk::open(TestDatabase::sqlite().await).await;
    let started = Instant::now();
    let taken = futures::stream::iter(0..mails).for_each_concurrent(PARALLEL, |number| {
        let sample = &samples[(number % samples.len() as u64) as usize];
        let raw = unique(&sample.raw, number);
        let app = desk.app.clone();
        async move {
            receive_raw(&app, raw, INBOX).await.expect("taken in");
        }
    });
    taken.await;
    tell("taken in", mails, started);
    let literal = Policy::from_entry(&shipped_files(TENANT), "sop-literal/policy.toml");
    for (what, against) in [("recorded", None), ("default", Some(shipped(TENANT)))] {
        let asked = Backtest {
            policy: literal.clone().expect("a policy"),
            against,
            from: None,
            to: None,
            messages_max: ("messages", u64::MAX),
            tickets_max: ("tickets", usize::MAX),
        };
        let started = Instant::now();
        let run = desk.app.backtest(&operator(), asked, |_| {}).await.expect("a run");
        let messages = run.ledger.totals().messages;
        tell(&format!("sop-literal against {what}, from the log"), messages, started);
    }
    let started = Instant::now();
    let check = desk.app.verify_decisions(&operator(), &VerifyDecisions::default(), |_| {}).await;
    let check = check.expect("checked");
    assert!(check.is_clean(), "{:?}", check.differing);
    tell("every decision performed again, from the log", mails, started);
}

/// The mail of another person with an identifier of its own.
fn unique(raw: &[u8], number: u64) -> Bytes {
    let text = String::from_utf8_lossy(raw);
    let mut mail =
        format!("Message-ID: <n{number}@bench.example>\r\nFrom: n{number}@bench.example\r\n");
    let named = |line: &str, name: &str| {
        line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let (head, body) = match text.split_once("\r\n\r\n") {
        Some(parts) => parts,
        None => text.split_once("\n\n").unwrap_or((&text, "")),
    };
    let mut left_out = false;
    for line in head.lines() {
        let folded = line.starts_with([' ', '\t']);
        if !folded {
            left_out = ["message-id:", "from:", "in-reply-to:", "references:"]
                .iter()
                .any(|name| named(line, name));
        }
        if !left_out {
            mail.push_str(line);
            mail.push_str("\r\n");
        }
    }
    mail.push_str("\r\n");
    mail.push_str(body);
    Bytes::from(mail)
}
