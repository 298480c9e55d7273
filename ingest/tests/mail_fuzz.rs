//! Generated and mutated mails through the whole parser.
//!
//! `CASEBOOK_FUZZ_SECONDS` (default 60) bounds the time; a longer run by hand finds more.

use std::time::{Duration, Instant};

use casebook_ingest::email::parse::{self, Limits};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Limits small enough that generated mails reach them.
fn limits() -> Limits {
    Limits {
        mail_bytes: 64 * 1024,
        parts: 50,
        nesting: 12,
        header_bytes: 4_000,
        header_fields: 60,
        field_bytes: 2_000,
        list_entries: 20,
        text_bytes: 8_000,
        html_bytes: 8_000,
        attachments: 20,
        name_chars: 100,
    }
}

fn budget() -> Duration {
    let seconds = std::env::var("CASEBOOK_FUZZ_SECONDS").ok().and_then(|value| value.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}

fn fixtures() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 15, "fixtures are missing");
    paths.iter().map(|path| std::fs::read(path).expect("a fixture")).collect()
}

/// Pieces that have a meaning somewhere in a mail.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\n\n",
    "\r",
    "\0",
    " ",
    "\t",
    "--",
    "--b\n",
    "--b--\n",
    "--x\n",
    ":",
    ";",
    "=",
    "\"",
    "<",
    ">",
    "(",
    ")",
    "@",
    ",",
    "\\",
    "%",
    "*",
    "'",
    "?",
    "=?",
    "?=",
    "=20",
    "=C3",
    "=\n",
    "=?utf-8?Q?=C3=A4?=",
    "=?iso-2022-jp?B?GyRCJDM=?=",
    "=?utf-7?q?+AOQ-?=",
    "=?x?b?////?=",
    "From ",
    "From: ",
    "To: ",
    "Cc: ",
    "Date: ",
    "Subject: ",
    "Message-ID: <a@b>\n",
    "References: <a@b> <c@d>\n",
    "In-Reply-To: ",
    "Return-Path: <>\n",
    "Auto-Submitted: ",
    "Content-Type: multipart/mixed; boundary=b\n\n",
    "Content-Type: multipart/mixed; boundary=x\n\n",
    "Content-Type: multipart/alternative; boundary=\"b\"\n",
    "Content-Type: message/rfc822\n\n",
    "Content-Type: text/html; charset=utf-16\n\n",
    "Content-Type: text/plain; charset=utf-7\n\n",
    "Content-Type: message/delivery-status\n\n",
    "Content-Type: text/calendar; method=REPLY\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n",
    "filename*0*=utf-8''%C3",
    "name=",
    "Content-Disposition: attachment; ",
    "<b>",
    "<blockquote>",
    "</p>",
    "<!--",
    "&#0;",
    "&amp",
    "> quoted\n",
    "On Monday A wrote:\n",
    "-- \n",
    "\u{FEFF}",
    "\u{202E}",
    "\u{1F600}",
    "é",
    "ß",
    "31 Feb 2026",
    "Mon, 2 Mar 2026 10:00:00 +0000\n",
    "99999999999999999999",
    "Status: 5.1.1\n",
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (0..PIECES.len()).prop_map(|index| PIECES[index].as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..12),
        1 => "[a-z]{1,12}".prop_map(String::into_bytes),
    ]
}

/// A change to a fixture: at a place (in thousandths), take some bytes out and put a piece in.
fn change() -> impl Strategy<Value = (usize, usize, Vec<u8>, usize)> {
    (0..1000usize, 0..40usize, piece(), 1..30usize)
}

fn mail(fixtures: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let count = fixtures.len();
    let mutated =
        (0..count, 0..count, vec(change(), 0..12)).prop_map(move |(one, other, changes)| {
            let mut mail = fixtures[one].clone();
            for (place, taken, piece, repeat) in changes {
                let at = mail.len() * place / 1000;
                let end = (at + taken).min(mail.len());
                let copies = if place % 10 == 0 { repeat } else { 1 };
                mail.splice(at..end, piece.repeat(copies));
                if place % 97 == 0 {
                    let from = fixtures[other].len() * place / 1000;
                    mail.extend_from_slice(&fixtures[other][from..]);
                }
            }
            mail
        });
    prop_oneof![3 => mutated, 1 => vec(piece(), 0..120).prop_map(|pieces| pieces.concat())]
}

