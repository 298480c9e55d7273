//! Composed mail, read back with a parser that is not ours.

use bytes::Bytes;
use casebook_app::{ComposeError, MailComposer, OutgoingMail};
use casebook_domain::Timestamp;
use casebook_domain::mail::Mailbox;
use casebook_outbound::Composer;
use mail_parser::{HeaderValue, Message, MessageParser};
use proptest::prelude::*;

use crate::line::Line;

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: Some(name.to_owned()), address: address.to_owned() }
}

fn mail() -> OutgoingMail {
    OutgoingMail {
        from: mailbox("Sophie", "support@shop.example"),
        to: mailbox("Jürgen \"JJ\" Müller", "jj@bücher.example"),
        reply_to: None,
        subject: "Re: [Support] Lieferung für Bella 🐕".to_owned(),
        text: "Hallo Jürgen,\n\nalles gut.\n\nSophie\nShop".to_owned(),
        message_id: "0a1b2c@shop.example".to_owned(),
        in_reply_to: Some("q2@mail.example".to_owned()),
        references: vec!["q1@mail.example".to_owned(), "q2@mail.example".to_owned()],
        date: "2026-04-08T09:30:00.5Z".parse().expect("an instant"),
        auto_submitted: false,
    }
}

fn composed(mail: &OutgoingMail) -> Bytes {
    Composer.compose(mail).expect("a mail")
}

fn parsed(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).expect("a mail")
}

/// Holds for every mail, whatever is in it: ASCII lines of bearable length with correct ends, one
/// header whose fields are ours.
fn assert_sound(raw: &[u8]) {
    assert!(raw.is_ascii() && !raw.contains(&0));
    let text = std::str::from_utf8(raw).expect("ASCII");
    for line in text.split_inclusive("\r\n") {
        let line = line.strip_suffix("\r\n").expect("CRLF at every line end");
        let odd = line.contains(|c: char| c.is_control() && c != '\t');
        assert!(!odd && line.len() <= 998, "{line}");
    }
    let ours = [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];
    let (header, _) = text.split_once("\r\n\r\n").expect("an end of the header");
    let mut seen = Vec::new();
    for line in header.split("\r\n").filter(|line| !line.starts_with(' ')) {
        let (name, _) = line.split_once(':').expect("a field");
        assert!(ours.contains(&name) && !seen.contains(&name), "{line}");
        seen.push(name);
    }
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    value.clone().into_text_list().unwrap_or_default().iter().map(|id| id.to_string()).collect()
}

