//! What operators decide while events are sent.

use casebook_app::{
    Access, App, ChangeWebhook, OnWebhook, SkipEvent, SubscribeWebhook, Subscribed, WebhookPost,
    WebhookSettings,
};
use casebook_domain::webhook::Failure;
use casebook_projections::testing::History;
use casebook_store::{Cursor, NewEvent, StreamId};
use casebook_tests::desk::{OTHER_TENANT, TENANT, operator};
use casebook_tests::receiver::{Receiver, signature};
use casebook_tests::{TestDatabase, both_databases, wait};

use crate::shared::{SECOND, Tasks};

use super::*;

both_databases!(
    everything_is_sent_again_from_a_position,
    a_replay_beside_an_answer_is_not_lost,
    the_old_address_does_not_speak_for_the_new_one,
    an_unreadable_event_is_passed_over_when_somebody_says_so,
    both_secrets_sign_during_a_rotation,
    a_receiver_that_is_gone_or_away_is_left_alone_until_somebody_says_so,
    operators_are_told_what_they_may_not_do,
);

async fn everything_is_sent_again_from_a_position(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    let tasks = Tasks::default().send(&desk.app);
    let id = subscribed(&desk.app).await.done.webhook_id;
    write_in(&desk.app, &["a", "b"]).await;
    let events = until_all_taken(&desk, &receiver, id).await;
    let from = &events[2];
    let after: Cursor = from["position"].as_str().expect("a place").parse().expect("a cursor");
    let on = OnWebhook { idempotency_key: Some("once".to_owned()), ..OnWebhook::any(id) };
    let before = receiver.taken().len();
    desk.app.replay_webhook(&operator(), &on, Some(after)).await.expect("a replay");
    let repeated = desk.app.replay_webhook(&operator(), &on, Some(after)).await.expect("the same");
    assert!(repeated.repeated);
    let number = events.len() - 3;
    wait::until("the replay", || async {
        (receiver.taken().len() == before + number).then_some(())
    })
    .await;
    assert_complete_and_in_order(&receiver.taken()[before..], &events[3..]);
    until_info(&desk.app, id, "it to be recorded", |info| {
        let reached: Cursor = info.reached.parse().expect("a cursor");
        reached.position >= place(events.last().expect("an event"))
    })
    .await;
    let beyond = Cursor { position: desk.length().await + 1, ..after };
    let refused = desk.app.replay_webhook(&operator(), &OnWebhook::any(id), Some(beyond)).await;
    assert_eq!(refused.expect_err("not there yet").code(), "INVALID");
    tasks.stop().await;
}

/// Lets `decide` be carried out while an event is on its way, before its answer.
fn meanwhile(decide: impl Future<Output = ()>) {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(decide));
}

async fn a_replay_beside_an_answer_is_not_lost(database: TestDatabase) {
    let receiver = Receiver::new();
    // What was taken before is not recorded either when the replay comes in between.
    let settings = WebhookSettings { parallel_max: 1, record_every_ms: 3_600_000, ..quick() };
    let desk = desk_with(database, &receiver, settings).await;
    write_in(&desk.app, &["a", "b"]).await;
    let events = followed(&desk.app).await;
    let on = OnWebhook::any(subscribed(&desk.app).await.done.webhook_id);
    let (app, last) = (desk.app.clone(), place(events.last().expect("an event")));
    receiver.now(move |event, times| {
        if (place(event), times) == (last, 0) {
            meanwhile(async {
                app.replay_webhook(&operator(), &on, None).await.expect("a replay");
            });
        }
        Ok(200)
    });
    let tasks = Tasks::default().send(&desk.app);
    wait::until("the replay", || async {
        (receiver.taken().len() >= 2 * events.len()).then_some(())
    })
    .await;
    tasks.stop().await;
    let posts = receiver.taken();
    assert_complete_and_in_order(&posts[..events.len()], &events);
    assert_complete_and_in_order(&posts[events.len()..], &events);
}

