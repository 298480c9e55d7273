//! Rules about contacts and credits.

use super::policy;
use crate::Timestamp;
use crate::gates::{Credit, GateFacts, GateInput};

const POLICY: &str = r#"
[[gates]]
code = "credit"
reason = "r"
rules = [{ any = ["refund"], credits = { at_least = 1, days = 30 } }]

[[gates]]
code = "contact"
reason = "r"
rules = [{ contacts = { at_least = 3, days = 7 } }]
"#;

fn fired(facts: &GateFacts) -> Vec<String> {
    let input = GateInput { subject: "refund", new_text: "", full_text: "", facts };
    policy(POLICY).evaluate(&input).fired().map(str::to_owned).collect()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn credit(at: Timestamp, amount_minor: i64) -> Credit {
    Credit { at, amount_minor, currency: "GBP".to_owned(), reason: "late".to_owned() }
}

#[test]
fn a_window_excludes_its_first_instant_and_the_future() {
    let at = now();
    let inside = at.minus_days(7).plus_micros(1);
    let contacts = |oldest| GateFacts {
        at,
        contact_times: vec![at, at.minus_days(1), oldest],
        recent_credits: vec![],
    };
    assert_eq!(fired(&contacts(inside)), ["contact"]);
    assert!(fired(&contacts(at.minus_days(7))).is_empty());
    assert!(fired(&contacts(at.plus_micros(1))).is_empty());
}

#[test]
fn a_credit_and_a_request_are_both_needed_and_reversals_do_not_count() {
    let with = |credits| GateFacts { recent_credits: credits, ..GateFacts::first_contact(now()) };
    assert!(fired(&with(vec![])).is_empty());
    assert_eq!(fired(&with(vec![credit(now().minus_days(29), 500)])), ["credit"]);
    assert!(fired(&with(vec![credit(now().minus_days(30), 500)])).is_empty());
    assert!(fired(&with(vec![credit(now().minus_days(1), -500)])).is_empty());
}

#[test]
fn the_policy_says_how_far_back_facts_must_reach() {
    let windows = policy(POLICY).windows();
    assert_eq!((windows.contact_days, windows.credit_days), (7, 30));
}

#[test]
fn counts_are_recorded() {
    let at = now();
    let facts = GateFacts {
        at,
        contact_times: vec![at; 4],
        recent_credits: vec![credit(at, 1), credit(at, 2)],
    };
    let input = GateInput { subject: "refund", new_text: "", full_text: "", facts: &facts };
    let outcome = policy(POLICY).evaluate(&input);
    let counts: Vec<_> = outcome.findings().map(|f| (f.contacts, f.credits)).collect();
    assert_eq!(counts, [(None, Some(2)), (Some(4), None)]);
}
