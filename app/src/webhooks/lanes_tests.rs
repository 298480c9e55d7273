//! Cases of lanes: who goes next, and who waits behind whom.

use casebook_domain::Timestamp;
use casebook_domain::webhook::{
    Attempted, Failure, Letter, Outcomes, Parked, Refusal, RetryRules, Subscription, Webhook,
    WebhookCommand,
};
use cqrs_es::Aggregate;

use super::lanes::Lanes;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn attempted(position: u64, key: &str) -> Attempted {
    let (event_id, event_type) = (position.to_string(), "type".to_owned());
    let refusal = Refusal { failure: Failure::TimedOut, retry_after_seconds: None, chance: 500 };
    Attempted {
        letter: Letter { position, event_id, event_type, key: key.to_owned() },
        attempt: 1,
        at: at(100),
        duration_ms: 1,
        outcome: Err(refusal),
    }
}

fn apply(webhook: &mut Webhook, failed: &[(u64, &str)], parked: &[(u64, &str)]) {
    let attempted = failed.iter().map(|(position, key)| attempted(*position, key)).collect();
    let parked = parked
        .iter()
        .map(|(position, key)| Parked { position: *position, key: (*key).to_owned() })
        .collect();
    let outcomes = Outcomes { run: webhook.run(), attempted, parked, reached: 9 };
    let events = webhook.record(outcomes, &RetryRules::default());
    events.into_iter().for_each(|event| webhook.apply(event));
}

/// Ticket a failed at 1 and holds back 2 and 5; ticket b failed at 3.
fn webhook() -> Webhook {
    let mut webhook = Webhook::default();
    let subscription =
        Subscription { url: "https://x.example/".to_owned(), ..Subscription::default() };
    let (tenant, key_id) = ("tenant-a".to_owned(), String::new());
    let begin = WebhookCommand::Subscribe { tenant, subscription, after: 0, key_id };
    let events = webhook.decide(begin).expect("subscribed");
    events.into_iter().for_each(|event| webhook.apply(event));
    apply(&mut webhook, &[(1, "a"), (3, "b")], &[(2, "a"), (5, "a")]);
    webhook
}

fn next(lanes: &mut Lanes, seconds: i64) -> Option<(u64, u32)> {
    lanes.next(at(seconds)).map(|next| (next.position, next.attempt))
}

#[test]
fn each_ticket_has_one_letter_out_and_the_next_one_goes_when_it_is_settled() {
    let mut lanes = Lanes::of(&webhook());
    assert_eq!(lanes.next_due(), Some(at(105)));
    assert_eq!(next(&mut lanes, 104), None, "nothing is due");
    assert_eq!(next(&mut lanes, 105), Some((1, 2)));
    assert_eq!(next(&mut lanes, 105), Some((3, 2)), "another ticket");
    assert_eq!(next(&mut lanes, 999), None, "both are out");
    lanes.settle(1, "a");
    assert_eq!(next(&mut lanes, 105), Some((2, 1)), "it waited for the first only");
    lanes.settle(3, "b");
    assert_eq!(next(&mut lanes, 999), None);
    lanes.settle(2, "a");
    assert_eq!(next(&mut lanes, 105), Some((5, 1)));
    lanes.settle(5, "a");
    assert_eq!((next(&mut lanes, 999), lanes.next_due()), (None, None));
}

#[test]
fn a_letter_that_fails_again_keeps_its_place() {
    let mut webhook = webhook();
    let mut lanes = Lanes::of(&webhook);
    assert_eq!(next(&mut lanes, 105), Some((1, 2)));
    apply(&mut webhook, &[(1, "a")], &[]);
    lanes.put_off(1, "a", &webhook);
    assert_eq!(next(&mut lanes, 105).map(|next| next.0), Some(1), "before those behind it");
    lanes.put_back(1, "a", at(200));
    assert_eq!(next(&mut lanes, 199), Some((3, 2)));
    assert_eq!(next(&mut lanes, 199), None);
    assert_eq!(next(&mut lanes, 200).map(|next| next.0), Some(1));
}

#[test]
fn what_the_log_knows_to_wait_does_not_hold_the_place_back() {
    let mut lanes = Lanes::of(&webhook());
    assert_eq!((lanes.reached(|_| false), lanes.fresh()), (9, 0));
    assert!(lanes.behind(|_| false).is_empty(), "all of it is recorded");
    lanes.has_read(20);
    assert_eq!(lanes.reached(|_| false), 20);
    lanes.has_read(12);
    assert_eq!(lanes.reached(|_| false), 20);
}