async fn the_old_address_does_not_speak_for_the_new_one(database: TestDatabase) {
    let receiver = Receiver::new();
    let settings = WebhookSettings { parallel_max: 1, record_every_ms: 0, ..quick() };
    let desk = desk_with(database, &receiver, settings).await;
    write_in(&desk.app, &["a", "b"]).await;
    let id = subscribed(&desk.app).await.done.webhook_id;
    let first = place(&followed(&desk.app).await[0]);
    let app = desk.app.clone();
    receiver.now(move |event, times| {
        if (place(event), times) != (first, 0) {
            return Ok(200);
        }
        meanwhile(async {
            let url = Some("https://elsewhere.example/".to_owned());
            let change = ChangeWebhook { url, ..ChangeWebhook::default() };
            app.change_webhook(&operator(), &OnWebhook::any(id), &change).await.expect("changed");
        });
        Ok(410)
    });
    let tasks = Tasks::default().send(&desk.app);
    let events = until_all_taken(&desk, &receiver, id).await;
    tasks.stop().await;
    assert_eq!(info(&desk.app, id).await.standing, "ACTIVE");
    let posts = receiver.taken();
    assert_complete_and_in_order(&posts, &events);
    let again = posts.iter().find(|post| place(&event(post)) == first).expect("sent again");
    assert_eq!(again.url, "https://elsewhere.example/");
}

/// Appends an event that no version of the program can read.
async fn append_unreadable(app: &App, kind: &str, event_type: &str) -> u64 {
    let mut history = History::new();
    history.begin(TENANT);
    let broken = NewEvent {
        event_id: casebook_tests::ids::fresh(),
        event_type: event_type.to_owned(),
        event_version: "9".to_owned(),
        payload: "{}".to_owned(),
    };
    history.push_raw(StreamId::new(kind, casebook_tests::ids::fresh().to_string()), broken);
    history.append(app.store()).await.expect("appended")
}

async fn an_unreadable_event_is_passed_over_when_somebody_says_so(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    let types = ["casebook.contact.registered.v1", "casebook.ticket.received.v1"];
    let request = SubscribeWebhook { types: types.map(str::to_owned).to_vec(), ..request() };
    let done = desk.app.subscribe_webhook(&operator(), &request).await.expect("subscribed").done;
    write_in(&desk.app, &["a"]).await;
    let before = desk.length().await;
    append_unreadable(&desk.app, "ticket", "TicketResolved").await;
    let position = append_unreadable(&desk.app, "contact", "ContactRegistered").await;
    let tasks = Tasks::default().send(&desk.app);
    until_info(&desk.app, done.webhook_id, "what lies before it to be recorded", |info| {
        let reached: Cursor = info.reached.parse().expect("a cursor");
        reached.position >= before
    })
    .await;
    let taken = receiver.taken().len();
    let skip = SkipEvent { position, reader: None, reason: "broken".to_owned() };
    desk.app.skip_event(&operator(), &skip).await.expect("passed over");
    write_in(&desk.app, &["b"]).await;
    until_taken(&receiver, 2 * taken).await;
    tasks.stop().await;
    assert_eq!(receiver.taken().len(), 2 * taken, "each once");
}

async fn both_secrets_sign_during_a_rotation(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    let Subscribed { done, secret: old } = subscribed(&desk.app).await;
    let on = OnWebhook { expected_revision: Some(1), ..OnWebhook::any(done.webhook_id) };
    let new = desk.app.rotate_webhook_secret(&operator(), &on).await.expect("rotated");
    assert_ne!(new.secret, old);
    let told = desk.app.webhook_secret(&operator(), done.webhook_id).await.expect("the secret");
    assert_eq!(told, new.secret);
    let conflict = desk.app.rotate_webhook_secret(&operator(), &on).await;
    assert_eq!(conflict.expect_err("it was rotated").code(), "CONFLICT");
    let tasks = Tasks::default().send(&desk.app);
    until_all_taken(&desk, &receiver, done.webhook_id).await;
    let signed = |post: &WebhookPost, secret: &str| {
        signature(secret, &post.id, &post.timestamp.to_string(), &post.body)
    };
    for post in receiver.taken() {
        let both = format!("{} {}", signed(&post, &new.secret), signed(&post, &old));
        assert_eq!(post.signature, both);
    }
    desk.database.clock.advance(24 * 3600 * SECOND);
    write_in(&desk.app, &["a"]).await;
    until_all_taken(&desk, &receiver, done.webhook_id).await;
    let last = receiver.taken().pop().expect("a post");
    assert_eq!(last.signature, signed(&last, &new.secret));
    tasks.stop().await;
}

