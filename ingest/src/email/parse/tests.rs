//! The parser as a whole, on the fixtures and on mail made to hurt.

use std::time::{Duration, Instant};

use casebook_domain::mail::{Automatic, TextSource};

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("fixture exists")
}

fn read(name: &str) -> ParsedMail {
    parse(&fixture(name), &Limits::default())
}

fn has(mail: &ParsedMail, code: &str) -> bool {
    mail.problems.iter().any(|problem| problem == code)
}

fn names(mail: &ParsedMail) -> Vec<&str> {
    mail.attachments.iter().filter_map(|file| file.name.as_deref()).collect()
}

#[test]
fn a_reply_gives_its_thread_and_text() {
    let mail = read("plain_thread");
    assert_eq!(mail.message_id.as_deref(), Some("thread-3@mail.example"));
    assert_eq!(mail.in_reply_to, ["thread-2@mail.example"]);
    assert_eq!(mail.references, ["thread-1@mail.example", "thread-2@mail.example"]);
    assert_eq!(mail.from[0].name.as_deref(), Some("Mara Holt"));
    assert_eq!(mail.to[0].address, "care@shop.example");
    assert_eq!(mail.date.map(|d| d.to_string()).as_deref(), Some("2026-03-03T08:15:00.000000Z"));
    assert!(mail.text.starts_with("Thank you, it came this morning.\n\nMara"), "{}", mail.text);
    assert!(mail.text.contains("It left our store"));
    assert_eq!((mail.automatic, mail.problems.len()), (None, 0));
}

#[test]
fn nested_parts_give_text_and_files() {
    let raw = fixture("nested_multipart");
    let mail = parse(&raw, &Limits::default());
    assert_eq!(mail.from[0].name.as_deref(), Some("Noor, A."));
    assert_eq!(mail.subject.as_deref(), Some("Bowl cracked – photo"));
    assert_eq!(mail.text, "The bowl was cracked – see the photo.");
    assert_eq!(mail.text_source, TextSource::Plain);
    assert_eq!(names(&mail), ["bowl.png", "receipt.pdf", "notes.txt"]);
    let image = &mail.attachments[0];
    assert_eq!(image.content_id.as_deref(), Some("bowl@mail.example"));
    assert!(image.inline && !mail.attachments[1].inline);
    let bytes = attachment_bytes(&raw, image.part).expect("the part exists");
    assert_eq!(bytes, b"\x89PNG\r\n\x1a\n");
    assert_eq!(image.size_bytes, 8);
    assert_eq!(attachment_bytes(&raw, 0), None);
    assert_eq!(attachment_bytes(&raw, 99), None);
}

#[test]
fn html_stands_in_for_missing_text() {
    let mail = read("html_only");
    assert_eq!(mail.text_source, TextSource::Html);
    assert!(mail.text.contains("Grüße,") && mail.text.contains("the box is too small."));
}

#[test]
fn charsets_are_declared_guessed_or_escaped() {
    let latin = read("raw_latin_headers");
    assert_eq!(latin.from[0].name.as_deref(), Some("Jörg Müller"));
    assert_eq!(latin.subject.as_deref(), Some("Größe falsch"));
    assert_eq!(latin.text, "Die Größe stimmt nicht.");
    let unknown = read("unknown_charset");
    assert!(unknown.text.starts_with("Können Sie mir bitte helfen?"), "{}", unknown.text);
    let japanese = read("japanese");
    assert_eq!(japanese.from[0].name.as_deref(), Some("山田"));
    assert_eq!(japanese.subject.as_deref(), Some("注文について"));
    assert_eq!(japanese.text, "荷物がまだ届きません。");
    let words = read("encoded_words");
    assert_eq!(words.from[0].name.as_deref(), Some("Änna Berg"));
    assert_eq!(words.subject.as_deref(), Some("Wo ist mäin Paket?ä"));
    assert_eq!(words.date.map(|d| d.to_string()).as_deref(), Some("2026-03-08T15:00:00.000000Z"));
}

#[test]
fn broken_structure_is_read_as_far_as_it_goes() {
    let open = read("broken_boundary");
    assert_eq!(open.text, "Inner text that is never closed.");
    assert_eq!(names(&open), ["dog.jpg"]);
    assert!(has(&open, "unclosed_multipart"));
    let none = read("missing_boundary");
    assert!(none.text.is_empty() && has(&none, "multipart_without_parts"));
    assert_eq!(none.attachments.len(), 1, "the body is kept as a file");
    let folds = read("folds_lost");
    assert_eq!(folds.from[0].address, "kim@home.example");
    assert_eq!(folds.subject.as_deref(), Some("folded subject"));
    assert_eq!(names(&folds), ["lost.zip"]);
    assert!(has(&folds, "malformed_header") && has(&folds, "no_message_id"));
}

