//! Cases of the policy log.

use casebook_domain::policy_log::{PolicyCommand, PolicyEvent, PolicyLog, PolicyLogError};

use crate::fixtures::given;

fn publish(version: &str) -> PolicyCommand {
    PolicyCommand::Publish {
        version: version.to_owned(),
        name: "default".to_owned(),
        size_bytes: 10,
        note: None,
    }
}

fn rollback(version: &str) -> PolicyCommand {
    PolicyCommand::Rollback { version: version.to_owned(), note: None }
}

fn published(versions: &[&str]) -> PolicyLog {
    let events = versions.iter().map(|version| {
        let events = PolicyLog::default().decide(publish(version)).expect("published");
        events.into_iter().next().expect("one event")
    });
    given(events)
}

#[test]
fn publishing_brings_a_version_into_force_and_a_repeat_changes_nothing() {
    let log = published(&["aaa1", "bbb2"]);
    assert_eq!(log.in_force(), Some("bbb2"));
    assert_eq!(log.decide(publish("bbb2")).expect("same"), []);
    assert_eq!(log.decide(publish("aaa1")).expect("another").len(), 1);
}

#[test]
fn a_rollback_names_one_known_version() {
    let log = published(&["aaa1", "aab2", "bbb3"]);
    let events = log.decide(rollback("aaa")).expect("rolled back");
    let PolicyEvent::PolicyRolledBack(back) = &events[0] else { panic!("{events:?}") };
    assert_eq!((back.version.as_str(), back.replaced.as_str()), ("aaa1", "bbb3"));
    assert_eq!(log.decide(rollback("aa")), Err(PolicyLogError::Ambiguous("aa".to_owned())));
    assert_eq!(log.decide(rollback("c")), Err(PolicyLogError::UnknownVersion("c".to_owned())));
    assert_eq!(log.decide(rollback("bbb3")).expect("in force"), []);
}
