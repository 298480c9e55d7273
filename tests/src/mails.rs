//! Mails for the benches: of 2 to 6 kB, each another, the same ones in every run.

use std::fmt::Write as _;

use crate::ids::mix;

/// The inbox that all of them are for.
pub const INBOX: &str = "hello@protocolraw.co.uk";

/// Sentences of ordinary letters, none of which makes a gate fire.
const PLAIN: [&str; 12] = [
    "Could you tell me when the next box is going to leave the warehouse?",
    "We moved house last month and I am not sure that the new address has reached you.",
    "The tracking page has said the same thing since Monday morning.",
    "I would like to change from the small box to the medium one if that is possible.",
    "Our neighbour took the parcel in, so please leave it at number twelve again next time.",
    "He is a very large puppy now and finishes his bowl in less than a minute.",
    "Is there a way to pause the subscription while we are away in the summer?",
    "The card that you have on file runs out at the end of this month.",
    "I have looked through the account pages and cannot find the invoice for last month.",
    "Thank you for the quick answer the other day, that was very helpful.",
    "Do you also deliver on Saturdays, and until what time do I have to order?",
    "A friend of mine told me about you and I have been curious ever since.",
];

/// Sentences each of which makes a gate fire.
const GATED: [&str; 5] = [
    "Since yesterday evening there is blood in his stool and we are very worried.",
    "She has been vomiting all night after eating the chicken recipe.",
    "I have spoken to my solicitor and we are going to take legal action.",
    "This is a formal complaint about how you have treated us.",
    "He has had diarrhoea for three days since we started with your food.",
];

/// A mail of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchMail {
    /// The whole mail.
    pub raw: Vec<u8>,
    /// Whether a sentence in it makes a gate fire.
    pub gated: bool,
    /// Whether it answers an earlier mail of the same client.
    pub reply: bool,
}

/// The mail `number` (from 0) of `client`: one in six is gated, two in five answer the mail before
/// them, every second has an HTML part beside its text.
pub fn mail(client: usize, number: u64) -> BenchMail {
    let seed = mix(((client as u64) << 40) + number + 1);
    let (gated, reply) = (seed.is_multiple_of(6), number % 5 == 2 || number % 5 == 4);
    let thread = if reply { number - 1 } else { number };
    let text = body(seed, gated, reply);
    let mut raw = headers(client, number, thread);
    if number.is_multiple_of(2) {
        raw.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\n");
        raw.push_str(&text);
    } else {
        alternative(&mut raw, seed, &text);
    }
    BenchMail { raw: raw.into_bytes(), gated, reply }
}

/// The text of a mail with this seed, with CRLF line ends.
pub fn body(seed: u64, gated: bool, reply: bool) -> String {
    let mut text = String::from("Hello,\r\n\r\n");
    for paragraph in 0..3 {
        for sentence in 0..4 {
            let at = mix(seed + paragraph * 16 + sentence) % PLAIN.len() as u64;
            text.push_str(PLAIN[at as usize]);
            text.push_str(if sentence.is_multiple_of(2) { " " } else { "\r\n" });
        }
        if gated && paragraph == 1 {
            text.push_str(GATED[(seed / 6) as usize % GATED.len()]);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
    }
    let _ = write!(text, "My reference is {seed:016x}.\r\n\r\nKind regards,\r\nAlex Example\r\n");
    if reply {
        text.push_str("\r\nOn Tue, 7 Apr 2026 at 10:15, Protocol Raw <hello@protocolraw.co.uk> ");
        text.push_str("wrote:\r\n> Hello Alex,\r\n>\r\n> thank you for writing to us.\r\n");
        for line in PLAIN.iter().take(6) {
            let _ = write!(text, "> {line}\r\n");
        }
        text.push_str(">\r\n> Best regards\r\n> Sophie\r\n");
    }
    text
}

fn headers(client: usize, number: u64, thread: u64) -> String {
    let mut raw = String::new();
    for hop in 0..3 {
        let _ = write!(
            raw,
            "Received: from mx{hop}.mail.example (mx{hop}.mail.example [192.0.2.{hop}])\r\n\
             \tby mx.protocolraw.co.uk with ESMTPS id {client:x}-{number:x}-{hop};\r\n\
             \tTue, 7 Apr 2026 10:15:0{hop} +0000\r\n"
        );
    }
    let _ = write!(
        raw,
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example; s=s1;\r\n\
         \th=from:to:subject:date:message-id; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;\r\n\
         \tb={:064x}{:064x}\r\n\
         Return-Path: <customer{client}.{thread}@mail.example>\r\n\
         From: \"Alex Example {client}\" <customer{client}.{thread}@mail.example>\r\n\
         To: Protocol Raw <{INBOX}>\r\n\
         Subject: {}My box {client}-{thread}\r\n\
         Date: Tue, 7 Apr 2026 10:15:00 +0000\r\n\
         Message-ID: <{client}.{number}@mail.example>\r\n\
         MIME-Version: 1.0\r\n",
        mix(number),
        mix(number + 1),
        if thread == number { "" } else { "Re: " },
    );
    if thread != number {
        let id = format!("<{client}.{thread}@mail.example>");
        let _ = write!(raw, "In-Reply-To: {id}\r\nReferences: {id}\r\n");
    }
    raw
}

/// Adds the text as plain text and as HTML.
fn alternative(raw: &mut String, seed: u64, text: &str) {
    let mark = format!("part-{seed:016x}");
    let _ = write!(
        raw,
        "Content-Type: multipart/alternative; boundary=\"{mark}\"\r\n\r\n\
         --{mark}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\
         --{mark}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>"
    );
    for line in text.lines() {
        let line = line.replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(raw, "<div>{line}</div>\r\n");
    }
    let _ = write!(raw, "</body></html>\r\n--{mark}--\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_of_the_stated_size_and_differ() {
        let mails: Vec<_> = (0..200).map(|number| mail(3, number)).collect();
        for mail in &mails {
            assert!((1_800..=6_200).contains(&mail.raw.len()), "{} bytes", mail.raw.len());
        }
        let mut distinct = mails.clone();
        distinct.sort_by(|one, other| one.raw.cmp(&other.raw));
        distinct.dedup();
        assert_eq!(distinct.len(), mails.len());
        assert_eq!(mail(3, 7), mails[7]);
        assert_eq!(mails.iter().filter(|mail| mail.reply).count(), 80);
        assert!((15..60).contains(&mails.iter().filter(|mail| mail.gated).count()));
    }
}
