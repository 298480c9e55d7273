//! Cases of subscriptions: operators' decisions, the order of sending, trying again, giving up.

use casebook_domain::Timestamp;
use casebook_domain::audit::sentence;
use casebook_domain::event::Event;
use casebook_domain::webhook::{
    Attempted, ChangeWebhook, Failure, GONE, Letter, Outcomes, Parked, PausedBecause, Refusal,
    RetryRules, Standing, Subscription, Webhook, WebhookCommand, WebhookError, WebhookEvent,
};
use cqrs_es::Aggregate;

use crate::fixtures::given;

const AT: Timestamp = Timestamp::from_seconds(1_775_640_600);

fn at(seconds: i64) -> Timestamp {
    AT.plus_micros(seconds * 1_000_000)
}

fn subscription(url: &str) -> Subscription {
    Subscription { url: url.to_owned(), ..Subscription::default() }
}

fn subscribe(after: u64) -> WebhookCommand {
    let subscription = subscription(" https://hooks.example/x ");
    let (tenant, key_id) = ("tenant-a".to_owned(), "first".to_owned());
    WebhookCommand::Subscribe { tenant, subscription, after, key_id }
}

fn rotate() -> WebhookCommand {
    WebhookCommand::Rotate { previous_until: at(60), key_id: "second".to_owned() }
}

fn active(after: u64) -> Webhook {
    given(Webhook::default().decide(subscribe(after)).expect("subscribed"))
}

fn asked(state: &mut Webhook, command: WebhookCommand) -> usize {
    let events = state.decide(command).expect("allowed");
    let number = events.len();
    events.into_iter().for_each(|event| state.apply(event));
    number
}

fn letter(position: u64, key: &str) -> Letter {
    let (event_id, event_type) = (format!("e{position}"), "casebook.ticket.received.v1".to_owned());
    Letter { position, event_id, event_type, key: key.to_owned() }
}

fn attempt(position: u64, number: u32, when: Timestamp, failure: Option<Failure>) -> Attempted {
    let refusal = |failure| Refusal { failure, retry_after_seconds: None, chance: 500 };
    Attempted {
        letter: letter(position, "ticket/a"),
        attempt: number,
        at: when,
        duration_ms: 12,
        outcome: failure.map_or(Ok(200), |failure| Err(refusal(failure))),
    }
}

fn happened(
    state: &mut Webhook,
    reached: u64,
    attempted: Vec<Attempted>,
    parked: &[u64],
) -> Vec<WebhookEvent> {
    let park = |position: &u64| Parked { position: *position, key: "ticket/a".to_owned() };
    let parked = parked.iter().map(park).collect();
    let outcomes = Outcomes { run: state.run(), attempted, parked, reached };
    let events = state.record(outcomes, &RetryRules::default());
    events.iter().cloned().for_each(|event| state.apply(event));
    events
}

#[test]
fn a_subscription_begins_once_and_ends_for_good() {
    let mut state = active(7);
    assert_eq!((state.tenant(), state.reached(), state.revision()), ("tenant-a", 7, 1));
    assert_eq!(state.subscription().url, "https://hooks.example/x");
    assert_eq!(state.decide(subscribe(0)), Ok(vec![]));
    assert_eq!(asked(&mut state, WebhookCommand::Remove), 1);
    assert_eq!(*state.standing(), Standing::Removed);
    assert_eq!(state.decide(WebhookCommand::Remove), Err(WebhookError::NotFound));
    let late = Outcomes { run: 1, attempted: vec![attempt(8, 1, AT, None)], ..Outcomes::default() };
    assert_eq!(state.record(late, &RetryRules::default()), []);
    let absent = Webhook::default().decide(WebhookCommand::Resume { now: AT });
    assert_eq!(absent, Err(WebhookError::NotFound));
}

fn change_to(subscription: Subscription) -> WebhookCommand {
    let Subscription { url, types, personal, description } = subscription;
    WebhookCommand::Change(ChangeWebhook {
        url: Some(url),
        types: Some(types),
        personal: Some(personal),
        description: Some(description),
    })
}

