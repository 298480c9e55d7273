//! Public events of contacts.

use casebook_domain::contact::{ContactContextChanged, ContactEvent, CustomerContext};
use casebook_domain::ids::ContactId;

use super::{Personally, Told, opt_text, text};
use crate::stream::data::{self, ContactPerson, ContactRegistered, ContextPerson};
use crate::stream::types::EventData;

/// What an event of a contact tells. That a person wrote is told by their message.
pub(super) fn told(id: ContactId, event: &ContactEvent, personally: Personally) -> Option<Told> {
    let data = match event {
        ContactEvent::ContactRegistered(event) => {
            EventData::ContactRegistered(Box::new(ContactRegistered {
                contact_id: event.contact_id,
                personal: personally.tell(|| ContactPerson {
                    address: text(&event.address),
                    name: opt_text(event.name.as_ref()),
                }),
            }))
        }
        ContactEvent::ContactWrote(_) => return None,
        ContactEvent::ContactContextChanged(event) => {
            let changed = context_changed(id, event, personally);
            EventData::ContactContextChanged(Box::new(changed))
        }
    };
    Some(Told { data, ticket_id: None })
}

fn context_changed(
    contact_id: ContactId,
    event: &ContactContextChanged,
    personally: Personally,
) -> data::ContactContextChanged {
    let known = || event.context.get().map(context).unwrap_or_default();
    data::ContactContextChanged {
        contact_id,
        source: event.source.clone(),
        personal: personally.tell(known),
    }
}

fn context(context: &CustomerContext) -> ContextPerson {
    let subscription = context.subscription.as_ref();
    ContextPerson {
        customer_id: context.customer_id.clone(),
        first_name: context.first_name.clone(),
        last_name: context.last_name.clone(),
        subscription_status: subscription.map(|subscription| subscription.status.clone()),
        plan: subscription.and_then(|subscription| subscription.plan.clone()),
        box_size: context.box_size.clone(),
        credit_count: context.credits.len() as u64,
    }
}