async fn a_receiver_that_is_gone_or_away_is_left_alone_until_somebody_says_so(
    database: TestDatabase,
) {
    let receiver = Receiver::that(|_, _| Ok(410));
    let settings = WebhookSettings {
        pause_after_seconds: 100,
        pause_failures_min: 2,
        parallel_max: 1,
        // However far the clock is put on, no letter is given up.
        retry_seconds: vec![60; 10_000],
        ..quick()
    };
    let desk = desk_with(database, &receiver, settings).await;
    let tasks = Tasks::default().send(&desk.app);
    let id = subscribed(&desk.app).await.done.webhook_id;
    write_in(&desk.app, &["a"]).await;
    let gone = until_info(&desk.app, id, "its end", |info| info.standing == "DISABLED").await;
    assert!(gone.reason.expect("a reason").contains("410"));
    let asked = receiver.refused().len();
    receiver.now(|_, _| Err(Failure::TimedOut));
    let on = OnWebhook::any(id);
    desk.app.resume_webhook(&operator(), &on).await.expect("resumed");
    until_info(&desk.app, id, "a failure", |info| info.failures_in_row > 0).await;
    wait::until("the pause", || async {
        desk.database.clock.advance(60 * SECOND);
        (info(&desk.app, id).await.standing == "PAUSED").then_some(())
    })
    .await;
    assert!(receiver.refused().len() > asked);
    let paused = info(&desk.app, id).await;
    assert!(paused.reason.expect("a reason").contains("nothing was taken"));
    receiver.now(|_, _| Ok(200));
    let nothing = receiver.taken().len();
    assert_eq!(nothing, 0);
    desk.app.resume_webhook(&operator(), &on).await.expect("resumed");
    let events = until_all_taken(&desk, &receiver, id).await;
    assert_complete_and_in_order(&receiver.taken(), &events);
    desk.app.pause_webhook(&operator(), &on, "moving house").await.expect("paused");
    let on = OnWebhook { idempotency_key: Some("the end".to_owned()), ..on };
    desk.app.remove_webhook(&operator(), &on).await.expect("removed");
    assert!(desk.app.remove_webhook(&operator(), &on).await.expect("the same").repeated);
    let none = desk.app.webhook_info(&operator(), id).await;
    assert_eq!(none.expect_err("removed").code(), "NOT_FOUND");
    assert_eq!(desk.app.webhooks(&operator(), None).await.expect("a list"), []);
    tasks.stop().await;
}

async fn operators_are_told_what_they_may_not_do(database: TestDatabase) {
    let receiver = Receiver::new();
    let settings = WebhookSettings { subscriptions_max: 1, ..quick() };
    let desk = desk_with(database, &receiver, settings).await;
    let ask = |access: Access, request: SubscribeWebhook| {
        let app = desk.app.clone();
        async move {
            let answer = app.subscribe_webhook(&access, &request).await;
            answer.map(|done| done.done).map_err(|error| error.code())
        }
    };
    let reader = Access::integration("crm", vec![TENANT.to_owned()], true);
    assert_eq!(ask(reader, request()).await, Err("FORBIDDEN"));
    let url = "http://hooks.example/".to_owned();
    assert_eq!(ask(operator(), SubscribeWebhook { url, ..request() }).await, Err("INVALID"));
    let types = vec!["casebook.nothing.v1".to_owned()];
    assert_eq!(ask(operator(), SubscribeWebhook { types, ..request() }).await, Err("INVALID"));
    let elsewhere = operator().within(&[OTHER_TENANT.to_owned()]);
    assert_eq!(ask(elsewhere.clone(), request()).await, Err("NOT_FOUND"));
    let keyed = SubscribeWebhook { idempotency_key: Some("one".to_owned()), ..request() };
    let first = ask(operator(), keyed.clone()).await.expect("subscribed");
    let again = ask(operator(), keyed.clone()).await.expect("the same");
    assert_eq!((again.webhook_id, again.repeated), (first.webhook_id, true));
    let other = SubscribeWebhook { personal: true, ..keyed };
    assert_eq!(ask(operator(), other).await, Err("IDEMPOTENCY_MISMATCH"));
    assert_eq!(ask(operator(), request()).await, Err("LIMIT"));
    let foreign = desk.app.webhook_info(&elsewhere, first.webhook_id).await;
    assert_eq!(foreign.expect_err("foreign").code(), "NOT_FOUND");
    let on = OnWebhook::any(first.webhook_id);
    let foreign = desk.app.remove_webhook(&elsewhere, &on).await;
    assert_eq!(foreign.expect_err("foreign").code(), "NOT_FOUND");
    let keyless = desk.beside().await;
    let answer = keyless.subscribe_webhook(&operator(), &request()).await.expect_err("no key");
    assert!(answer.to_string().contains("CASEBOOK_WEBHOOKS__KEY"), "{answer}");
    keyless.store().clone().close().await;
}