#[test]
fn what_a_change_leaves_out_stays_as_it_is_now() {
    let mut state = active(0);
    let before = state.subscription().clone();
    let personal = ChangeWebhook { personal: Some(true), ..ChangeWebhook::default() };
    let description = "CRM".to_owned();
    let described =
        ChangeWebhook { description: Some(description.clone()), ..ChangeWebhook::default() };
    for change in [personal, described] {
        assert_eq!(asked(&mut state, WebhookCommand::Change(change)), 1);
    }
    assert_eq!(*state.subscription(), Subscription { personal: true, description, ..before });
}

#[test]
fn what_is_said_twice_changes_nothing() {
    let mut state = active(0);
    let same = change_to(state.subscription().clone());
    assert_eq!(asked(&mut state, same), 0);
    assert_eq!(asked(&mut state, WebhookCommand::Resume { now: AT }), 0);
    let pause = || WebhookCommand::Pause { reason: " moving house ".to_owned() };
    assert_eq!(asked(&mut state, pause()), 1);
    let reason = "moving house".to_owned();
    assert_eq!(*state.standing(), Standing::Paused(PausedBecause::Operator(reason)));
    assert_eq!(asked(&mut state, pause()), 0);
    let blank = state.decide(WebhookCommand::Pause { reason: " ".to_owned() });
    assert!(matches!(blank, Err(WebhookError::Invalid { field: "reason", .. })));
    let nowhere = state.decide(change_to(subscription("  ")));
    assert!(matches!(nowhere, Err(WebhookError::Invalid { field: "url", .. })));
}

#[test]
fn after_a_rotation_both_secrets_sign_for_a_while() {
    let mut state = active(0);
    assert_eq!((state.signing(AT), state.key_id()), (vec![1], Some("first")));
    asked(&mut state, rotate());
    assert_eq!(state.key_id(), Some("second"));
    assert_eq!(state.signing(at(59)), [2, 1]);
    assert_eq!(state.signing(at(60)), [2]);
}

#[test]
fn what_is_taken_out_of_turn_is_known_until_those_before_it_are_settled() {
    let mut state = active(0);
    let made = happened(&mut state, 0, vec![attempt(3, 1, AT, None)], &[]);
    assert!(matches!(&made[..], [WebhookEvent::WebhookDeliveriesMade(_)]));
    assert!(state.knows(3) && !state.knows(2) && state.reached() == 0);
    happened(&mut state, 3, vec![attempt(1, 1, AT, None), attempt(2, 1, AT, None)], &[]);
    assert_eq!((state.reached(), state.taken_ahead()), (3, 0));
    assert_eq!(happened(&mut state, 3, vec![], &[]), []);
    assert_eq!(happened(&mut state, 9, vec![], &[]).len(), 1, "nothing to send for a long way");
}

#[test]
fn a_letter_that_fails_waits_and_those_behind_it_as_well() {
    let mut state = active(0);
    let failed = vec![attempt(1, 1, AT, Some(Failure::TimedOut))];
    happened(&mut state, 3, failed, &[2, 3]);
    assert_eq!(state.reached(), 3);
    let due: Vec<_> = state.waiting().values().map(|waiting| waiting.due).collect();
    assert_eq!(due, [Some(at(5)), None, None]);
    happened(&mut state, 3, vec![attempt(1, 2, at(5), None), attempt(2, 1, at(5), None)], &[]);
    assert_eq!(state.waiting().keys().collect::<Vec<_>>(), [&3]);
    assert_eq!(state.last_taken_at(), Some(at(5)));
    assert_eq!(state.failures_in_row(), 0);
}

