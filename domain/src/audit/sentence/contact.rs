//! Events of a contact in words.

use crate::contact::ContactEvent;

pub(super) fn sentence(event: &ContactEvent) -> String {
    match event {
        ContactEvent::ContactRegistered(_) => "The contact became known.".to_owned(),
        ContactEvent::ContactWrote(wrote) => {
            format!("The contact wrote; message {} counts at {}.", wrote.message_id, wrote.at)
        }
        ContactEvent::ContactContextChanged(changed) => {
            format!("What the business knows about the contact was set from {}.", changed.source)
        }
    }
}
