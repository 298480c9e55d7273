//! The draft: signed by nobody, leading nowhere else, not endless.

use super::checks::Checks;
use super::text::plain;
use crate::policy::Policy;
use crate::triage::draft::{foreign_links, strip_sign_off};

/// How many times the policy's word limit a draft may have before it is withheld. Below that the
/// excess is noted only, because an agent shortens a long draft faster than writing a new one.
const WORDS_FACTOR: usize = 2;
/// Longest draft in characters under any policy.
const DRAFT_LIMIT_CHARS: usize = 20_000;
/// Traces of the prompt that have no place in a reply.
const PROMPT_TRACES: [&str; 4] =
    ["customer status:", "customer_message", "earlier_messages", "\"draft_response\""];

/// The draft as it may be shown; empty when there is none or it is withheld.
pub(super) fn draft(policy: &Policy, raw: &str, checks: &mut Checks) -> String {
    let text = plain(raw);
    if text.is_empty() {
        return text;
    }
    let body = strip_sign_off(policy, &text);
    if body.is_empty() {
        checks.withheld("draft_sign_off", "nothing but a sign-off");
        return body;
    }
    if body == text {
        checks.passed("draft_sign_off");
    } else {
        checks.repaired("draft_sign_off", "a sign-off was cut off");
    }
    // All three are recorded, whichever of them withholds the draft. The text before stripping is
    // searched, so that a link cannot hide in a sign-off.
    let sound =
        [links(policy, &text, checks), prompt_traces(&body, checks), length(policy, &body, checks)];
    if sound.contains(&false) { String::new() } else { body }
}

fn links(policy: &Policy, text: &str, checks: &mut Checks) -> bool {
    let foreign = foreign_links(&policy.drafts, text);
    match foreign {
        0 => checks.passed("draft_links"),
        _ => checks.withheld(
            "draft_links",
            format!("{foreign} links or addresses not on the policy's list"),
        ),
    }
    foreign == 0
}

fn prompt_traces(body: &str, checks: &mut Checks) -> bool {
    let lower = body.to_lowercase();
    let sound = !PROMPT_TRACES.iter().any(|trace| lower.contains(trace));
    match sound {
        true => checks.passed("draft_prompt_traces"),
        false => checks.withheld("draft_prompt_traces", "repeats parts of the prompt"),
    }
    sound
}

fn length(policy: &Policy, body: &str, checks: &mut Checks) -> bool {
    let limit = usize::try_from(policy.drafts.max_words).unwrap_or(usize::MAX);
    let words = body.split_whitespace().count();
    let endless = (limit > 0 && words > limit.saturating_mul(WORDS_FACTOR))
        || body.chars().count() > DRAFT_LIMIT_CHARS;
    if endless {
        checks.withheld("draft_length", format!("{words} words, the policy's limit is {limit}"));
    } else if limit > 0 && words > limit {
        checks.noted("draft_length", format!("{words} words, the policy's limit is {limit}"));
    } else {
        checks.passed("draft_length");
    }
    !endless
}
