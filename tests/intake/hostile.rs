//! Hostile and broken mail: whatever arrives is received, with a clear mark of what is wrong.

use std::sync::Arc;

use bytes::Bytes;
use casebook_app::{ContactRecord, MailParser, ReceivedAs};
use casebook_domain::conversation::MessageReceived;
use casebook_domain::mail::ParsedMail;
use casebook_ingest::EmailParser;
use casebook_tests::database::START;
use casebook_tests::desk::{Desk, DeskParts, TENANT, operator, receive_raw};
use casebook_tests::letters::{INBOX, Mail, mail};
use casebook_tests::{TestDatabase, both_databases};

both_databases!(
    mail_that_makes_the_parser_panic_is_received,
    size_limit_is_exact,
    ten_thousand_attachments,
    thousand_nested_parts,
    header_bombs,
    control_characters_fill_the_text,
    nul_bytes_everywhere,
    impossible_dates,
    mail_without_a_header_and_empty_mail,
);

/// Panics on mails that say so, as a bug in a parser would.
struct Fragile(EmailParser);

impl MailParser for Fragile {
    fn parse(&self, raw: &[u8]) -> ParsedMail {
        assert!(!raw.windows(9).any(|window| window == b"X-Poison:"), "a bug");
        self.0.parse(raw)
    }

    fn attachment(&self, raw: &[u8], part: u32) -> Option<Vec<u8>> {
        self.0.attachment(raw, part)
    }

    fn split(&self, text: &str) -> (String, String) {
        self.0.split(text)
    }
}

async fn mail_that_makes_the_parser_panic_is_received(database: TestDatabase) {
    let parser = Arc::new(Fragile(EmailParser::default()));
    let desk = Desk::with(database, DeskParts { parser, ..DeskParts::default() }).await;
    let poison = |id: &str| mail(id).add("X-Poison", "1");
    let large = poison("c").text(&"filling\r\n".repeat(60_000));
    let mut messages = Vec::new();
    for sent in [poison("a"), poison("b"), large] {
        let received = desk.receive(&sent).await;
        assert_eq!(received.outcome, ReceivedAs::Message, "no two of them are taken for one");
        assert!(received.ticket_id.is_some(), "a person has to look");
        let message = desk.message(&received).await;
        assert!(message.flags.contains(&"parser_panic".to_owned()), "{:?}", message.flags);
        let kept = desk.app.blob(TENANT, &message.receipt.sha256).await.expect("the raw mail");
        assert_eq!(kept, sent.raw());
        assert_eq!(desk.receive(&sent).await.outcome, ReceivedAs::Duplicate);
        messages.push(received.message_id);
    }
    messages.dedup();
    assert_eq!(messages.len(), 3);
    assert_eq!(desk.receive(&mail("d")).await.outcome, ReceivedAs::Message);
}

/// Receives raw bytes that must be received, and checks that the log is sound after it.
async fn received(desk: &Desk, raw: impl Into<Bytes>) -> MessageReceived {
    let raw = raw.into();
    let received = receive_raw(&desk.app, raw.clone(), INBOX).await.expect("it is received");
    assert_eq!(received.outcome, ReceivedAs::Message);
    let message = desk.message(&received).await;
    let kept = desk.app.blob(TENANT, &message.receipt.sha256).await.expect("the raw mail");
    assert_eq!(kept, raw);
    let check = desk.app.verify_log(&operator(), |_| {}).await.expect("a check");
    assert_eq!(check.problems, []);
    message
}

async fn size_limit_is_exact(database: TestDatabase) {
    const LIMIT: usize = 25 * 1024 * 1024;
    let desk = Desk::open(database).await;
    let head = mail("big").text("").raw().len();
    let line = "All the same, only more of it, so that the mail is as large as it may be.\r\n";
    let mut body = line.repeat(LIMIT / line.len() + 1).into_bytes();
    body.truncate(LIMIT - head);
    let message = received(&desk, mail("big").body(&body).raw()).await;
    assert_eq!(message.receipt.size_bytes, LIMIT as u64);
    let length = desk.length().await;
    body.push(b'x');
    let error = desk.try_receive(&mail("big2").body(&body)).await.expect_err("too large");
    assert_eq!(error.code(), "LIMIT");
    assert_eq!(desk.length().await, length);
}

fn multipart(id: &str, body: &str) -> Mail {
    mail(id)
        .add("MIME-Version", "1.0")
        .add("Content-Type", "multipart/mixed; boundary=b")
        .body(body.as_bytes())
}

async fn ten_thousand_attachments(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let mut body = "--b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n".to_owned();
    for n in 0..10_000 {
        body.push_str(&format!(
            "--b\r\nContent-Type: application/x-{long}\r\nContent-Disposition: attachment; \
             filename=\"{n}-{long}.bin\"\r\n\r\n{n}\r\n",
            long = "n".repeat(400)
        ));
    }
    body.push_str("--b--\r\n");
    let message = received(&desk, multipart("a", &body).raw()).await;
    assert!((10..=1000).contains(&message.attachments.len()), "{}", message.attachments.len());
    assert!(message.flags.contains(&"attachments_cut".to_owned()), "{:?}", message.flags);
    assert_eq!(message.new_words(), "See the files.");
}

