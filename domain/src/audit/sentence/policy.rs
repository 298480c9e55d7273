//! Events of a tenant's policy in words.

use super::short;
use crate::policy_log::PolicyEvent;

pub(super) fn sentence(event: &PolicyEvent) -> String {
    match event {
        PolicyEvent::PolicyPublished(published) => {
            let (name, version) = (&published.name, short(&published.version));
            let note = note(published.note.as_deref());
            format!("Policy {name} came into force as version {version}{note}.")
        }
        PolicyEvent::PolicyRolledBack(back) => {
            let (version, replaced) = (short(&back.version), short(&back.replaced));
            let note = note(back.note.as_deref());
            format!("The policy went back from version {replaced} to version {version}{note}.")
        }
    }
}

fn note(note: Option<&str>) -> String {
    note.map(|note| format!(" (\"{note}\")")).unwrap_or_default()
}