#[test]
fn file_names_are_decoded() {
    assert_eq!(names(&read("rfc2231_names")), ["naïve plan.txt", "café.txt", "two words.txt"]);
}

#[test]
fn an_enclosed_mail_is_a_file_and_shows_its_files() {
    let raw = fixture("enclosed_mail");
    let mail = parse(&raw, &Limits::default());
    assert_eq!(mail.text, "Please see the forwarded mail.");
    assert_eq!(names(&mail), ["Invoice 7.eml", "invoice.png"]);
    let bytes = attachment_bytes(&raw, mail.attachments[0].part).expect("the part exists");
    assert!(bytes.starts_with(b"From: Shop") && bytes.ends_with(b"--g--"));
}

#[test]
fn delivery_reports_name_the_mail_that_bounced() {
    let mail = read("bounce_dsn");
    assert_eq!(mail.automatic, Some(Automatic::Bounce));
    let report = mail.bounce.expect("a report");
    assert_eq!(report.original_message_id.as_deref(), Some("reply-77@shop.example"));
    assert_eq!(report.recipient.as_deref(), Some("gone@home.example"));
    assert_eq!(report.action.as_deref(), Some("failed"));
    assert_eq!(report.status.as_deref(), Some("5.1.1"));
    assert_eq!(report.diagnostic.as_deref(), Some("550 5.1.1 no such mailbox here"));
    let old = read("bounce_text").bounce.expect("a report");
    assert_eq!(old.original_message_id.as_deref(), Some("reply-78@shop.example"));
    assert_eq!(old.recipient.as_deref(), Some("nobody@home.example"));
    assert_eq!(old.status.as_deref(), Some("5.1.1"));
    assert_eq!(old.action.as_deref(), Some("failed"));
}

#[test]
fn automatic_answers_and_lists_are_told_apart() {
    assert_eq!(read("auto_reply").automatic, Some(Automatic::AutoReply));
    assert_eq!(read("list_mail").automatic, Some(Automatic::List));
    assert_eq!(read("plain_thread").automatic, None);
}

#[test]
fn nul_and_impossible_dates_are_named() {
    let mail = read("nul_and_bad_date");
    assert_eq!(mail.subject.as_deref(), Some("Odd \u{FFFD} bytes"));
    assert_eq!(mail.text, "Text with \u{FFFD} inside.");
    assert_eq!(mail.date, None);
    assert!(has(&mail, "bad_date") && has(&mail, "nul_bytes"));
}

#[test]
fn mail_without_headers_is_all_text() {
    let mail = read("no_headers");
    assert_eq!(mail.text, "Only words, no header at all.\nSecond line.");
    assert!(has(&mail, "no_header") && has(&mail, "no_from"));
    assert_eq!(parse(b"", &Limits::default()).text, "");
}

#[test]
fn a_redelivery_has_the_same_digest() {
    let raw = String::from_utf8(fixture("nested_multipart")).expect("text");
    let digest = |raw: &str| parse(raw.as_bytes(), &Limits::default()).content_digest;
    let first = digest(&raw);
    assert_eq!(digest(&format!("Received: from a by b\n{raw}")), first);
    assert_eq!(digest(&raw.replace('\n', "\r\n")), first);
    assert_eq!(
        digest(&raw.replace("boundary=\"in\"", "boundary=zz").replace("--in", "--zz")),
        first
    );
    let recoded = raw.replace("quoted-printable", "8bit").replace("=E2=80=93 see", "– see");
    assert_eq!(digest(&recoded), first);
    assert_ne!(digest(&raw.replace("cracked", "broken")), first);
    assert_ne!(digest(&raw.replace("JVBERi0xLjQK", "JVBERi0xLjUK")), first);
}

/// Parses within a time that is far above what linear work needs, also in a debug build.
fn timely(raw: &[u8]) -> ParsedMail {
    let begun = Instant::now();
    let mail = parse(raw, &Limits::default());
    assert!(begun.elapsed() < Duration::from_secs(30), "took {:?}", begun.elapsed());
    assert_eq!(mail.content_digest.len(), 64);
    mail
}

#[test]
fn ten_thousand_attachments_are_counted_and_cut() {
    let part = "--b\nContent-Type: image/png; name=a.png\n\nx\n";
    let head = "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n";
    let mail = timely(format!("{head}{}--b--\n", part.repeat(10_000)).as_bytes());
    assert_eq!(mail.attachments.len(), Limits::default().attachments);
    assert!(has(&mail, "attachments_limit"));
    let mail = timely(format!("{head}{}--b--\n", part.repeat(30_000)).as_bytes());
    assert!(has(&mail, "parts_limit"));
}

