//! How a tenant's policies came into force, one after the other.

use super::PolicyEvent;
use crate::Timestamp;

/// A version that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionHistory {
    /// SHA-256 in hex of its content.
    pub version: String,
    /// Name of the policy, as it was first published.
    pub name: String,
    /// Whether it is in force.
    pub in_force: bool,
    /// How it was first published.
    pub published: Term,
    /// Each time that it came into force again, the first time first.
    pub again: Vec<Term>,
}

/// A version came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Since when.
    pub at: Timestamp,
    /// Who brought it into force, for example `agent:ada`.
    pub actor: String,
    /// Why, in their words.
    pub note: Option<String>,
    /// The version that was in force before; `None` for the tenant's first.
    pub replaced: Option<String>,
    /// Whether it was a rollback to a version known before.
    pub is_rollback: bool,
}

/// Everything that was ever published for one tenant, in the order of first publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyHistory {
    versions: Vec<VersionHistory>,
}

impl PolicyHistory {
    /// The versions, the first published first.
    pub fn into_versions(self) -> Vec<VersionHistory> {
        self.versions
    }

    /// Takes the next event of the tenant's policy stream into account, which `actor` caused.
    pub fn note(&mut self, event: PolicyEvent, at: Timestamp, actor: String) {
        let (version, name, note, is_rollback) = match event {
            PolicyEvent::PolicyPublished(it) => (it.version, Some(it.name), it.note, false),
            PolicyEvent::PolicyRolledBack(it) => (it.version, None, it.note, true),
        };
        let before = self.versions.iter_mut().find(|known| known.in_force);
        let replaced = before.map(|known| {
            known.in_force = false;
            known.version.clone()
        });
        let term = Term { at, actor, note, replaced, is_rollback };
        match self.versions.iter_mut().find(|known| known.version == version) {
            Some(known) => {
                known.in_force = true;
                known.again.push(term);
            }
            // What is rolled back to was published before, so there is a name.
            None => self.versions.push(VersionHistory {
                version,
                name: name.unwrap_or_default(),
                in_force: true,
                published: term,
                again: Vec::new(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy_log::{PolicyPublished, PolicyRolledBack};

    fn published(version: &str, note: Option<&str>) -> PolicyEvent {
        PolicyEvent::PolicyPublished(PolicyPublished {
            version: version.to_owned(),
            name: "default".to_owned(),
            blob: version.to_owned(),
            size_bytes: 9,
            note: note.map(str::to_owned),
        })
    }

    fn back(version: &str, replaced: &str) -> PolicyEvent {
        let (version, replaced, note) = (version.to_owned(), replaced.to_owned(), None);
        PolicyEvent::PolicyRolledBack(PolicyRolledBack { version, replaced, note })
    }

    /// The versions after these events, one a second, by agents 1, 2, and so on.
    fn after(events: Vec<PolicyEvent>) -> Vec<VersionHistory> {
        let mut history = PolicyHistory::default();
        for (event, second) in events.into_iter().zip(1..) {
            history.note(event, Timestamp::from_seconds(second), format!("agent:{second}"));
        }
        history.into_versions()
    }

    #[test]
    fn given_nothing_published_then_there_is_no_version() {
        assert_eq!(after(Vec::new()), []);
    }

    #[test]
    fn given_publications_then_they_stand_in_their_order_with_who_and_why() {
        let versions = after(vec![published("ff", Some("first")), published("aa", None)]);
        let [first, second] = &versions[..] else { panic!("two versions") };
        assert_eq!((first.version.as_str(), first.in_force), ("ff", false));
        assert_eq!((second.version.as_str(), second.in_force), ("aa", true));
        let term = &first.published;
        assert_eq!((term.actor.as_str(), term.note.as_deref()), ("agent:1", Some("first")));
        assert_eq!((term.at, term.replaced.as_deref()), (Timestamp::from_seconds(1), None));
        let term = &second.published;
        assert_eq!((term.replaced.as_deref(), term.is_rollback), (Some("ff"), false));
    }

    #[test]
    fn given_a_rollback_or_a_repeat_then_the_version_keeps_its_place_and_has_a_further_term() {
        let events = vec![
            published("ff", None),
            published("aa", None),
            back("ff", "aa"),
            published("aa", Some("again")),
        ];
        let versions = after(events);
        let [first, second] = &versions[..] else { panic!("two versions") };
        assert_eq!((first.version.as_str(), first.in_force), ("ff", false));
        let [term] = &first.again[..] else { panic!("one further term") };
        assert_eq!((term.is_rollback, term.replaced.as_deref()), (true, Some("aa")));
        assert_eq!((second.in_force, second.again.len()), (true, 1));
        let last = &second.again[0];
        assert_eq!((last.note.as_deref(), last.replaced.as_deref()), (Some("again"), Some("ff")));
        assert_eq!(last.at, Timestamp::from_seconds(4));
    }
}