/// The text as a reader of flowed text joins it.
fn joined(message: &Message<'_>) -> String {
    let wire = message.body_text(0).expect("a text").replace("\r\n", "\n");
    let mut out = String::new();
    for line in wire.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        out.push_str(line);
        if !line.ends_with(' ') {
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

#[tokio::test]
async fn a_reply_is_read_back_as_it_was_meant() {
    let line = Line::scripted([[]]).await;
    let raw = composed(&mail());
    line.send_raw(raw.clone()).await.expect("taken");
    let caught = line.caught().remove(0).raw;
    assert_eq!(caught, raw, "nothing changes on the way");
    assert_sound(&caught);
    let message = parsed(&caught);
    assert_eq!(message.subject(), Some(mail().subject.as_str()));
    let from = message.from().and_then(|from| from.first()).expect("an author");
    assert_eq!((from.name(), from.address()), (Some("Sophie"), Some("support@shop.example")));
    let to = message.to().and_then(|to| to.first()).expect("a recipient");
    assert_eq!(to.name(), Some("Jürgen \"JJ\" Müller"));
    assert_eq!(to.address(), Some("jj@xn--bcher-kva.example"));
    assert_eq!(message.message_id(), Some("0a1b2c@shop.example"));
    assert_eq!(ids(message.in_reply_to()), ["q2@mail.example"]);
    assert_eq!(ids(message.references()), ["q1@mail.example", "q2@mail.example"]);
    assert_eq!(
        message.date().map(|date| date.to_rfc3339()).as_deref(),
        Some("2026-04-08T09:30:00Z")
    );
    assert_eq!(joined(&message), mail().text);
    let text = String::from_utf8(caught.clone()).expect("ASCII");
    assert!(text.contains("Date: Wed, 8 Apr 2026 09:30:00 +0000\r\n"), "{text}");
    assert!(text.contains("Content-Type: text/plain; charset=utf-8; format=flowed\r\n"));
    assert!(text.contains("MIME-Version: 1.0\r\n") && !text.contains("Auto-Submitted"));
}

#[test]
fn the_same_mail_gives_the_same_bytes() {
    assert_eq!(composed(&mail()), composed(&mail()));
}

#[test]
fn only_automatic_mail_is_marked_as_such() {
    let raw = composed(&OutgoingMail { auto_submitted: true, ..mail() });
    assert_sound(&raw);
    let text = String::from_utf8(raw.to_vec()).expect("ASCII");
    assert!(text.contains("\r\nAuto-Submitted: auto-generated\r\n"));
    assert!(text.contains("\r\nX-Auto-Response-Suppress: All\r\n"));
}

#[test]
fn a_first_mail_has_no_thread_and_answers_may_go_elsewhere() {
    let reply_to = Some(mailbox("", "inbox@shop.example"));
    let first = OutgoingMail { in_reply_to: None, references: Vec::new(), reply_to, ..mail() };
    let raw = composed(&first);
    let text = String::from_utf8(raw.to_vec()).expect("ASCII");
    assert!(!text.contains("In-Reply-To") && !text.contains("References"));
    assert!(text.contains("\r\nReply-To: inbox@shop.example\r\n"));
}

#[test]
fn a_long_thread_stays_within_limits() {
    let references: Vec<String> = (0..2000).map(|n| format!("{n:0200}@mail.example")).collect();
    let raw = composed(&OutgoingMail { references: references.clone(), ..mail() });
    assert_sound(&raw);
    let kept = ids(parsed(&raw).references());
    assert_eq!(
        (kept.first(), kept.last().map(String::as_str)),
        (references.first(), Some("q2@mail.example"))
    );
    assert!(kept.len() > 5 && kept.len() <= 20);
}

#[test]
fn what_cannot_be_a_mail_is_refused() {
    let refused = |mail: OutgoingMail| Composer.compose(&mail).expect_err("refused");
    for bad in ["", "nobody", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example"] {
        let error = refused(OutgoingMail { to: mailbox("Kim", bad), ..mail() });
        assert_eq!(error, ComposeError::Address { field: "To" }, "{bad}");
        let error = refused(OutgoingMail { from: mailbox("Kim", bad), ..mail() });
        assert_eq!(error, ComposeError::Address { field: "From" }, "{bad}");
    }
    for bad in ["", "no-domain", "a b@c", "<a@b>", "a@b\r\nBcc: c@d.example"] {
        let error = refused(OutgoingMail { message_id: bad.to_owned(), ..mail() });
        assert_eq!(error, ComposeError::MessageId, "{bad}");
    }
    for micros in [i64::MIN, -1, i64::MAX] {
        let error = refused(OutgoingMail { date: Timestamp::from_micros(micros), ..mail() });
        assert_eq!(error, ComposeError::Date, "{micros}");
    }
}

#[test]
fn long_lines_are_kept_whole() {
    let words = "Ein längerer Satz mit Ümläuten und 🐈. ".repeat(300);
    let unbroken = "https://shop.example/".to_owned() + &"x".repeat(5000);
    let text = format!("{words}\n\n{unbroken}\n{}", "犬".repeat(2000));
    let raw = composed(&OutgoingMail { text: text.clone(), ..mail() });
    assert_sound(&raw);
    assert_eq!(joined(&parsed(&raw)), text.replace(" \n", "\n"));
}

proptest! {
    #[test]
    fn no_text_breaks_a_mail(
        subject in "(?s:.|[\\x00-\\x20]|=\\?){0,60}",
        name in "(?s:.|[\\x00-\\x20]|=\\?){0,60}",
        text in "(?s:.|[\\x00-\\x20]|=\\?){0,60}",
        id in "(?s:.|[\\x00-\\x20]|=\\?){0,60}",
    ) {
        let from = mailbox(&name, "support@shop.example");
        let references = vec![id.clone(), "q1@mail.example".to_owned()];
        let in_reply_to = Some(id);
        let written =
            OutgoingMail { from, subject: subject.clone(), text, in_reply_to, references, ..mail() };
        let raw = composed(&written);
        assert_sound(&raw);
        let message = parsed(&raw);
        let spaced: String =
            subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let plain = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(message.subject().unwrap_or_default(), plain);
        prop_assert_eq!(message.from().and_then(|from| from.first()).and_then(|from| from.address()),
            Some("support@shop.example"));
    }
}
