//! From an approved text to the reply that leaves (SOP CS-01, "send-support-email").

use crate::mail::Mailbox;
use crate::policy::{Inbox, Policy};
use crate::{persona, subject};

/// What a reply is made from.
#[derive(Clone, Copy, Debug)]
pub struct ReplyParts<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The inbox it leaves by.
    pub inbox: &'a Inbox,
    /// The person it goes to.
    pub to: &'a str,
    /// The ticket's subject; `None` when it has none.
    pub subject: Option<&'a str>,
    /// The ticket's category, which names a missing subject.
    pub category: Option<&'a str>,
    /// Whether a reply went out on the ticket before.
    pub is_answer: bool,
    /// The approved text.
    pub text: &'a str,
}

/// A reply as it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedReply {
    /// Subject with prefix.
    pub subject: String,
    /// Text with sign-off.
    pub body: String,
    /// Who signs.
    pub persona: String,
    /// Sender: the brand's name and the inbox's first address.
    pub from: Mailbox,
}

/// Fills in persona, sign-off and subject. `None` when the inbox has no address or the policy no
/// persona, which [`Policy::check`] refuses.
pub fn finish(parts: &ReplyParts<'_>) -> Option<FinishedReply> {
    let sending = parts.policy.sending_for(Some(parts.inbox));
    let persona = persona::choose(sending.personas, parts.to)?;
    let address = parts.inbox.addresses.first()?;
    let rules = &parts.policy.subjects;
    let cleaned =
        parts.subject.and_then(|text| subject::clean(text, sending.subject_prefix, rules));
    let stored = cleaned.unwrap_or_else(|| {
        let fallback = parts.policy.fallback_category().map_or("", |category| &category.code);
        let category = parts.category.unwrap_or(fallback);
        subject::from_category(parts.policy, category, parts.policy.primary_language())
    });
    Some(FinishedReply {
        subject: subject::outgoing(&stored, sending.subject_prefix, parts.is_answer),
        body: signed(parts.text, persona, sending.brand),
        persona: persona.to_owned(),
        from: Mailbox { name: Some(sending.brand.to_owned()), address: address.clone() },
    })
}

/// The text with `[Name]` filled in and the sign-off below; a text that carries it already gets
/// no second one.
fn signed(text: &str, persona: &str, brand: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(persona::NAME_SLOT, persona);
    let text = text.trim_end();
    let sign_off = persona::sign_off(persona, brand);
    match text.strip_suffix(sign_off.as_str()) {
        Some(above) if above.is_empty() || above.ends_with('\n') => text.to_owned(),
        _ => format!("{text}\n\n{sign_off}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::policy;

    fn finished(subject: Option<&str>, is_answer: bool, text: &str) -> FinishedReply {
        let policy = policy();
        let parts = ReplyParts {
            policy: &policy,
            inbox: &policy.inboxes[0],
            to: "ada@example.org",
            subject,
            category: None,
            is_answer,
            text,
        };
        finish(&parts).expect("a reply")
    }

    #[test]
    fn given_a_placeholder_for_the_name_then_the_persona_fills_it_and_signs_below() {
        let reply = finished(Some("Late box"), false, "Hi Ada,\r\n\r\nI am [Name].\n");
        let persona = &reply.persona;
        let brand = reply.from.name.clone().expect("a brand");
        assert_eq!(reply.body, format!("Hi Ada,\n\nI am {persona}.\n\n{persona}\n{brand}"));
    }

    #[test]
    fn given_a_text_that_is_signed_then_it_is_not_signed_twice() {
        let once = finished(None, false, "Hello.").body;
        assert_eq!(finished(None, false, &once).body, once);
    }

    #[test]
    fn given_an_earlier_reply_then_the_subject_says_so_once() {
        let first = finished(Some("Re: Late box"), false, "Yes.").subject;
        let second = finished(Some("Late box"), true, "Yes.").subject;
        assert!(!first.starts_with("Re: "), "{first}");
        assert_eq!(second, format!("Re: {first}"));
    }

    #[test]
    fn given_no_subject_then_the_category_names_it() {
        let subject = finished(Some("(no subject)"), false, "Yes.").subject;
        assert!(!subject.contains("no subject") && !subject.trim().is_empty(), "{subject}");
    }
}