async fn thousand_nested_parts(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let mut body = String::new();
    for n in 0..1000 {
        body.push_str(&format!(
            "--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n",
            n + 1
        ));
    }
    body.push_str("--b1000\r\nContent-Type: text/plain\r\n\r\nDown here.\r\n");
    let deep = mail("a").add("Content-Type", "multipart/mixed; boundary=b0").text(&body);
    let message = received(&desk, deep.raw()).await;
    assert!(message.ticket_id.is_some());
}

async fn header_bombs(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let name = "N".repeat(60_000);
    let people = |kind: &str| {
        let one =
            |n: usize| format!("\"{}\" <{kind}{n}@{}.example>", "Ü".repeat(900), "d".repeat(60));
        (0..25).map(one).collect::<Vec<_>>().join(", ")
    };
    let long_name =
        received(&desk, mail("name").from(&format!("\"{name}\" <a@example.net>")).raw()).await;
    assert_eq!(long_name.from.get().expect("an author").address, "a@example.net");
    let address = format!("{}@example.net", "a".repeat(60_000));
    received(&desk, mail("address").from(&address).raw()).await;
    let mut many = mail("many").header("Cc", &people("c")).header("Reply-To", &people("r"));
    for n in 0..40 {
        many = many.add("To", &people(&format!("t{n}-")));
    }
    received(&desk, many.raw()).await;
    let ids: Vec<String> = (0..3000).map(|n| format!("<{n}-{}@x>", "i".repeat(900))).collect();
    received(&desk, mail("ids").header("References", &ids.join("\r\n ")).raw()).await;
    received(&desk, mail("subject").subject(&"S".repeat(200_000)).raw()).await;
    received(&desk, mail(&"m".repeat(50_000)).raw()).await;
    let mut fields = mail("fields");
    for n in 0..20_000 {
        fields = fields.add(&format!("X-Field-{n}"), "value");
    }
    received(&desk, fields.raw()).await;
}

async fn control_characters_fill_the_text(database: TestDatabase) {
    let desk = Desk::open(database).await;
    // Each of these takes six bytes in JSON; history and signature make two texts of them.
    let words = "\u{1}".repeat(31_000);
    let text =
        format!("{words}\r\n\r\nOn Tue, 7 Apr 2026 at 10:00, Support wrote:\r\n> {words}\r\n");
    received(&desk, mail("a").text(&text).raw()).await;
    received(&desk, mail("b").body(&vec![0xff; 60_000]).raw()).await;
}

async fn nul_bytes_everywhere(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let sent = mail("a\0b")
        .from("\"A\0nn\" <an\0n@example.net>")
        .subject("Qu\0estion")
        .header("References", "<r\0@x>")
        .header("Cc", "\"B\0\" <b\0@example.net>")
        .text("Wo\0rds, my dog\0 vomited.\r\n");
    let message = received(&desk, sent.raw()).await;
    assert!(message.flags.contains(&"nul_bytes".to_owned()), "{:?}", message.flags);
    let parts = "--b\r\nContent-Type: text/plain; name=\"a\0b\"\r\nContent-ID: <c\0>\r\n\
                 Content-Disposition: attachment; filename=\"f\0.txt\"\r\n\r\nx\0y\r\n--b--\r\n";
    received(&desk, multipart("c", parts).raw()).await;
    let person = r#"{"email":"an@example.net","name":"A\u0000 B","box_size":"\u0000",
        "subscription":{"status":"\u0000","plan":"\u0000"},"customer_id":"7\u0000"}"#;
    let person: ContactRecord = serde_json::from_str(person).expect("a record");
    desk.app.import_contact(&operator(), TENANT, person).await.expect("imported");
    for event in desk.log().await {
        assert!(!event.payload.contains("\\u0000"), "{} holds a NUL", event.event_type);
    }
}

async fn impossible_dates(database: TestDatabase) {
    let desk = Desk::open(database).await;
    for (n, date) in [
        "Wed, 99 Foo 2026 99:99:99 +9999",
        "Mon, 1 Jan 0001 00:00:00 +0000",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Fri, 31 Dec 99999 23:59:59 +0000",
        "Thu, 1 Jan -5000 00:00:00 +0000",
        "9223372036854775807",
        "",
        "\u{1}\u{2}",
    ]
    .into_iter()
    .enumerate()
    {
        let sent = mail(&format!("d{n}")).from(&format!("p{n}@example.net")).header("Date", date);
        received(&desk, sent.raw()).await;
        let old = mail(&format!("o{n}")).from(&format!("p{n}@example.net")).header("Date", date);
        let old = desk.import(&old).await;
        assert!(desk.message(&old).await.counted_at() <= START, "{date}");
    }
    // What was stored can be read again by a process that starts afresh.
    let desk = desk.restart().await;
    desk.receive(&mail("last")).await;
}

async fn mail_without_a_header_and_empty_mail(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let bare = received(&desk, &b"just words, no header at all, my dog vomited"[..]).await;
    assert!(bare.ticket_id.is_some());
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    received(&desk, binary).await;
    let nothing = receive_raw(&desk.app, Bytes::new(), INBOX).await.expect("received");
    assert!(matches!(nothing.outcome, ReceivedAs::SetAside(_)), "{:?}", nothing.outcome);
    let again = receive_raw(&desk.app, Bytes::new(), INBOX).await.expect("received");
    assert_eq!(again.outcome, ReceivedAs::Duplicate);
}
