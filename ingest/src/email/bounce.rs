//! What a delivery report says (RFC 3464, and the older forms of qmail, Exim, Postfix and others).

use casebook_domain::mail::BounceReport;

use super::parse::part_bytes;
use super::parse::{Headers, Part, enclosed_headers, header_ids};

/// Characters of a diagnostic that are kept.
const DIAGNOSTIC_CHARS: usize = 1_000;
/// Bytes of a raw body that are read where a report has no text.
const RAW_BYTES: usize = 64 * 1024;
/// Lines of the text of an older report that are looked at.
const TEXT_LINES: usize = 2_000;

/// Reads the report out of the parts of a mail and its text.
pub(super) fn report(parts: &[Part<'_>], text: &str) -> BounceReport {
    let mut report = BounceReport::default();
    for part in parts {
        match part.content_type.kind.as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                delivery_status(&part_bytes(part), &mut report);
            }
            "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers" => {
                returned(&part_bytes(part), &mut report);
            }
            _ if part.is_mail() && part.parent.is_some() => {
                returned(&part_bytes(part), &mut report);
            }
            _ => {}
        }
    }
    if let Some(root) = parts.first() {
        from_headers(&root.headers, &mut report);
    }
    match parts.first() {
        // A report whose structure is broken still says in its raw body what happened.
        Some(root) if text.is_empty() => {
            let body = &root.body[..root.body.len().min(RAW_BYTES)];
            from_text(&String::from_utf8_lossy(body).replace('\0', "\u{FFFD}"), &mut report);
        }
        _ => from_text(text, &mut report),
    }
    report
}

/// Reads the blocks of a delivery-status part; the first recipient that failed counts most.
fn delivery_status(body: &[u8], report: &mut BounceReport) {
    let text = String::from_utf8_lossy(body).replace("\r\n", "\n").replace('\0', "\u{FFFD}");
    let mut best: Option<(bool, BounceReport)> = None;
    for block in text.split("\n\n") {
        let found = recipient_block(block);
        if found.recipient.is_none() && found.action.is_none() && found.status.is_none() {
            continue;
        }
        let failed = found.action.as_deref() == Some("failed");
        if best.as_ref().is_none_or(|(known, _)| failed && !known) {
            best = Some((failed, found));
        }
    }
    if let Some((_, found)) = best {
        report.recipient = report.recipient.take().or(found.recipient);
        report.action = report.action.take().or(found.action);
        report.status = report.status.take().or(found.status);
        report.diagnostic = report.diagnostic.take().or(found.diagnostic);
    }
}

/// The fields of one block, folds joined.
fn recipient_block(block: &str) -> BounceReport {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let get = |wanted: &str| {
        fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    };
    let typed = |value: &str| {
        value
            .split_once(';')
            .map_or(value, |(_, rest)| rest)
            .trim()
            .trim_matches(['<', '>'])
            .to_owned()
    };
    let recipient = get("final-recipient").or_else(|| get("original-recipient")).map(typed);
    BounceReport {
        original_message_id: None,
        recipient: recipient.map(|r| r.to_lowercase()).filter(|r| !r.is_empty()),
        action: get("action")
            .and_then(|value| value.split([' ', '(', ';']).next().map(str::to_ascii_lowercase)),
        status: get("status").and_then(status_code),
        diagnostic: get("diagnostic-code").map(typed).map(|text| cut(&text)),
    }
}

/// The first enhanced status code (RFC 3463) in `text`, such as `5.1.1`.
fn status_code(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
        let word = word.trim_matches('.');
        let parts: Vec<&str> = word.split('.').collect();
        let [class, subject, detail] = parts.as_slice() else { return None };
        let sized = (1..=3).contains(&subject.len()) && (1..=3).contains(&detail.len());
        (matches!(*class, "2" | "4" | "5") && sized).then(|| word.to_owned())
    })
}

/// The mail that came back, or its headers alone.
fn returned(content: &[u8], report: &mut BounceReport) {
    if report.original_message_id.is_some() {
        return;
    }
    let headers = enclosed_headers(content);
    report.original_message_id = headers.first("message-id").and_then(|v| header_ids(v).pop());
    if report.recipient.is_none() {
        report.recipient = headers
            .first("to")
            .and_then(|value| super::parse::header_mailboxes(value).into_iter().next())
            .map(|mailbox| mailbox.address)
            .filter(|address| !address.is_empty());
    }
}

/// Exim and others name the recipients in a field of their own.
fn from_headers(headers: &Headers<'_>, report: &mut BounceReport) {
    if let Some(value) = headers.first("x-failed-recipients") {
        let first = super::parse::header_mailboxes(value).into_iter().next();
        if let Some(mailbox) = first.filter(|mailbox| !mailbox.address.is_empty()) {
            report.recipient = Some(mailbox.address);
        }
    }
    if report.original_message_id.is_none() {
        let quoted = headers.first("in-reply-to").or_else(|| headers.first("references"));
        report.original_message_id = quoted.and_then(|value| header_ids(value).pop());
    }
}

