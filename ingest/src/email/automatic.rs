//! Mail that no person wrote to be answered: automatic answers, delivery reports, lists.

use casebook_domain::mail::Automatic;

use super::parse::Headers;

/// How subjects of absence notices begin, in lower case. Never enough alone.
const ABSENCE_SUBJECTS: &[&str] = &[
    "abwesenheit",
    "abwesend",
    "absence",
    "afwezig",
    "auto reply",
    "auto response",
    "auto-reply",
    "auto-response",
    "autoreply",
    "automatic reply",
    "automatisch antwoord",
    "automatische antwort",
    "automatisches antwort",
    "automatiskt svar",
    "automatisk svar",
    "automaattinen vastaus",
    "autosvar",
    "away from my mail",
    "fuera de la oficina",
    "fuori sede",
    "ich bin im urlaub",
    "in vacanza",
    "nicht im büro",
    "odpowiedź automatyczna",
    "out of office",
    "out of the office",
    "out-of-office",
    "ooo:",
    "respuesta automática",
    "resposta automática",
    "risposta automatica",
    "réponse automatique",
    "urlaub",
    "vacation",
    "автоответ",
    "自动回复",
    "自動回覆",
    "自動返信",
];

/// What headers say about a mail's origin; several may hold at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// An automatic answer or notice (RFC 3834 and older habits).
    pub auto_reply: bool,
    /// A delivery report, or mail from the null sender.
    pub bounce: bool,
    /// Proof of a delivery report beyond the null sender, which automatic answers use as well
    /// (RFC 3834 section 3.3).
    pub delivery_report: bool,
    /// Mailing list or bulk mail (RFC 2369, RFC 2919).
    pub list: bool,
}

impl Signals {
    /// The one value that decides what happens with the mail: the most specific sign first.
    pub fn verdict(self) -> Option<Automatic> {
        match self {
            Self { delivery_report: true, .. } => Some(Automatic::Bounce),
            Self { auto_reply: true, .. } => Some(Automatic::AutoReply),
            Self { bounce: true, .. } => Some(Automatic::Bounce),
            Self { list: true, .. } => Some(Automatic::List),
            _ => None,
        }
    }
}

/// Reads the signals from the headers of a mail.
pub(super) fn signals(headers: &Headers<'_>) -> Signals {
    let content_type = headers.token("content-type").unwrap_or_default();
    let delivery_report = is_delivery_report(headers, &content_type);
    Signals {
        auto_reply: is_auto_reply(headers, &content_type),
        bounce: delivery_report || has_null_sender(headers),
        delivery_report,
        list: is_list(headers),
    }
}

fn is_auto_reply(headers: &Headers<'_>, content_type: &str) -> bool {
    let submitted = headers.all("auto-submitted").map(super::parse::lower).any(|value| {
        let keyword = value.split([';', ' ', '(']).next().unwrap_or_default();
        !keyword.is_empty() && keyword != "no"
    });
    let flagged = ["x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder"]
        .iter()
        .any(|name| headers.token(name).is_some_and(|value| value != "no" && value != "false"));
    let precedence = has_precedence(headers, &["auto_reply", "auto-reply", "auto_response"]);
    let receipt = content_type.starts_with("multipart/report")
        && content_type.contains("disposition-notification");
    let calendar = content_type.starts_with("text/calendar")
        && (content_type.contains("method=reply") || content_type.contains("method=\"reply\""));
    submitted || flagged || precedence || receipt || calendar || is_absence_notice(headers)
}

/// A subject such as "Out of office" counts only where the mail also asks not to be answered.
fn is_absence_notice(headers: &Headers<'_>) -> bool {
    let suppressed = headers.first("x-auto-response-suppress").is_some();
    let quiet = has_precedence(headers, &["bulk", "junk"]) || has_null_sender(headers);
    if !suppressed && !quiet {
        return false;
    }
    let Some(subject) = headers.first("subject") else { return false };
    let subject = super::parse::header_text(subject).to_lowercase();
    ABSENCE_SUBJECTS.iter().any(|start| subject.starts_with(start))
}

fn is_delivery_report(headers: &Headers<'_>, content_type: &str) -> bool {
    let report =
        content_type.starts_with("multipart/report") && content_type.contains("delivery-status");
    let failed = headers.first("x-failed-recipients").is_some();
    report || failed || is_from_mail_system(headers)
}

fn has_null_sender(headers: &Headers<'_>) -> bool {
    headers.all("return-path").any(|value| {
        let value = super::parse::lower(value);
        value == "<>" || value.starts_with("<> ")
    })
}

fn is_from_mail_system(headers: &Headers<'_>) -> bool {
    let Some(from) = headers.first("from") else { return false };
    super::parse::header_mailboxes(from).iter().take(1).any(|mailbox| {
        let name = mailbox.name.as_deref().unwrap_or_default().to_lowercase();
        let written = if mailbox.address.is_empty() { &name } else { &mailbox.address };
        let local = written.split('@').next().unwrap_or_default();
        local == "mailer-daemon" || local == "postmaster"
    })
}

fn is_list(headers: &Headers<'_>) -> bool {
    let named = headers.fields.iter().any(|field| {
        let name = field.name.to_ascii_lowercase();
        name.starts_with(b"list-") || name == b"mailing-list"
    });
    named || has_precedence(headers, &["list", "bulk", "junk"])
}

fn has_precedence(headers: &Headers<'_>, wanted: &[&str]) -> bool {
    headers.all("precedence").map(super::parse::lower).any(|value| wanted.contains(&value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::parse;

    fn verdict(headers: &str) -> Option<Automatic> {
        parse::signals(format!("{headers}\n\nbody\n").as_bytes()).verdict()
    }

    #[test]
    fn automatic_answers_are_known_by_their_fields() {
        for headers in [
            "Auto-Submitted: auto-replied (vacation)",
            "Auto-submitted: auto-generated; owner-email=\"a@b.example\"",
            "X-Autoreply: yes",
            "Precedence: auto_reply",
            "Content-Type: multipart/report; report-type=disposition-notification",
            "Content-Type: text/calendar; method=REPLY",
            "Return-Path: <>\nAuto-Submitted: auto-replied",
            "X-Auto-Response-Suppress: All\nSubject: Out of Office: away",
            "Precedence: bulk\nSubject: =?utf-8?Q?R=C3=A9ponse_automatique?=",
        ] {
            assert_eq!(verdict(headers), Some(Automatic::AutoReply), "{headers}");
        }
    }

    #[test]
    fn delivery_reports_come_from_the_mail_system() {
        for headers in [
            "Return-Path: <>",
            "From: MAILER-DAEMON (Mail System)",
            "From: Postmaster <postmaster@b.example>\nAuto-Submitted: auto-generated",
            "X-Failed-Recipients: a@b.example",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
        ] {
            assert_eq!(verdict(headers), Some(Automatic::Bounce), "{headers}");
        }
    }

    #[test]
    fn lists_and_people_are_told_apart() {
        for headers in ["List-Id: <a.b.example>", "Precedence: list", "Mailing-List: a@b.example"] {
            assert_eq!(verdict(headers), Some(Automatic::List), "{headers}");
        }
        for headers in [
            "Auto-Submitted: no",
            "X-Auto-Response-Suppress: OOF",
            "Subject: Out of office furniture",
            "From: Ann Postmaster <ann@b.example>",
            "Return-Path: <ann@b.example>",
        ] {
            assert_eq!(verdict(headers), None, "{headers}");
        }
    }
}
