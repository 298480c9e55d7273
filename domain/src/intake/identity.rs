//! Which message a mail is, and which thread it belongs to, by keys alone.

use sha2::{Digest, Sha256};

use crate::ids::MessageId;
use crate::mail::ParsedMail;

/// Identifiers of earlier messages that are looked up, at most. Longer chains are hostile or
/// broken; the newest are kept, because they are the likeliest to be known.
const ANSWERS_MAX: usize = 50;

/// Key under which a message is known in an inbox.
///
/// A hash, so that keys say nothing about people and have one length.
pub fn key_of(inbox: &str, external_id: &str) -> String {
    let mut hash = Sha256::new();
    for part in [inbox, external_id] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The identity of a mail within an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The mail's own identifier: its Message-ID, else a digest of its content.
    pub own: String,
    /// Key of the message in the log.
    pub key: String,
    /// The message.
    pub message_id: MessageId,
    /// Identifiers of the messages it answers, the likeliest first: In-Reply-To, then References
    /// from the newest to the oldest.
    pub answers: Vec<String>,
}

/// Identifies a mail that came into an inbox.
pub fn identify(tenant: &str, inbox: &str, mail: &ParsedMail) -> Identity {
    let own = mail.message_id.clone().unwrap_or_else(|| format!("digest:{}", mail.content_digest));
    let key = key_of(inbox, &own);
    let mut answers: Vec<String> = Vec::new();
    for id in mail.in_reply_to.iter().chain(mail.references.iter().rev()) {
        if *id != own && !answers.contains(id) {
            answers.push(id.clone());
        }
        if answers.len() == ANSWERS_MAX {
            break;
        }
    }
    Identity { message_id: MessageId::of_key(tenant, inbox, &key), own, key, answers }
}

/// The identifier whose thread an unknown mail belongs to: the first of References, else the
/// first of In-Reply-To, else its own.
pub fn conversation_root<'a>(mail: &'a ParsedMail, identity: &'a Identity) -> &'a str {
    let answered = mail.references.first().or(mail.in_reply_to.first());
    answered.or(mail.message_id.as_ref()).unwrap_or(&identity.own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(id: Option<&str>, in_reply_to: &[&str], references: &[&str]) -> ParsedMail {
        ParsedMail {
            message_id: id.map(str::to_owned),
            in_reply_to: in_reply_to.iter().map(ToString::to_string).collect(),
            references: references.iter().map(ToString::to_string).collect(),
            content_digest: "d1".to_owned(),
            ..ParsedMail::default()
        }
    }

    #[test]
    fn answers_are_in_reply_to_then_references_newest_first() {
        let reply = mail(Some("c@x"), &["b@x"], &["a@x", "b@x"]);
        let identity = identify("t", "hello", &reply);
        assert_eq!(identity.answers, ["b@x", "a@x"]);
        assert_eq!(conversation_root(&reply, &identity), "a@x");
    }

    #[test]
    fn a_reply_that_arrives_first_opens_the_thread_of_what_it_answers() {
        let first = mail(Some("a@x"), &[], &[]);
        let reply = mail(Some("b@x"), &["a@x"], &[]);
        let (one, two) = (identify("t", "i", &first), identify("t", "i", &reply));
        assert_eq!(conversation_root(&first, &one), conversation_root(&reply, &two));
    }

    #[test]
    fn a_mail_without_id_is_known_by_its_content() {
        let one = identify("t", "i", &mail(None, &[], &[]));
        assert_eq!(one, identify("t", "i", &mail(None, &[], &[])));
        assert_ne!(one.key, identify("t", "other", &mail(None, &[], &[])).key);
    }
}
