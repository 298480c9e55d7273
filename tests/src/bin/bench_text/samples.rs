//! The texts that are measured, of the sizes that the figures name.

use casebook_tests::mails::{body, mail};

/// About 2 kB written by a customer, in which no gate fires.
pub fn text() -> String {
    let text = body(11, false, false) + &body(13, false, false);
    cut(&text, 2_048)
}

/// About 2 kB that answer a mail and quote it.
pub fn reply() -> String {
    let earlier = body(17, false, false);
    let quoted: String = earlier.lines().map(|line| format!(">> {line}\r\n")).collect();
    cut(&(body(7, false, true) + &quoted), 2_048)
}

/// A whole mail of about 5 kB with an HTML part.
pub fn raw() -> Vec<u8> {
    let mails = (0..50).map(|number| mail(1, number));
    let near = mails.min_by_key(|mail| mail.raw.len().abs_diff(5_000));
    near.map(|mail| mail.raw).unwrap_or_default()
}

/// The text up to a number of bytes; it is ASCII.
fn cut(text: &str, bytes: usize) -> String {
    text[..text.len().min(bytes)].replace("\r\n", "\n")
}