#[test]
fn attempts_are_made_over_days_and_then_the_letter_is_given_up() {
    let rules = RetryRules { pause_failures_min: u32::MAX, ..RetryRules::default() };
    let mut state = active(0);
    let mut now = AT;
    for number in 1..=9 {
        let outcomes = Outcomes {
            run: 1,
            attempted: vec![attempt(1, number, now, Some(Failure::Status(500)))],
            parked: Vec::new(),
            reached: 1,
        };
        let events = state.record(outcomes, &rules);
        events.into_iter().for_each(|event| state.apply(event));
        now = state.waiting()[&1].due.expect("another attempt");
    }
    assert_eq!(now, at(5 + 300 + 1800 + 7200 + 18_000 + 36_000 + 50_400 + 72_000 + 86_400));
    let last = vec![attempt(1, 10, now, Some(Failure::Status(500)))];
    let outcomes = Outcomes { run: 1, attempted: last, parked: vec![], reached: 1 };
    let events = state.record(outcomes, &rules);
    let [WebhookEvent::WebhookAttemptFailed(failed), WebhookEvent::WebhookDeadLettered(dead)] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((failed.retry_at, dead.attempts), (None, 10));
    events.into_iter().for_each(|event| state.apply(event));
    assert!(state.waiting().is_empty());
    assert_eq!(state.dead().keys().collect::<Vec<_>>(), [&1]);
    let other = state.decide(WebhookCommand::Redeliver { position: 2, now });
    assert_eq!(other, Err(WebhookError::NotDead));
    assert_eq!(asked(&mut state, WebhookCommand::Redeliver { position: 1, now }), 1);
    assert_eq!((state.waiting()[&1].attempts, state.dead().len()), (0, 0));
    assert_eq!(asked(&mut state, WebhookCommand::Redeliver { position: 1, now }), 0);
}

#[test]
fn pauses_are_spread_and_a_receiver_can_make_them_longer_within_a_limit() {
    let rules = RetryRules::default();
    let retry = |chance, asked| rules.retry_at(2, AT, chance, asked);
    assert_eq!(retry(0, None), Some(at(270)));
    assert_eq!(retry(500, None), Some(at(300)));
    assert!(retry(999, None) > Some(at(329)) && retry(999, None) <= Some(at(330)));
    assert_eq!(retry(500, Some(3)), Some(at(300)));
    assert_eq!(retry(500, Some(4_000)), Some(at(4_000)));
    assert_eq!(retry(500, Some(u64::MAX)), Some(at(86_400)));
    assert_eq!(rules.retry_at(10, AT, 0, Some(1)), None);
}

#[test]
fn a_receiver_that_is_gone_ends_it_and_what_it_refused_is_kept() {
    let mut state = active(0);
    let events = happened(&mut state, 1, vec![attempt(1, 1, AT, Some(Failure::Status(GONE)))], &[]);
    assert!(matches!(events.last(), Some(WebhookEvent::WebhookDisabled(_))));
    assert_eq!(*state.standing(), Standing::Disabled);
    assert!(state.waiting().contains_key(&1));
    assert_eq!(asked(&mut state, WebhookCommand::Resume { now: at(9) }), 1);
    assert!(state.is_active());
    assert_eq!(state.waiting()[&1].due, Some(at(9)));
}

#[test]
fn it_is_paused_when_nothing_was_taken_for_long_and_often_enough() {
    let day = 86_400;
    let fail = |number, when| attempt(1, number, when, Some(Failure::Unreachable));
    let mut state = active(0);
    for number in 1..=9 {
        assert_eq!(happened(&mut state, 1, vec![fail(1, at(number))], &[]).len().min(1), 1);
    }
    happened(&mut state, 1, vec![fail(1, at(day))], &[]);
    assert!(state.is_active(), "a second is missing");
    let mut taken = state.clone();
    happened(&mut taken, 1, vec![fail(1, at(day + 1)), attempt(1, 1, at(day + 1), None)], &[]);
    assert!(taken.is_active(), "something was taken");
    happened(&mut state, 1, vec![fail(1, at(day + 1))], &[]);
    let because = PausedBecause::Failures { count: 11, since: at(1) };
    assert_eq!(*state.standing(), Standing::Paused(because));
    asked(&mut state, WebhookCommand::Resume { now: at(2 * day) });
    assert_eq!((state.failures_in_row(), state.failing_since()), (0, None));
}

#[test]
fn a_replay_begins_a_new_run_and_old_attempts_settle_nothing_in_it() {
    let mut state = active(0);
    let failed = vec![attempt(4, 1, AT, Some(Failure::Broken)), attempt(9, 1, AT, None)];
    happened(&mut state, 8, failed, &[6]);
    assert_eq!(
        state.decide(WebhookCommand::Replay { after: 9 }),
        Err(WebhookError::NotReached),
        "nothing may be left out"
    );
    asked(&mut state, WebhookCommand::Replay { after: 5 });
    assert_eq!((state.run(), state.reached(), state.taken_ahead()), (2, 5, 0));
    assert_eq!(state.waiting().keys().collect::<Vec<_>>(), [&4], "6 comes again by itself");
    let late = Outcomes {
        run: 1,
        attempted: vec![attempt(4, 2, AT, None), attempt(7, 1, AT, Some(Failure::Broken))],
        parked: vec![],
        reached: 9,
    };
    let events = state.record(late, &RetryRules::default());
    assert_eq!(events.len(), 2, "they are told");
    events.into_iter().for_each(|event| state.apply(event));
    assert_eq!((state.reached(), state.waiting().len()), (5, 1));
}

