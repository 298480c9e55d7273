//! Order, trying again, crashes, several processes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use casebook_app::{ChangeWebhook, OnWebhook, SubscribeWebhook, Subscribed, WebhookSettings};
use casebook_domain::event::Event;
use casebook_domain::webhook::Failure;
use casebook_store::Clock;
use casebook_tests::desk::{DeskParts, operator};
use casebook_tests::receiver::{Receiver, signature};
use casebook_tests::{TestDatabase, both_databases, postgres_only, wait};
use serde_json::Value;

use crate::shared::{SECOND, Tasks};

use super::*;

both_databases!(
    events_are_sent_signed_and_in_order,
    personal_data_is_sent_where_asked_for_and_is_no_look,
    a_ticket_whose_event_fails_waits_and_the_others_go_on,
    what_waits_is_bounded,
    what_was_not_recorded_is_sent_again_after_a_crash,
    a_letter_is_given_up_and_sent_again_when_somebody_says_so,
    a_long_stream_is_read_from_its_last_sum,
);
postgres_only!(two_processes_send_each_event_once_and_take_over);

async fn events_are_sent_signed_and_in_order(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    write_in(&desk.app, &["a", "b"]).await;
    let tasks = Tasks::default().send(&desk.app);
    let Subscribed { done, secret } = subscribed(&desk.app).await;
    write_in(&desk.app, &["c", "d"]).await;
    let events = until_all_taken(&desk, &receiver, done.webhook_id).await;
    tasks.stop().await;
    let posts = receiver.taken();
    assert_eq!(posts.len(), events.len(), "each once");
    assert_complete_and_in_order(&posts, &events);
    for post in &posts {
        assert_eq!(post.url, URL);
        let sent = event(post);
        assert!(events.contains(&sent), "exactly what a follower gets");
        assert_eq!(sent["id"], Value::String(post.id.clone()));
        let timestamp = post.timestamp.to_string();
        assert_eq!(post.signature, signature(&secret, &post.id, &timestamp, &post.body));
        assert_eq!(post.timestamp, desk.database.clock.now().as_micros() / SECOND);
    }
    // What was sent is told, but never sent itself.
    assert!(!posts.iter().any(|post| post.body.contains("webhook/")));
    let id = done.webhook_id;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = desk.app.webhook_deliveries(&operator(), id, after, 3).await.expect("a page");
        after = page.deliveries.last().map(|delivery| delivery.place);
        seen.extend(page.deliveries);
        if !page.has_more {
            break;
        }
    }
    assert!(
        seen.iter().all(|one| (one.outcome, one.attempt, one.status) == ("TAKEN", 1, Some(200)))
    );
    let told: BTreeSet<_> = seen.iter().map(|one| one.event_id.clone()).collect();
    assert_eq!((told.len(), seen.len()), (events.len(), events.len()));
    let check = desk.app.verify_log(&operator(), |_| {}).await.expect("the log is read");
    assert_eq!(check.problems, []);
}

/// The subscription says who gets personal data and its deliveries say what went out: no looks are
/// recorded beside them, however often sending begins again.
async fn personal_data_is_sent_where_asked_for_and_is_no_look(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    let wanted = SubscribeWebhook { personal: true, ..request() };
    let subscribed = desk.app.subscribe_webhook(&operator(), &wanted).await.expect("subscribed");
    for name in ["a", "b"] {
        write_in(&desk.app, &[name]).await;
        let tasks = Tasks::default().send(&desk.app);
        until_all_taken(&desk, &receiver, subscribed.done.webhook_id).await;
        tasks.stop().await;
    }
    let told = receiver.taken().iter().any(|post| post.body.contains("b@example.net"));
    assert!(told, "personal data is sent");
    let looks = desk.after(0).await.into_iter().filter(|event| matches!(event, Event::Access(_)));
    assert_eq!(looks.count(), 0);
}

