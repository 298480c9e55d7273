//! Which policy is in force, and that decisions name it.

use casebook_app::AppError;
use casebook_domain::policy::Policy;
use casebook_domain::ticket::TicketEvent;
use casebook_tests::desk::{Desk, TENANT, operator, receive, shipped, shipped_files};
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases, postgres_only, wait};

both_databases!(
    publishing_is_an_event_and_a_repeat_is_none,
    rollback_brings_an_earlier_version_back,
    policy_in_force_survives_a_restart,
    decisions_name_the_policy_they_were_made_by,
    unsound_policies_are_refused,
);
postgres_only!(other_process_sees_a_new_policy, policy_published_before_following_began_is_seen,);

fn literal() -> Policy {
    Policy::from_entry(&shipped_files(TENANT), "sop-literal/policy.toml").expect("a policy")
}

fn in_force(desk: &Desk) -> String {
    desk.app.policies().get(TENANT).expect("a policy").version.clone()
}

async fn publishing_is_an_event_and_a_repeat_is_none(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let length = desk.length().await;
    let again = desk.app.publish_policy(&operator(), &shipped(TENANT), None).await;
    let again = again.expect("published");
    assert_eq!((again.changed, again.position), (false, None));
    assert_eq!(desk.length().await, length);
    let note = Some("literal reading".to_owned());
    let done = desk.app.publish_policy(&operator(), &literal(), note).await.expect("published");
    assert_eq!((done.changed, done.position), (true, Some(length + 1)));
    assert_eq!(done.version, literal().version().as_str());
    let log = desk.log().await;
    let last = log.last().expect("an event");
    assert_eq!((last.event_type.as_str(), last.stream.id.as_str()), ("PolicyPublished", TENANT));
    assert!(last.payload.contains("literal reading"));
    let kept = desk.app.published_policy(&operator(), TENANT, &done.version).await;
    assert_eq!(kept.expect("a policy"), literal());
    let versions = desk.app.policy_versions(&operator(), TENANT).await.expect("versions");
    assert_eq!(versions.len(), 2);
    assert_eq!(versions.iter().filter(|version| version.in_force).count(), 1);
}

async fn rollback_brings_an_earlier_version_back(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = in_force(&desk);
    desk.publish(&literal()).await;
    assert_ne!(in_force(&desk), first);
    let beginning = format!("v{}", &first[..12]);
    let back = desk.app.rollback_policy(&operator(), TENANT, &beginning, None).await;
    let back = back.expect("rolled back");
    assert_eq!((back.version.as_str(), back.changed), (first.as_str(), true));
    assert_eq!(in_force(&desk), first);
    let again = desk.app.rollback_policy(&operator(), TENANT, &first, None).await;
    assert!(!again.expect("nothing to do").changed);
    for wrong in ["ffffffffffff", ""] {
        let error = desk.app.rollback_policy(&operator(), TENANT, wrong, None).await;
        let error = error.expect_err("unknown or not unique");
        assert!(matches!(&error, AppError::Invalid { field, .. } if field == "version"), "{error}");
    }
}

async fn policy_in_force_survives_a_restart(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = in_force(&desk);
    desk.publish(&literal()).await;
    let second = in_force(&desk);
    let desk = desk.restart().await;
    assert_eq!(in_force(&desk), second);
    desk.app.rollback_policy(&operator(), TENANT, &first, None).await.expect("rolled back");
    let desk = desk.restart().await;
    assert_eq!(in_force(&desk), first);
}

async fn decisions_name_the_policy_they_were_made_by(database: TestDatabase) {
    let desk = Desk::open(database).await;
    // "gut reaction" fires by the letter of the table and not by its intent.
    let text = "My gut reaction: he was sick of the old food, and refund me. Blood worms!\r\n";
    let first = desk.receive(&mail("a").text(text)).await;
    let by_default = in_force(&desk);
    desk.publish(&literal()).await;
    let second = desk.receive(&mail("b").answers("a").text(text)).await;
    let events = desk.ticket(second.ticket_id).await;
    let named: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            TicketEvent::TicketReceived(received) => Some(&received.check.policy_version),
            TicketEvent::CustomerReplied(replied) => Some(&replied.check.policy_version),
            _ => None,
        })
        .map(String::as_str)
        .collect();
    assert_eq!(named, [by_default.as_str(), in_force(&desk).as_str()]);
    assert!(first.gated.is_none() && second.gated.is_some(), "the two policies differ here");
}

async fn unsound_policies_are_refused(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (length, before) = (desk.length().await, in_force(&desk));
    let mut broken = shipped(TENANT);
    broken.thresholds.priority = 7.0;
    let error = desk.app.publish_policy(&operator(), &broken, None).await.expect_err("refused");
    assert!(matches!(&error, AppError::Invalid { field, .. } if field == "policy"), "{error}");
    assert_eq!((desk.length().await, in_force(&desk)), (length, before));
}

async fn other_process_sees_a_new_policy(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let other = desk.beside().await;
    let following = tokio::spawn(other.clone().follow_policies());
    desk.publish(&literal()).await;
    let version = in_force(&desk);
    wait::until("the new policy", || async {
        other.policies().get(TENANT).filter(|now| now.version == version)
    })
    .await;
    let received = receive(&other, &mail("a")).await.expect("received");
    let events = desk.ticket(received.ticket_id).await;
    let TicketEvent::TicketReceived(ticket) = &events[0] else { panic!("a ticket") };
    assert_eq!(ticket.check.policy_version, version);
    following.abort();
}

async fn policy_published_before_following_began_is_seen(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let other = desk.beside().await;
    desk.publish(&literal()).await;
    let version = in_force(&desk);
    let following = tokio::spawn(other.clone().follow_policies());
    wait::until("the policy of the time between", || async {
        other.policies().get(TENANT).filter(|now| now.version == version)
    })
    .await;
    following.abort();
}
