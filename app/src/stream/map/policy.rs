//! Public events of policies.

use casebook_domain::policy_log::PolicyEvent;

use super::Told;
use crate::stream::data::{PolicyPublished, PolicyRolledBack};
use crate::stream::types::EventData;

/// What an event of a policy log tells.
pub(super) fn told(event: &PolicyEvent) -> Told {
    let data = match event {
        PolicyEvent::PolicyPublished(event) => {
            EventData::PolicyPublished(Box::new(PolicyPublished {
                version: event.version.clone(),
                name: event.name.clone(),
                note: event.note.clone(),
            }))
        }
        PolicyEvent::PolicyRolledBack(event) => {
            EventData::PolicyRolledBack(Box::new(PolicyRolledBack {
                version: event.version.clone(),
                replaced: event.replaced.clone(),
                note: event.note.clone(),
            }))
        }
    };
    Told { data, ticket_id: None }
}