#[test]
fn another_address_has_not_refused_anything_yet() {
    let mut state = active(0);
    happened(&mut state, 1, vec![attempt(1, 3, AT, Some(Failure::TimedOut))], &[]);
    asked(&mut state, change_to(subscription("https://new.example/")));
    let waiting = &state.waiting()[&1];
    assert_eq!((waiting.due, waiting.attempts), (None, 0));
    assert_eq!((state.failures_in_row(), state.failing_since()), (0, None));
}

#[test]
fn only_the_latest_dead_letters_are_kept_in_mind() {
    let mut state = active(0);
    let most = casebook_domain::webhook::DEAD_KEPT as u64;
    for position in 1..=most + 3 {
        let dead = attempt(position, 10, AT, Some(Failure::Unreadable));
        happened(&mut state, position, vec![dead], &[]);
        asked(&mut state, WebhookCommand::Resume { now: AT });
    }
    assert_eq!(state.dead().len() as u64, most);
    assert_eq!(state.dead().keys().next(), Some(&4));
}

#[test]
fn a_sum_stands_for_everything_before_it() {
    let mut state = active(3);
    happened(&mut state, 5, vec![attempt(4, 1, AT, Some(Failure::TimedOut))], &[5]);
    asked(&mut state, rotate());
    let sum = state.summed();
    let json = serde_json::to_string(&sum).expect("JSON");
    let mut summed: Webhook = given(vec![serde_json::from_str(&json).expect("an event")]);
    assert_eq!(summed.since_summed(), 0);
    state.apply(sum);
    assert_eq!(summed, state);
    happened(&mut summed, 5, vec![attempt(4, 2, at(5), None)], &[]);
    assert_eq!(summed.waiting().keys().collect::<Vec<_>>(), [&5]);
}

#[test]
fn much_that_is_taken_at_once_is_told_in_events_of_bounded_size() {
    let mut state = active(0);
    let many = (1..=450).map(|position| attempt(position, 1, AT, None)).collect();
    let events = happened(&mut state, 450, many, &[]);
    assert_eq!(events.len(), 3);
    assert_eq!((state.reached(), state.taken_ahead()), (450, 0));
}

#[test]
fn everything_says_itself_in_words_without_the_address() {
    let mut state = active(7);
    let mut events = Webhook::default().decide(subscribe(7)).expect("subscribed");
    let failed = attempt(9, 1, AT, Some(Failure::Status(302)));
    events.extend(happened(&mut state, 10, vec![attempt(8, 1, AT, None), failed], &[10]));
    for command in [
        rotate(),
        WebhookCommand::Pause { reason: "secret plan".to_owned() },
        WebhookCommand::Resume { now: AT },
        WebhookCommand::Replay { after: 8 },
        change_to(subscription("https://user.example/hush")),
        WebhookCommand::Remove,
    ] {
        let more = state.decide(command).expect("allowed");
        more.iter().cloned().for_each(|event| state.apply(event));
        events.extend(more);
    }
    let said: Vec<_> =
        events.into_iter().map(|event| sentence(&Event::Webhook(Box::new(event)))).collect();
    assert_eq!(
        said,
        [
            "Public events of all types, without personal data, behind position 7 are sent to an \
             address from now on.",
            "The receiver took 1 event; 1 waits from now on behind others.",
            "Attempt 1 to send event 9 failed: the receiver answered 302; redirects are not \
             followed; the next attempt is at 2026-04-08T09:30:05.000000Z.",
            "Secret 2 signs from now on, the one before it until 2026-04-08T09:31:00.000000Z.",
            "Sending was paused by an operator.",
            "Sending goes on.",
            "Everything behind position 8 is sent again.",
            "The subscription was changed. Public events of all types, without personal data, are \
             sent.",
            "The subscription was removed.",
        ]
    );
}