#[test]
fn a_thousand_nested_parts_are_read_and_more_are_cut() {
    let nest = |depth: usize| {
        let mut raw = String::from("From: a@b.example\n");
        for level in 0..depth {
            raw += &format!("Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\n");
        }
        raw + "Content-Type: text/plain\n\ndeep text\n"
    };
    let mail = timely(nest(1_000).as_bytes());
    assert_eq!(mail.text, "deep text");
    assert!(has(&timely(nest(50_000).as_bytes()), "nesting_limit"));
}

#[test]
fn nested_mails_do_not_exhaust_the_stack() {
    let raw = format!("From: a@b.example\n{}", "Content-Type: message/rfc822\n\n".repeat(300_000));
    let mail = timely(raw.as_bytes());
    assert!(mail.attachments.len() <= Limits::default().attachments);
    let outer = "Content-Type: multipart/mixed; boundary=o\n\n--o\n";
    let mail = timely(format!("{outer}{raw}").as_bytes());
    assert!(has(&mail, "nesting_limit"));
}

#[test]
fn header_bombs_are_cut() {
    let many = "X-Filler: y\n".repeat(500_000);
    let mail = timely(format!("From: a@b.example\n{many}\nbody\n").as_bytes());
    assert_eq!((mail.from[0].address.as_str(), mail.text.as_str()), ("a@b.example", "body"));
    assert!(has(&mail, "header_limit"));
    let long = format!("Subject: {}\n", "=?utf-8?q?a".repeat(1_000_000));
    let mail = timely(format!("From: a@b.example\n{long}\nbody\n").as_bytes());
    assert!(has(&mail, "header_limit") && mail.subject.is_some_and(|s| s.len() <= 70_000));
    let crowd = format!("To: {}\n", "x@y.example,".repeat(5_000));
    let mail = timely(format!("From: a@b.example\n{crowd}\nbody\n").as_bytes());
    assert_eq!(mail.to.len(), Limits::default().list_entries);
    assert!(has(&mail, "list_limit"));
}

#[test]
fn hostile_fields_cost_linear_time() {
    for filler in
        ["\"\\\"", "<", "(", "=?=?", "=?a?q?", "a@", "a:", ";", "\\", "=?utf-8?b?=?=", ",<"]
    {
        let value = filler.repeat(60_000 / filler.len());
        let fields: String =
            ["From", "To", "Cc", "Subject", "References", "Date", "Content-Type", "Reply-To"]
                .iter()
                .map(|name| format!("{name}: {value}\n"))
                .collect();
        let mail = timely(format!("{fields}\nbody\n").as_bytes());
        assert!(mail.to.len() <= Limits::default().list_entries, "{filler}");
    }
}

#[test]
fn missing_boundaries_cost_one_pass() {
    let part = "--b\nContent-Type: multipart/mixed; boundary=never\n\n\n";
    let head = "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n";
    let filler = "some line of a long body\n".repeat(200_000);
    let mail = timely(format!("{head}{}{filler}", part.repeat(15_000)).as_bytes());
    assert!(has(&mail, "multipart_without_parts"));
}

#[test]
fn a_mail_of_25_mebibytes_is_read() {
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\n";
    let body = line.repeat(25 * 1024 * 1024 / line.len());
    let head = "From: a@b.example\nContent-Type: application/zip; name=a.zip\n";
    let mail = timely(format!("{head}Content-Transfer-Encoding: base64\n\n{body}").as_bytes());
    assert_eq!(names(&mail), ["a.zip"]);
    let text = timely(format!("From: a@b.example\n\n{body}").as_bytes());
    assert!(has(&text, "text_limit") && text.text.len() <= Limits::default().text_bytes);
    let small = Limits { mail_bytes: 1_000, ..Limits::default() };
    let cut = parse(format!("From: a@b.example\n\n{body}").as_bytes(), &small);
    assert!(has(&cut, "size_limit") && cut.text.len() < 1_000);
}

#[test]
fn a_panic_below_leaves_the_main_headers() {
    let mail = guarded(&fixture("plain_thread"), || panic!("a library gave up"));
    assert_eq!(mail.problems, ["parser_panic"]);
    assert_eq!(mail.from[0].address, "mara@home.example");
    assert_eq!(mail.message_id.as_deref(), Some("thread-3@mail.example"));
    assert_eq!(mail.content_digest.len(), 64);
}

#[test]
fn empty_files_are_files() {
    let raw = b"From: a@b.example\nContent-Type: application/zip; name=a.zip\n\n";
    let mail = parse(raw, &Limits::default());
    assert_eq!((mail.attachments[0].size_bytes, mail.text_source), (0, TextSource::None));
}
