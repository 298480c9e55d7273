//! Scores the mail parser on raw mails with agreed values.
//!
//! A folder of labelled mails holds `index.jsonl` (one row a mail: `mail`, `expected`) and beside
//! each mail a JSON file with the agreed values. The sibling folder `E_load`, where present, holds
//! a mailbox with an index of its main fields.

mod compare;
mod mailbox;
mod table;

use std::fs;
use std::io;
use std::path::Path;

use casebook_domain::mail::ParsedMail;
use casebook_ingest::email::automatic::Signals;
use casebook_ingest::email::parse::{self, Limits};
use serde_json::Value;

use table::{Outcome, Table};

/// Prints the scores for the mails in `folder`, and for the mailbox in its sibling `E_load`.
/// Values on which no two sources agree are skipped; disputed ones are counted apart.
pub fn score(folder: &Path, verbose: bool) -> io::Result<()> {
    let index = fs::read_to_string(folder.join("index.jsonl"))?;
    let limits = Limits::default();
    let mut table = Table::default();
    for row in index.lines().filter(|line| !line.trim().is_empty()) {
        let row: Value = serde_json::from_str(row).map_err(io::Error::other)?;
        let (Some(mail), Some(expected)) = (row["mail"].as_str(), row["expected"].as_str()) else {
            continue;
        };
        let raw = fs::read(folder.join(mail))?;
        let expected = fs::read_to_string(folder.join(expected))?;
        let expected: Value = serde_json::from_str(&expected).map_err(io::Error::other)?;
        let parsed = parse::parse(&raw, &limits);
        for (field, agrees, detail) in judge(&parsed, parse::signals(&raw), &expected) {
            let outcome = Outcome { agrees, disputed: names(&expected["disputed"], field) };
            if !names(&expected["unresolved"], field) {
                table.add(mail, field, outcome, detail);
            }
        }
    }
    table.print(verbose);
    let load = folder.with_file_name("E_load");
    if load.is_dir() {
        mailbox::score(&load, verbose)?;
    }
    Ok(())
}

fn names(list: &Value, field: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|item| item.as_str() == Some(field)))
}

fn lossy(expected: &Value, field: &str) -> bool {
    names(&expected["lossy"], field) || expected[field].to_string().contains('\u{FFFD}')
}

/// Compares every field; gives its name, whether it agrees, and what was found instead.
fn judge(
    mail: &ParsedMail,
    signals: Signals,
    expected: &Value,
) -> Vec<(&'static str, bool, String)> {
    let mut out = Vec::new();
    for (field, found) in text_fields(mail) {
        let wanted = expected[field].as_str().unwrap_or_default();
        let agrees = compare::same_text(&found, wanted, lossy(expected, field));
        out.push((field, agrees, format!("{found:?} for {wanted:?}")));
    }
    for (field, found) in lists(mail) {
        let wanted = strings(&expected[field]);
        let agrees = compare::same_list(&found, &wanted, lossy(expected, field));
        out.push((field, agrees, format!("{found:?} for {wanted:?}")));
    }
    let wanted = strings(&expected["attachment_names"]);
    let agrees = [false, true].iter().any(|&enclosed| {
        let found = compare::sorted(attachment_names(mail, enclosed));
        compare::same_list(&found, &wanted, lossy(expected, "attachment_names"))
    });
    let found = attachment_names(mail, true);
    out.push(("attachment_names", agrees, format!("{found:?} for {wanted:?}")));
    let wanted = expected["text_body"].as_str().unwrap_or_default();
    let words = expected["text_compare"].as_str() == Some("words");
    let agrees = compare::same_body(&mail.text, wanted, words, lossy(expected, "text_body"));
    out.push(("text_body", agrees, format!("{:?}\n      for {wanted:?}", mail.text)));
    for (field, found) in flags(mail, signals) {
        let wanted = expected[field].as_bool().unwrap_or_default();
        out.push((field, found == wanted, format!("{found}, signals {}", expected["signals"])));
    }
    out
}

fn text_fields(mail: &ParsedMail) -> Vec<(&'static str, String)> {
    let from = mail.from.first();
    let name = from.and_then(|mailbox| mailbox.name.clone()).unwrap_or_default();
    let address = from.map(|mailbox| mailbox.address.clone()).unwrap_or_default();
    vec![
        ("from_address", address),
        ("from_name", name),
        ("subject", mail.subject.clone().unwrap_or_default()),
        ("message_id", mail.message_id.clone().unwrap_or_default()),
        ("in_reply_to", mail.in_reply_to.first().cloned().unwrap_or_default()),
        ("date", date(mail)),
    ]
}

/// The date to the second, as the labels give it.
fn date(mail: &ParsedMail) -> String {
    mail.date.map(|date| format!("{}Z", &date.to_string()[..19])).unwrap_or_default()
}

fn lists(mail: &ParsedMail) -> Vec<(&'static str, Vec<String>)> {
    let to = mail.to.iter().map(|mailbox| mailbox.address.clone());
    let to = to.filter(|address| !address.is_empty()).collect();
    vec![("to", to), ("references", mail.references.clone())]
}

/// Names of the attachments; with or without those of enclosed mails, which may be ours.
fn attachment_names(mail: &ParsedMail, enclosed: bool) -> Vec<String> {
    mail.attachments
        .iter()
        .filter(|file| enclosed || !file.content_type.starts_with("message/"))
        .filter_map(|file| file.name.clone())
        .collect()
}

fn flags(mail: &ParsedMail, signals: Signals) -> Vec<(&'static str, bool)> {
    vec![
        ("is_auto_reply", signals.auto_reply),
        ("is_bounce", signals.bounce),
        ("is_list", signals.list),
        ("empty_body", mail.text.is_empty()),
    ]
}

fn strings(list: &Value) -> Vec<String> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
