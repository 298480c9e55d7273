//! Sending events to subscribers: what its cases share.

mod decided;
mod keys;
mod operators;
mod sending;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use casebook_app::{
    App, EventRequest, StreamStart, SubscribeWebhook, Subscribed, WebhookInfo, WebhookPost,
    WebhookSettings,
};
use casebook_domain::ids::WebhookId;
use casebook_store::Cursor;
use casebook_tests::desk::{Desk, DeskParts, TENANT, operator, receive};
use casebook_tests::letters::mail;
use casebook_tests::receiver::Receiver;
use casebook_tests::{TestDatabase, wait};
use serde_json::Value;

pub(super) const URL: &str = "https://hooks.example/casebook";

/// Settings under which tests wait for nothing.
pub(super) fn quick() -> WebhookSettings {
    WebhookSettings { record_every_ms: 5, retry_seconds: vec![60, 60], ..Default::default() }
}

pub(super) async fn desk_with(
    database: TestDatabase,
    receiver: &Arc<Receiver>,
    settings: WebhookSettings,
) -> Desk {
    let webhooks = receiver.parts(settings);
    Desk::with(database, DeskParts { webhooks, ..DeskParts::default() }).await
}

pub(super) fn request() -> SubscribeWebhook {
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

pub(super) async fn subscribed(app: &App) -> Subscribed {
    app.subscribe_webhook(&operator(), &request()).await.expect("subscribed")
}

pub(super) async fn write_in(app: &App, names: &[&str]) {
    for name in names {
        let mail = mail(name).from(&format!("{name}@example.net"));
        receive(app, &mail).await.expect("received");
    }
}

pub(super) fn event(post: &WebhookPost) -> Value {
    serde_json::from_str(&post.body).expect("an event")
}

pub(super) fn place(event: &Value) -> u64 {
    let cursor: Cursor = event["position"].as_str().expect("a place").parse().expect("a cursor");
    cursor.position
}

/// All public events of the tenant, as a follower gets them.
pub(super) async fn followed(app: &App) -> Vec<Value> {
    let request = EventRequest { tenants: vec![TENANT.to_owned()], ..EventRequest::default() };
    let page = app.events_page(&operator(), &request, 10_000).await.expect("a page");
    let json = |text: &str| serde_json::from_str(text).expect("JSON");
    page.events.iter().map(|event| json(&event.json(false))).collect()
}

/// What order is promised by: the ticket, or else the stream.
pub(super) fn key(event: &Value) -> String {
    let ticket = event["data"]["ticketId"].as_str().or(event["data"]["ticket_id"].as_str());
    ticket.map_or_else(|| event["subject"].as_str().expect("a subject").to_owned(), str::to_owned)
}

/// Checks that each event came, and those about one thing in their order; repeats are left out.
pub(super) fn assert_complete_and_in_order(posts: &[WebhookPost], events: &[Value]) {
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

pub(super) async fn info(app: &App, id: WebhookId) -> WebhookInfo {
    app.webhook_info(&operator(), id).await.expect("a subscription")
}

pub(super) async fn until_info(
    app: &App,
    id: WebhookId,
    what: &str,
    found: impl Fn(&WebhookInfo) -> bool,
) -> WebhookInfo {
    wait::until(what, || async { Some(info(app, id).await).filter(|info| found(info)) }).await
}

/// Waits until so many different events were taken.
pub(super) async fn until_taken(receiver: &Receiver, number: usize) {
    wait::until("events to be taken", || async {
        let ids: BTreeSet<_> = receiver.taken().into_iter().map(|post| post.id).collect();
        (ids.len() >= number).then_some(())
    })
    .await;
}

/// Waits until everything was taken and that is recorded.
pub(super) async fn until_all_taken(desk: &Desk, receiver: &Receiver, id: WebhookId) -> Vec<Value> {
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
