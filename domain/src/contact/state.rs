//! The contact as its events make it.

use serde::{Deserialize, Serialize};

use super::{ContactEvent, CustomerContext};
use crate::gates::{FactWindows, GateFacts};
use crate::ids::{ContactId, MessageId};
use crate::{Personal, Timestamp};

/// Messages that a contact remembers for counting. More within one window than this are counted
/// as this many, which is far beyond any threshold.
const COUNTED_MESSAGES_MAX: usize = 1000;

/// The person who writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    id: Option<ContactId>,
    address: Option<Personal<String>>,
    name: Option<Personal<String>>,
    context: Option<Personal<CustomerContext>>,
    counted: Vec<(Timestamp, MessageId)>,
}

impl Contact {
    /// Whether the person is known.
    pub const fn exists(&self) -> bool {
        self.id.is_some()
    }

    /// The contact's identifier.
    pub const fn id(&self) -> Option<ContactId> {
        self.id
    }

    /// The person's name: the directory's where known, else as they write it.
    pub fn name(&self) -> Option<String> {
        self.context()
            .and_then(CustomerContext::full_name)
            .or_else(|| self.name.as_ref().and_then(|name| name.get().cloned()))
    }

    /// Normalised address, unless it has been erased.
    pub fn address(&self) -> Option<&str> {
        self.address.as_ref().and_then(Personal::get).map(String::as_str)
    }

    /// Number of messages that count for the gates, as far as remembered.
    pub fn counted_messages(&self) -> usize {
        self.counted.len()
    }

    /// What the tenant's business knows.
    pub fn context(&self) -> Option<&CustomerContext> {
        self.context.as_ref().and_then(Personal::get)
    }

    /// Whether the message has been counted.
    pub fn has_counted(&self, message: MessageId) -> bool {
        self.counted.iter().any(|(_, counted)| *counted == message)
    }

    /// What the gates are told about the person, for a message that counts at `at`.
    ///
    /// The message itself is included when `counts`; automatic mail does not count.
    pub fn gate_facts(&self, at: Timestamp, counts: bool, windows: FactWindows) -> GateFacts {
        let since = at.minus_days(i64::from(windows.contact_days));
        let mut contact_times: Vec<Timestamp> = self
            .counted
            .iter()
            .map(|(time, _)| *time)
            .filter(|time| *time > since && *time <= at)
            .chain(counts.then_some(at))
            .collect();
        contact_times.sort_unstable();
        let since = at.minus_days(i64::from(windows.credit_days));
        let recent_credits = self
            .context()
            .into_iter()
            .flat_map(|context| &context.credits)
            .filter(|credit| credit.at > since && credit.at <= at)
            .cloned()
            .collect();
        GateFacts { at, contact_times, recent_credits }
    }

    pub(super) fn evolve(&mut self, event: &ContactEvent) {
        match event {
            ContactEvent::ContactRegistered(registered) => {
                self.id = Some(registered.contact_id);
                self.address = Some(registered.address.clone());
                self.name.clone_from(&registered.name);
            }
            ContactEvent::ContactWrote(wrote) => {
                let entry = (wrote.at, wrote.message_id);
                let place = self.counted.partition_point(|known| *known <= entry);
                self.counted.insert(place, entry);
                if self.counted.len() > COUNTED_MESSAGES_MAX {
                    self.counted.remove(0);
                }
            }
            ContactEvent::ContactContextChanged(changed) => {
                self.context = Some(changed.context.clone());
            }
        }
    }
}