async fn a_ticket_whose_event_fails_waits_and_the_others_go_on(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    write_in(&desk.app, &["a", "b"]).await;
    let events = followed(&desk.app).await;
    // The first event of the ticket that has the most.
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    events.iter().for_each(|event| *counts.entry(key(event)).or_default() += 1);
    let stuck = counts.iter().max_by_key(|(_, count)| **count).expect("one").0.clone();
    assert!(counts[&stuck] > 1, "one has followers");
    let bad = stuck.clone();
    receiver.now(move |event, _| if key(event) == bad { Ok(503) } else { Ok(204) });
    let tasks = Tasks::default().send(&desk.app);
    let id = subscribed(&desk.app).await.done.webhook_id;
    let waiting = counts[&stuck] as u64;
    let seen =
        until_info(&desk.app, id, "its events to wait", |info| info.waiting == waiting).await;
    until_taken(&receiver, events.len() - counts[&stuck]).await;
    assert_eq!(receiver.refused().len(), 1, "only the first of them was tried");
    assert_eq!(seen.last_failure.as_deref(), Some("the receiver answered 503"));
    receiver.now(|_, _| Ok(200));
    desk.database.clock.advance(120 * SECOND);
    until_all_taken(&desk, &receiver, id).await;
    tasks.stop().await;
    assert_complete_and_in_order(&receiver.taken(), &events);
    let again = receiver.taken().into_iter().find(|post| post.id == receiver.refused()[0].id);
    let again = again.expect("it was sent again");
    assert!(
        again.timestamp > receiver.refused()[0].timestamp
            && again.body == receiver.refused()[0].body
    );
}

