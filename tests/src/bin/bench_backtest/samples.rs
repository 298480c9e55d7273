//! The sample mails that ship with the program, as the parser reads them.

use std::path::Path;

use bytes::Bytes;
use casebook_app::MailParser;
use casebook_domain::Timestamp;
use casebook_domain::gates::GateFacts;
use casebook_domain::mail::ParsedMail;
use casebook_ingest::EmailParser;

/// A sample mail.
pub struct Sample {
    pub raw: Bytes,
    pub mail: ParsedMail,
    pub facts: GateFacts,
}

/// Reads them from this source tree.
pub fn read() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../casebook/samples/protocol-raw");
    let entries = std::fs::read_dir(&folder).expect("the sample mails");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let parser = EmailParser::default();
    let sample = |path| {
        let raw = Bytes::from(std::fs::read(path).expect("a mail"));
        let mail = parser.parse(&raw);
        let at = mail.date.unwrap_or(Timestamp::from_seconds(0));
        Sample { raw, facts: GateFacts::first_contact(at), mail }
    };
    paths.iter().map(sample).collect()
}
