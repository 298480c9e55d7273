//! Sending events to subscribers: order, trying again, crashes, several processes, operators'
//! decisions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use casebook_app::{
    Access, App, ChangeWebhook, EventRequest, OnWebhook, SkipEvent, StreamStart, SubscribeWebhook,
    Subscribed, WebhookInfo, WebhookPost, WebhookSettings,
};
use casebook_domain::ids::WebhookId;
use casebook_domain::webhook::Failure;
use casebook_projections::testing::History;
use casebook_store::{Clock, Cursor, NewEvent, StreamId};
use casebook_tests::desk::{Desk, DeskParts, OTHER_TENANT, TENANT, operator, receive};
use casebook_tests::letters::mail;
use casebook_tests::receiver::{Receiver, signature};
use casebook_tests::{TestDatabase, both_databases, postgres_only, wait};
use serde_json::Value;

use crate::shared::{SECOND, Tasks};

both_databases!(
    events_are_sent_signed_and_in_order,
    a_ticket_whose_event_fails_waits_and_the_others_go_on,
    what_waits_is_bounded,
    what_was_not_recorded_is_sent_again_after_a_crash,
    a_letter_is_given_up_and_sent_again_when_somebody_says_so,
    everything_is_sent_again_from_a_position,
    a_replay_beside_an_answer_is_not_lost,
    the_old_address_does_not_speak_for_the_new_one,
    an_unreadable_event_is_passed_over_when_somebody_says_so,
    both_secrets_sign_during_a_rotation,
    a_receiver_that_is_gone_or_away_is_left_alone_until_somebody_says_so,
    a_long_stream_is_read_from_its_last_sum,
    operators_are_told_what_they_may_not_do,
);
postgres_only!(two_processes_send_each_event_once_and_take_over);

const URL: &str = "https://hooks.example/casebook";

/// Settings under which tests wait for nothing.
fn quick() -> WebhookSettings {
    WebhookSettings { record_every_ms: 5, retry_seconds: vec![60, 60], ..Default::default() }
}

async fn desk_with(
    database: TestDatabase,
    receiver: &Arc<Receiver>,
    settings: WebhookSettings,
) -> Desk {
    let webhooks = receiver.parts(settings);
    Desk::with(database, DeskParts { webhooks, ..DeskParts::default() }).await
}

fn request() -> SubscribeWebhook {
    SubscribeWebhook {
        tenant: TENANT.to_owned(),
        url: URL.to_owned(),
        types: Vec::new(),
        personal: false,
        description: "CRM".to_owned(),
        start: StreamStart::Earliest,
        idempotency_key: None,
    }
}

async fn subscribed(app: &App) -> Subscribed {
    app.subscribe_webhook(&operator(), &request()).await.expect("subscribed")
}

async fn write_in(app: &App, names: &[&str]) {
    for name in names {
        let mail = mail(name).from(&format!("{name}@example.net"));
        receive(app, &mail).await.expect("received");
    }
}

fn event(post: &WebhookPost) -> Value {
    serde_json::from_str(&post.body).expect("an event")
}

fn place(event: &Value) -> u64 {
    let cursor: Cursor = event["position"].as_str().expect("a place").parse().expect("a cursor");
    cursor.position
}

/// All public events of the tenant, as a follower gets them.
async fn followed(app: &App) -> Vec<Value> {
    let request = EventRequest { tenants: vec![TENANT.to_owned()], ..EventRequest::default() };
    let page = app.events_page(&operator(), &request, 10_000).await.expect("a page");
    let json = |text: &str| serde_json::from_str(text).expect("JSON");
    page.events.iter().map(|event| json(&event.json(false))).collect()
}

/// What order is promised by: the ticket, or else the stream.
fn key(event: &Value) -> String {
    let ticket = event["data"]["ticketId"].as_str().or(event["data"]["ticket_id"].as_str());
    ticket.map_or_else(|| event["subject"].as_str().expect("a subject").to_owned(), str::to_owned)
}

/// Checks that each event came, and those about one thing in their order; repeats are left out.
fn assert_complete_and_in_order(posts: &[WebhookPost], events: &[Value]) {
    let mut first = BTreeSet::new();
    let got: Vec<Value> =
        posts.iter().filter(|post| first.insert(post.id.clone())).map(event).collect();
    let by_key = |events: &[Value]| {
        let mut lists: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for event in events {
            lists.entry(key(event)).or_default().push(place(event));
        }
        lists
    };
    assert_eq!(by_key(&got), by_key(events));
}

async fn info(app: &App, id: WebhookId) -> WebhookInfo {
    app.webhook_info(&operator(), id).await.expect("a subscription")
}

async fn until_info(
    app: &App,
    id: WebhookId,
    what: &str,
    found: impl Fn(&WebhookInfo) -> bool,
) -> WebhookInfo {
    wait::until(what, || async { Some(info(app, id).await).filter(|info| found(info)) }).await
}

/// Waits until so many different events were taken.
async fn until_taken(receiver: &Receiver, number: usize) {
    wait::until("events to be taken", || async {
        let ids: BTreeSet<_> = receiver.taken().into_iter().map(|post| post.id).collect();
        (ids.len() >= number).then_some(())
    })
    .await;
}

/// Waits until everything was taken and that is recorded.
async fn until_all_taken(desk: &Desk, receiver: &Receiver, id: WebhookId) -> Vec<Value> {
    let events = followed(&desk.app).await;
    until_taken(receiver, events.len()).await;
    let last = place(events.last().expect("an event"));
    until_info(&desk.app, id, "all to be recorded", |info| {
        let reached: Cursor = info.reached.parse().expect("a cursor");
        info.waiting == 0 && reached.position >= last
    })
    .await;
    events
}

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
    let before = receiver.taken().len();
    assert!(info(&desk.app, id).await.last_taken_at.is_none(), "nothing was recorded");
    let desk =
        desk.restart_with(DeskParts { webhooks: receiver.parts(quick()), ..Default::default() });
    let desk = desk.await;
    let tasks = Tasks::default().send(&desk.app);
    let events = followed(&desk.app).await;
    until_info(&desk.app, id, "all to be recorded", |info| {
        let reached: Cursor = info.reached.parse().expect("a cursor");
        reached.position >= place(events.last().expect("an event"))
    })
    .await;
    tasks.stop().await;
    let posts = receiver.taken();
    assert_eq!(posts.len(), before + events.len(), "all again, with the same identifiers");
    assert_complete_and_in_order(&posts[before..], &events);
    assert_complete_and_in_order(&posts, &events);
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
