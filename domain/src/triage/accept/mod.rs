//! Decides whether a raw answer may be used, and puts right what can be put right.
//!
//! Refused: what is not one object of the seven fields, an unknown category or action, a
//! confidence out of range. Put right: text around the object, a sign-off, a subject or name that
//! does not keep the rules. Withheld: a draft that leads to foreign places, repeats the prompt or
//! is endless. The same policy, facts and raw answer always give the same result.

mod checks;
mod draft;
mod name;
mod parse;
mod text;

use checks::Checks;
use parse::Fields;
pub use parse::RAW_LIMIT_BYTES;

use super::{Answer, Check, Confidence, MessageFacts, addresses_the_model};
use crate::Personal;
use crate::policy::Policy;
use crate::subject;

/// Reason of an escalation for which the model gave none.
pub const UNSTATED_REASON: &str = "Needs a person; no reason was given";
/// Most words of a suggested subject (SOP CS-01 v2.4).
pub const SUBJECT_LIMIT_WORDS: usize = 8;
/// Most characters of a suggested subject; scripts without spaces have few words.
const SUBJECT_LIMIT_CHARS: usize = 100;
/// Most characters of an escalation reason.
const REASON_LIMIT_CHARS: usize = 500;
/// How far below the priority limit a confidence is set when the message addresses the model.
const STEP: f64 = 0.01;

/// An answer that may be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The answer, put right where that was possible.
    pub answer: Answer,
    /// Every check that was made, in order.
    pub checks: Vec<Check>,
}

/// An answer that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Every check that was made, in order; at least one refuses.
    pub checks: Vec<Check>,
}

/// Checks a raw answer to a message under a policy.
///
/// # Errors
/// [`Rejected`] when the answer cannot be used; asking again may help.
pub fn accept(policy: &Policy, facts: &MessageFacts, raw: &str) -> Result<Accepted, Rejected> {
    let mut checks = Checks::default();
    let Some(fields) = parse::fields(raw, &mut checks) else {
        return Err(Rejected { checks: checks.into_inner() });
    };
    let Some(confidence) = closed_sets(policy, &fields, &mut checks) else {
        return Err(Rejected { checks: checks.into_inner() });
    };
    let confidence = trusted(policy, facts, confidence, &mut checks);
    let reason = escalation_reason(policy, &fields, &mut checks);
    let draft = match &reason {
        Some(_) => no_draft(&fields, &mut checks),
        None => draft::draft(policy, &fields.draft_response, &mut checks),
    };
    let given = fields.suggested_subject.as_deref();
    let suggested_subject = suggested_subject(policy, given, &mut checks);
    let customer_name =
        name::customer_name(policy, facts, fields.customer_name.as_deref(), &mut checks);
    let category = match &reason {
        Some(_) => policy.escalation_code().to_owned(),
        None => fields.category,
    };
    let answer = Answer {
        category,
        confidence,
        draft_response: Personal::new(draft),
        action: fields.action,
        escalation_reason: reason.map(Personal::new),
        suggested_subject: suggested_subject.map(Personal::new),
        customer_name: customer_name.map(Personal::new),
    };
    Ok(Accepted { answer, checks: checks.into_inner() })
}

/// Checks what must lie within the policy's sets and ranges; all three are recorded.
fn closed_sets(policy: &Policy, fields: &Fields, checks: &mut Checks) -> Option<Confidence> {
    let category = policy.category(&fields.category);
    checks.require("category", category.is_none().then_some("not one of the policy's categories"));
    let known = fields.action.as_ref().is_none_or(|code| policy.action(code).is_some());
    checks.require("action", (!known).then_some("not one of the policy's actions"));
    let confidence = Confidence::rounded(fields.confidence).ok();
    checks.require("confidence", confidence.is_none().then_some("not between 0 and 1"));
    confidence.filter(|_| known && category.is_some())
}

/// The confidence, set below the priority limit when the message tries to instruct the model.
fn trusted(
    policy: &Policy,
    facts: &MessageFacts,
    confidence: Confidence,
    checks: &mut Checks,
) -> Confidence {
    let code = "instructions";
    if !addresses_the_model(facts) {
        checks.passed(code);
        return confidence;
    }
    let cap = Confidence::rounded((policy.thresholds.priority - STEP).max(0.0)).unwrap_or_default();
    if confidence <= cap {
        checks.noted(code, "the message addresses the model");
        return confidence;
    }
    checks.repaired(code, "the message addresses the model; the confidence was lowered");
    cap
}

/// The reason to escalate: the category asks for one, and a reason asks for the category.
fn escalation_reason(policy: &Policy, fields: &Fields, checks: &mut Checks) -> Option<String> {
    let code = "escalation";
    let given = fields.escalation_reason.as_deref().unwrap_or("");
    let given = text::one_line(given, REASON_LIMIT_CHARS);
    let by_category = fields.category == policy.escalation_code();
    match (by_category, given.is_empty()) {
        (true, true) => {
            checks.repaired(code, "a reason was added");
            Some(UNSTATED_REASON.to_owned())
        }
        (false, false) => {
            checks.repaired(code, "a reason was given, so the category was set");
            Some(given)
        }
        (true, false) => {
            checks.passed(code);
            Some(given)
        }
        (false, true) => {
            checks.passed(code);
            None
        }
    }
}

/// An escalated ticket has no draft.
fn no_draft(fields: &Fields, checks: &mut Checks) -> String {
    if !fields.draft_response.trim().is_empty() {
        checks.repaired("draft_escalated", "an escalated message has no draft");
    }
    String::new()
}

/// The suggested subject, when it keeps the rules: at most eight words on one line, without
/// prefix, reply mark, placeholder, link or address.
fn suggested_subject(policy: &Policy, given: Option<&str>, checks: &mut Checks) -> Option<String> {
    let code = "suggested_subject";
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else {
        checks.passed(code);
        return None;
    };
    let line = text::one_line(given, usize::MAX);
    let prefixes = std::iter::once(policy.sending.subject_prefix.as_deref())
        .chain(policy.inboxes.iter().map(|inbox| inbox.subject_prefix.as_deref()));
    let clean = |prefix| subject::clean(&line, prefix, &policy.subjects);
    let problem = if given.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        Some("more than one line")
    } else if line.split_whitespace().count() > SUBJECT_LIMIT_WORDS
        || line.chars().count() > SUBJECT_LIMIT_CHARS
    {
        Some("longer than eight words")
    } else if prefixes.into_iter().any(|prefix| clean(prefix).as_deref() != Some(line.as_str())) {
        Some("a prefix, a reply mark or a placeholder")
    } else if super::draft::foreign_links(&policy.drafts, &line) > 0 {
        Some("a link or an address")
    } else {
        None
    };
    match problem {
        None => {
            checks.passed(code);
            Some(line)
        }
        Some(note) => {
            checks.repaired(code, format!("dropped: {note}"));
            None
        }
    }
}

#[cfg(test)]
mod tests;
