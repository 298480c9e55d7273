//! Whose name stands on the ticket.

use super::checks::Checks;
use super::text::one_line;
use crate::policy::Policy;
use crate::triage::MessageFacts;
use crate::triage::closing::{contains_words, words};
use crate::triage::draft::signers;
use crate::triage::name::NAME_LIMIT_CHARS;

const CODE: &str = "customer_name";

/// The name from the directory, else the model's when the person really wrote it, else none.
pub(super) fn customer_name(
    policy: &Policy,
    facts: &MessageFacts,
    given: Option<&str>,
    checks: &mut Checks,
) -> Option<String> {
    let given = given.map(|name| one_line(name, usize::MAX)).filter(|name| !name.is_empty());
    if let Some(known) = facts.known_name() {
        match given.is_none_or(|given| words(&given) == words(&known)) {
            true => checks.passed(CODE),
            false => checks.repaired(CODE, "the directory's name was taken"),
        }
        return Some(one_line(&known, NAME_LIMIT_CHARS));
    }
    let Some(given) = given else {
        checks.passed(CODE);
        return None;
    };
    match problem(policy, facts, &given) {
        None => {
            checks.passed(CODE);
            Some(given)
        }
        Some(note) => {
            checks.repaired(CODE, note);
            None
        }
    }
}

/// Why a name cannot be taken.
fn problem(policy: &Policy, facts: &MessageFacts, name: &str) -> Option<&'static str> {
    let strange = |c: char| c.is_ascii_digit() || "@/<>{}[]:".contains(c);
    if name.contains(strange) || name.chars().count() > NAME_LIMIT_CHARS {
        return Some("not a person's name");
    }
    let signature = facts.signature.as_deref().unwrap_or("");
    if ![facts.new_text.as_str(), signature].iter().any(|text| contains_words(text, name)) {
        return Some("not in the message");
    }
    let own = std::iter::once(policy.sending.brand.as_str()).chain(signers(policy));
    let is_ours = own.into_iter().any(|own| words(own) == words(name));
    (is_ours && !signs(facts, name)).then_some("a name of ours")
}

/// Whether the name stands on a line of its own below the first, as a signature does and a
/// greeting to one of our personas does not.
fn signs(facts: &MessageFacts, name: &str) -> bool {
    let name = words(name);
    let mut lines = facts.new_text.lines().filter(|line| !line.trim().is_empty()).skip(1);
    lines.any(|line| words(line) == name)
}
