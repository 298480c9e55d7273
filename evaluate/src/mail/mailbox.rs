//! Scores the reading of a mailbox file against the index beside it.

use std::fs;
use std::io;
use std::path::Path;

use casebook_ingest::email::files;
use casebook_ingest::email::parse::{self, Limits};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::compare;
use super::table::{Outcome, Table};

/// Prints the scores for `load.mbox` in `folder`. Rows whose sources differ count as disputed.
pub fn score(folder: &Path, verbose: bool) -> io::Result<()> {
    let index = fs::read_to_string(folder.join("index.jsonl"))?;
    let rows: Vec<Value> = index
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let limits = Limits::default();
    let mut table = Table::default();
    let mut count = 0;
    for item in files::read(&[folder.join("load.mbox")], limits.mail_bytes as u64) {
        let raw = item.content.map_err(io::Error::other)?;
        let Some(row) = rows.get(count) else {
            count += 1;
            continue;
        };
        count += 1;
        let mail = parse::parse(&raw, &limits);
        let differ = row["parsers_differ"].as_array().cloned().unwrap_or_default();
        let squeezed = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let hash = hex::encode(Sha256::digest(squeezed.as_bytes()));
        let mut values = super::text_fields(&mail);
        values.push(("text_sha256", hash));
        for (field, found) in values {
            let wanted = row[field].as_str().unwrap_or_default();
            let disputed = differ.iter().any(|f| f.as_str().is_some_and(|f| field.starts_with(f)));
            let agrees = compare::same_text(&found, wanted, false);
            let detail = format!("{found:?} for {wanted:?}");
            table.add(&item.source, field, Outcome { agrees, disputed }, detail);
        }
        for (field, found) in super::lists(&mail) {
            let wanted = super::strings(&row[field]);
            let disputed = differ.iter().any(|name| name.as_str() == Some(field));
            let agrees = compare::same_list(&found, &wanted, false);
            let detail = format!("{found:?} for {wanted:?}");
            table.add(&item.source, field, Outcome { agrees, disputed }, detail);
        }
    }
    println!("== E_load: {count} mails read of {}", rows.len());
    table.print(verbose);
    Ok(())
}