/// Older reports give everything as text: a sentence, `<address>:`, the server's words, and a copy
/// of the mail.
fn from_text(text: &str, report: &mut BounceReport) {
    for line in text.lines().take(TEXT_LINES) {
        let bare = line.trim_start_matches(['>', ' ', '\t', '|']);
        let lower = bare.get(..11).unwrap_or_default().to_ascii_lowercase();
        if lower == "message-id:" && report.original_message_id.is_none() {
            report.original_message_id = header_ids(&bare.as_bytes()[11..]).pop();
        }
        if report.recipient.is_none() {
            report.recipient = recipient_line(bare);
        }
        if report.diagnostic.is_none() && is_server_answer(bare) {
            report.diagnostic = Some(cut(bare));
        }
    }
    if report.recipient.is_none() {
        let told = report.diagnostic.as_deref().and_then(bracketed);
        report.recipient = told.or_else(|| text.lines().take(TEXT_LINES).find_map(quoted_to));
    }
    if report.status.is_none() {
        let words = report.diagnostic.as_deref().unwrap_or_default();
        report.status = status_code(words);
    }
    if report.action.is_none() && (report.status.is_some() || report.diagnostic.is_some()) {
        let delayed = report.status.as_deref().is_some_and(|status| status.starts_with('4'));
        report.action = Some(if delayed { "delayed" } else { "failed" }.to_owned());
    }
}

/// The first address between angle brackets.
fn bracketed(text: &str) -> Option<String> {
    text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).find_map(|(a, _)| address(a))
}

/// The recipient in the copy of the mail that came back.
fn quoted_to(line: &str) -> Option<String> {
    let line = line.trim_start_matches(['>', ' ', '\t', '|']);
    let rest = line.strip_prefix("To:").or_else(|| line.strip_prefix("to:"))?;
    bracketed(rest).or_else(|| address(rest.trim()))
}

/// `<a@b.c>:` of qmail and Postfix, `a@b.c` alone on a line of Exim and sendmail.
fn recipient_line(line: &str) -> Option<String> {
    let line = line.trim().trim_end_matches(':');
    let head = line.split_once(">:").map_or(line, |(head, _)| head);
    address(head.trim().trim_start_matches('<').trim_end_matches('>'))
}

/// `word` in lower case, where it is a plain address and nothing else.
fn address(word: &str) -> Option<String> {
    let (local, domain) = word.split_once('@')?;
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c))
    };
    (plain(local) && plain(domain) && domain.contains('.')).then(|| word.to_lowercase())
}

/// Whether a line holds an SMTP reply code of failure (RFC 5321 section 4.2): at its start, or
/// after a mark or a word with a colon, as in `said: 550 no such user`.
fn is_server_answer(line: &str) -> bool {
    let mut introduced = true;
    for word in line.split_whitespace() {
        let code = word.split('-').next().unwrap_or_default();
        let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        if introduced && digits && code.starts_with(['4', '5']) {
            return true;
        }
        introduced = word.ends_with([':', '<', '>']);
    }
    false
}

fn cut(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(DIAGNOSTIC_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> BounceReport {
        let mut report = BounceReport::default();
        from_text(text, &mut report);
        report
    }

    #[test]
    fn a_sentence_of_the_server_names_the_recipient() {
        let report = read("Remote host said: 552 5.2.2 <full@b.example>: mailbox is full\n");
        assert_eq!(report.recipient.as_deref(), Some("full@b.example"));
        assert_eq!(report.status.as_deref(), Some("5.2.2"));
        assert_eq!(report.action.as_deref(), Some("failed"));
    }

    #[test]
    fn a_quoted_copy_names_mail_and_recipient() {
        let report =
            read("It came back.\n> To: Ann <ann@b.example>\n> Message-Id: <7@c.example>\n");
        assert_eq!(report.recipient.as_deref(), Some("ann@b.example"));
        assert_eq!(report.original_message_id.as_deref(), Some("7@c.example"));
        assert_eq!(report.action, None);
    }

    #[test]
    fn the_first_failed_recipient_of_a_status_counts() {
        let mut report = BounceReport::default();
        let body =
            b"Reporting-MTA: dns; b.example\r\n\r\nFinal-Recipient: rfc822; ok@b.example\r\n\
            Action: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822;<no@b.example>\r\n\
            Action: failed (bad)\r\nStatus: 5.1.10 (unknown)\r\n";
        delivery_status(body, &mut report);
        assert_eq!(report.recipient.as_deref(), Some("no@b.example"));
        assert_eq!(report.action.as_deref(), Some("failed"));
        assert_eq!(report.status.as_deref(), Some("5.1.10"));
    }

    #[test]
    fn numbers_that_are_no_reply_code_are_not_taken_for_one() {
        for line in ["Order 5501 is late", "in 400 ms", "call 0550 1234", "version 5.1"] {
            assert_eq!(read(line).action, None, "{line}");
        }
        for line in ["550 no", "<<< 550-no", "host b.example said: 450 later"] {
            assert!(read(line).action.is_some(), "{line}");
        }
    }
}