/// Checks what must hold for every mail there is.
fn check(raw: &[u8]) -> Result<(), TestCaseError> {
    let limits = limits();
    let mail = parse::parse(raw, &limits);
    prop_assert!(!mail.problems.iter().any(|code| code == "parser_panic"), "a panic was caught");
    prop_assert_eq!(&mail, &parse::parse(raw, &limits), "the same mail gave two results");
    let json = serde_json::to_string(&mail).expect("a parsed mail is plain data");
    prop_assert!(!json.contains("\\u0000"), "NUL in a text");
    prop_assert!(mail.text.len() <= limits.text_bytes * 3, "text of {} bytes", mail.text.len());
    prop_assert!(mail.new_text.len() <= limits.text_bytes * 3);
    prop_assert!(mail.attachments.len() <= limits.attachments);
    prop_assert!(mail.to.len() <= limits.list_entries && mail.from.len() <= limits.list_entries);
    prop_assert!(mail.references.len() <= limits.list_entries);
    prop_assert!(json.len() <= 200_000, "result of {} bytes", json.len());
    for file in &mail.attachments {
        let bytes = parse::attachment_bytes(raw, file.part);
        if raw.len() < limits.mail_bytes
            && mail.problems.iter().all(|code| !code.ends_with("_limit"))
        {
            prop_assert_eq!(bytes.map(|bytes| bytes.len() as u64), Some(file.size_bytes));
        }
    }
    let mut again =
        b"Received: from one.example by two.example; Mon, 2 Mar 2026 10:00:00 +0000\n".to_vec();
    again.extend_from_slice(raw);
    // A new field in front may push out the last one where a limit is reached, and changes what a
    // first line means that is no field.
    let moved = |code: &String| {
        code.ends_with("_limit") || code == "no_header" || code == "malformed_header"
    };
    let plain = !mail.problems.iter().any(moved);
    if plain && raw.first().is_some_and(u8::is_ascii_alphabetic) && !raw.starts_with(b"From ") {
        let again = parse::parse(&again, &limits);
        prop_assert_eq!(
            again.content_digest,
            mail.content_digest,
            "a trace field moved the digest"
        );
    }
    Ok(())
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the seed of a fuzz run is meant to be new each time"
)]
fn no_mail_breaks_the_parser() {
    let begun = Instant::now();
    let fixtures = fixtures();
    for fixture in &fixtures {
        check(fixture).expect("a fixture is read");
    }
    let strategy = mail(fixtures);
    // The seed moves with the clock, so that every run tries other mails; a failure prints its mail.
    let mut seed = [7u8; 32];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    seed[..16].copy_from_slice(&now.as_nanos().to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut cases = 0u64;
    while begun.elapsed() < budget() {
        let mut tree = strategy.new_tree(&mut runner).expect("a mail");
        cases += 1;
        if check(&tree.current()).is_err() {
            let error = shrink(&mut tree);
            panic!("case {cases}: {error}");
        }
    }
    println!("{cases} mails in {:?}", begun.elapsed());
    assert!(cases > 0);
}

/// Makes the failing mail smaller, for at most a few seconds, and describes it.
fn shrink(tree: &mut impl ValueTree<Value = Vec<u8>>) -> String {
    let begun = Instant::now();
    let mut worst = tree.current();
    while begun.elapsed() < Duration::from_secs(10) && tree.simplify() {
        while check(&tree.current()).is_ok() && tree.complicate() {}
        if check(&tree.current()).is_err() {
            worst = tree.current();
        }
    }
    let error = check(&worst).expect_err("still fails");
    format!("{error}\nmail: {:?}", String::from_utf8_lossy(&worst))
}
