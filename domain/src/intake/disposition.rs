//! Whether a message is somebody's work, joins a thread quietly, or is set aside.

use crate::conversation::SetAside;
use crate::mail::{Automatic, PARSER_PANIC, ParsedMail};

/// Whom a mail is addressed to, from the inbox's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// It came to an inbox.
    Inbox {
        /// Whether the inbox stands in To or Cc, not only on the envelope.
        named: bool,
    },
    /// It came to an address of the tenant that is no inbox.
    OtherAddress,
}

/// What is known when the decision is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Whom the mail is addressed to.
    pub addressing: Addressing,
    /// Whether a program wrote it.
    pub automatic: Option<Automatic>,
    /// Whether it has neither text nor anything else to look at.
    pub empty: bool,
    /// Whether a gate fired.
    pub gated: bool,
    /// Whether it belongs to a conversation that exists.
    pub known_conversation: bool,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It opens a ticket or joins the open one.
    Ticket,
    /// It is a message of its conversation and nobody's work.
    Attach,
    /// It is kept and shown under a filter.
    SetAside(SetAside),
}

/// Decides what becomes of a message; first match wins. Mail to an inbox is work unless a program
/// wrote it or there is nothing in it; a gate that fires makes automatic mail work, too.
pub const fn dispose(situation: &Situation) -> Disposition {
    let Addressing::Inbox { named } = situation.addressing else {
        return Disposition::SetAside(SetAside::OtherAddress);
    };
    let reason = match situation.automatic {
        Some(Automatic::Own) => return quiet(situation, SetAside::Own),
        Some(Automatic::AutoReply) => Some(SetAside::AutoReply),
        Some(Automatic::Bounce) => Some(SetAside::Bounce),
        Some(Automatic::List) if !named => Some(SetAside::List),
        Some(Automatic::List) | None => None,
    };
    match reason {
        _ if situation.gated => Disposition::Ticket,
        Some(reason) => quiet(situation, reason),
        None if situation.empty => Disposition::SetAside(SetAside::Empty),
        None => Disposition::Ticket,
    }
}

const fn quiet(situation: &Situation, reason: SetAside) -> Disposition {
    if situation.known_conversation { Disposition::Attach } else { Disposition::SetAside(reason) }
}

/// Whether a mail has nothing a person could answer: no text, and neither a file to look at nor a
/// subject that says something. Calendar invitations and read receipts without text are empty; a
/// mail that could not be read is not, because anything may be in it.
pub fn is_empty(mail: &ParsedMail, subject: Option<&str>) -> bool {
    let unreadable = mail.problems.iter().any(|code| code == PARSER_PANIC);
    if unreadable || !mail.text.trim().is_empty() {
        return false;
    }
    let machine = |content_type: &str| {
        content_type.starts_with("text/calendar")
            || content_type.starts_with("application/ics")
            || content_type.starts_with("message/disposition-notification")
            || content_type.starts_with("message/delivery-status")
    };
    let mut files = mail.attachments.iter();
    if files.any(|file| machine(&file.content_type)) {
        return true;
    }
    mail.attachments.is_empty() && subject.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Situation = Situation {
        addressing: Addressing::Inbox { named: true },
        automatic: None,
        empty: false,
        gated: false,
        known_conversation: false,
    };

    #[test]
    fn a_persons_mail_to_an_inbox_is_work() {
        assert_eq!(dispose(&PLAIN), Disposition::Ticket);
        let list = Situation { automatic: Some(Automatic::List), ..PLAIN };
        assert_eq!(dispose(&list), Disposition::Ticket);
    }

    #[test]
    fn automatic_mail_joins_its_conversation_or_is_set_aside() {
        let bounce = Situation { automatic: Some(Automatic::Bounce), ..PLAIN };
        assert_eq!(dispose(&bounce), Disposition::SetAside(SetAside::Bounce));
        let known = Situation { known_conversation: true, ..bounce };
        assert_eq!(dispose(&known), Disposition::Attach);
        let unnamed = Addressing::Inbox { named: false };
        let list = Situation { automatic: Some(Automatic::List), addressing: unnamed, ..PLAIN };
        assert_eq!(dispose(&list), Disposition::SetAside(SetAside::List));
    }

    #[test]
    fn a_gate_makes_automatic_mail_work_but_never_our_own() {
        let reply = Situation { automatic: Some(Automatic::AutoReply), gated: true, ..PLAIN };
        assert_eq!(dispose(&reply), Disposition::Ticket);
        let own = Situation { automatic: Some(Automatic::Own), ..reply };
        assert_eq!(dispose(&own), Disposition::SetAside(SetAside::Own));
    }

    #[test]
    fn mail_to_another_address_is_never_work() {
        let other = Situation { addressing: Addressing::OtherAddress, gated: true, ..PLAIN };
        assert_eq!(dispose(&other), Disposition::SetAside(SetAside::OtherAddress));
    }

    #[test]
    fn an_invitation_without_text_is_empty_and_a_photo_is_not() {
        let file = |content_type: &str| crate::mail::Attachment {
            name: None,
            content_type: content_type.to_owned(),
            size_bytes: 1,
            sha256: String::new(),
            content_id: None,
            inline: false,
            part: 1,
        };
        let photo = ParsedMail { attachments: vec![file("image/jpeg")], ..ParsedMail::default() };
        assert!(!is_empty(&photo, None));
        let invite =
            ParsedMail { attachments: vec![file("text/calendar")], ..ParsedMail::default() };
        assert!(is_empty(&invite, Some("Invitation: tasting")));
        assert!(is_empty(&ParsedMail::default(), None));
        let problems = vec![PARSER_PANIC.to_owned()];
        assert!(!is_empty(&ParsedMail { problems, ..ParsedMail::default() }, None));
        assert!(!is_empty(&ParsedMail::default(), Some("Where is my box?")));
    }
}
