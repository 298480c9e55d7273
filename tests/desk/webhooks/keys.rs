//! A program that was given another key than the one that secrets were made from.

use casebook_app::{OnWebhook, SubscribeWebhook, WebhookKey, WebhookParts};
use casebook_tests::desk::{DeskParts, operator};
use casebook_tests::receiver::{Receiver, signature};
use casebook_tests::{TestDatabase, both_databases};

use crate::shared::Tasks;

use super::*;

both_databases!(nothing_is_signed_with_another_key_until_the_secret_is_rotated);

async fn nothing_is_signed_with_another_key_until_the_secret_is_rotated(database: TestDatabase) {
    let receiver = Receiver::new();
    let desk = desk_with(database, &receiver, quick()).await;
    let first = SubscribeWebhook { idempotency_key: Some("one".to_owned()), ..request() };
    let done = desk.app.subscribe_webhook(&operator(), &first).await.expect("subscribed").done;
    let id = done.webhook_id;
    let key = WebhookKey::new("another key that only the tests of Casebook know").expect("a key");
    let webhooks = WebhookParts { key: Some(key), ..receiver.parts(quick()) };
    let desk = desk.restart_with(DeskParts { webhooks, ..DeskParts::default() }).await;
    let tasks = Tasks::default().send(&desk.app);
    write_in(&desk.app, &["a"]).await;
    // Whatever is subscribed with the new key goes out, before and behind the other one.
    let url = "https://beside.example/".to_owned();
    let beside = SubscribeWebhook { url: url.clone(), ..request() };
    let beside = desk.app.subscribe_webhook(&operator(), &beside).await.expect("subscribed");
    let events = until_all_taken(&desk, &receiver, beside.done.webhook_id).await;
    assert!(receiver.taken().iter().all(|post| post.url == url), "nothing that nobody can check");
    let told = info(&desk.app, id).await;
    assert_eq!((told.standing, told.reached.ends_with(":0")), ("PAUSED", true));
    assert!(told.reason.expect("a reason").contains("rotate the secret"));
    let refused = desk.app.webhook_secret(&operator(), id).await.expect_err("not that secret");
    assert_eq!(refused.code(), "INVALID");
    let again = desk.app.subscribe_webhook(&operator(), &first).await;
    assert_eq!(again.expect_err("not that secret either").code(), "INVALID");

    let on = OnWebhook::any(id);
    let secret = desk.app.rotate_webhook_secret(&operator(), &on).await.expect("rotated").secret;
    assert_eq!(desk.app.webhook_secret(&operator(), id).await.expect("the secret"), secret);
    until_all_taken(&desk, &receiver, id).await;
    assert_eq!(info(&desk.app, id).await.standing, "ACTIVE");
    let posts: Vec<_> = receiver.taken().into_iter().filter(|post| post.url == URL).collect();
    assert_complete_and_in_order(&posts, &events);
    for post in &posts {
        let signed = signature(&secret, &post.id, &post.timestamp.to_string(), &post.body);
        assert!(post.signature == signed, "only what can be checked: {}", post.signature);
    }
    tasks.stop().await;
}