async fn what_waits_is_bounded(database: TestDatabase) {
    let receiver = Receiver::that(|_, _| Err(Failure::Unreachable));
    let settings = WebhookSettings { parked_max: 2, parallel_max: 2, ..quick() };
    let desk = desk_with(database, &receiver, settings).await;
    let names: Vec<String> = (0..12).map(|number| format!("m{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    write_in(&desk.app, &names[..1]).await;
    let tasks = Tasks::default().send(&desk.app);
    let id = subscribed(&desk.app).await.done.webhook_id;
    // A later record may still move on, by what was on its way then: two looks have to agree.
    let looks = Mutex::new(None);
    let first = until_info(&desk.app, id, "the first to wait", |info| {
        let before = looks.lock().expect("the looks").replace(info.clone());
        info.waiting >= 2 && before.as_ref() == Some(info)
    })
    .await;
    let full = receiver.refused().len();
    write_in(&desk.app, &names[1..]).await;
    // Another look at the subscription, so that it had its chance to read on.
    desk.database.clock.advance(SECOND);
    let on = OnWebhook::any(id);
    let change = ChangeWebhook { description: Some("again".to_owned()), ..Default::default() };
    desk.app.change_webhook(&operator(), &on, &change).await.expect("changed");
    desk.database.clock.advance(120 * SECOND);
    wait::until("another attempt", || async { (receiver.refused().len() > full).then_some(()) })
        .await;
    assert_eq!(info(&desk.app, id).await.reached, first.reached, "it reads no further");
    receiver.now(|_, _| Ok(200));
    desk.database.clock.advance(120 * SECOND);
    let events = until_all_taken(&desk, &receiver, id).await;
    tasks.stop().await;
    assert_complete_and_in_order(&receiver.taken(), &events);
}

async fn what_was_not_recorded_is_sent_again_after_a_crash(database: TestDatabase) {
    let receiver = Receiver::new();
    // Nothing is recorded before a hundred were taken: the crash forgets them all.
    let settings = WebhookSettings { record_every_ms: 3_600_000, ..quick() };
    let desk = desk_with(database, &receiver, settings).await;
    write_in(&desk.app, &["a", "b", "c"]).await;
    let id = subscribed(&desk.app).await.done.webhook_id;
    let tasks = Tasks::default().send(&desk.app);
    until_taken(&receiver, 4).await;
    tasks.abort();
    assert!(info(&desk.app, id).await.last_taken_at.is_none(), "nothing was recorded");
    // A receiver of its own: what the first life still had on its way is not counted.
    let again = Receiver::new();
    let desk =
        desk.restart_with(DeskParts { webhooks: again.parts(quick()), ..Default::default() });
    let desk = desk.await;
    let tasks = Tasks::default().send(&desk.app);
    let events = until_all_taken(&desk, &again, id).await;
    tasks.stop().await;
    let posts = again.taken();
    assert_eq!(posts.len(), events.len(), "each once more");
    assert_complete_and_in_order(&posts, &events);
    let known: BTreeSet<String> = posts.into_iter().map(|post| post.id).collect();
    let before = receiver.taken();
    assert!(before.iter().all(|post| known.contains(&post.id)), "with the same identifiers");
}

async fn a_letter_is_given_up_and_sent_again_when_somebody_says_so(database: TestDatabase) {
    let receiver = Receiver::that(|event, _| {
        if event["type"] == "casebook.ticket.received.v1" { Ok(400) } else { Ok(200) }
    });
    let settings = WebhookSettings { retry_seconds: vec![60], ..quick() };
    let desk = desk_with(database, &receiver, settings).await;
    let tasks = Tasks::default().send(&desk.app);
    let id = subscribed(&desk.app).await.done.webhook_id;
    write_in(&desk.app, &["a"]).await;
    until_info(&desk.app, id, "a failure", |info| info.waiting > 0).await;
    desk.database.clock.advance(120 * SECOND);
    until_info(&desk.app, id, "a dead letter", |info| info.dead_letters == 1).await;
    until_taken(&receiver, followed(&desk.app).await.len() - 1).await;
    let dead = desk.app.webhook_dead_letters(&operator(), id).await.expect("dead letters");
    let [dead] = &dead[..] else { panic!("{dead:?}") };
    assert_eq!((dead.attempts, dead.event_type.as_str()), (2, "casebook.ticket.received.v1"));
    assert_eq!(dead.failure, "the receiver answered 400");
    let page = desk.app.webhook_deliveries(&operator(), id, None, 100).await.expect("a page");
    let ends = page.deliveries.iter().filter(|one| one.event_id == dead.event_id);
    assert_eq!(ends.map(|one| one.outcome).collect::<Vec<_>>(), ["GIVEN_UP", "FAILED"]);
    receiver.now(|_, _| Ok(200));
    let (on, place) = (OnWebhook::any(id), dead.position.parse().expect("a cursor"));
    desk.app.redeliver_webhook_event(&operator(), &on, place).await.expect("sent again");
    let after = until_info(&desk.app, id, "it to be taken", |info| info.waiting == 0).await;
    assert_eq!(after.dead_letters, 0);
    assert_eq!(receiver.taken().last().map(|post| post.id.clone()), Some(dead.event_id.clone()));
    let again = desk.app.redeliver_webhook_event(&operator(), &on, place).await;
    assert_eq!(again.expect_err("it is dead no more").code(), "CONFLICT");
    tasks.stop().await;
}

async fn a_long_stream_is_read_from_its_last_sum(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    let id = subscribed(&desk.app).await.done.webhook_id;
    let on = OnWebhook::any(id);
    for _ in 0..260 {
        desk.app.pause_webhook(&operator(), &on, "now").await.expect("paused");
        desk.app.resume_webhook(&operator(), &on).await.expect("resumed");
    }
    let tasks = Tasks::default().send(&desk.app);
    until_all_taken(&desk, &receiver, id).await;
    tasks.stop().await;
    let sums = desk.log().await;
    let sums = sums.iter().filter(|event| event.event_type == "WebhookSummed").count();
    assert_eq!(sums, 1);
    let here = info(&desk.app, id).await;
    let beside = desk.beside().await;
    assert_eq!(info(&beside, id).await, here);
    assert_eq!(here.revision, 521);
    beside.store().clone().close().await;
}

async fn two_processes_send_each_event_once_and_take_over(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    let parts = DeskParts { webhooks: receiver.parts(quick()), ..DeskParts::default() };
    let other = desk.try_on(desk.database.open_beside().await, parts).await.expect("it starts");
    let ids = [subscribed(&desk.app).await, subscribed(&desk.app).await];
    let ids = ids.map(|one| one.done.webhook_id);
    let (one, two) = (Tasks::default().send(&desk.app), Tasks::default().send(&other));
    write_in(&desk.app, &["a", "b"]).await;
    for id in ids {
        until_all_taken(&desk, &receiver, id).await;
    }
    let events = followed(&desk.app).await;
    assert_eq!(receiver.taken().len(), 2 * events.len(), "each subscription each event once");
    one.abort();
    write_in(&other, &["c"]).await;
    for id in ids {
        until_all_taken(&desk, &receiver, id).await;
    }
    two.stop().await;
    let events = followed(&desk.app).await;
    assert_complete_and_in_order(&receiver.taken(), &events);
    other.store().clone().close().await;
}
