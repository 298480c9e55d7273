//! An approval made again: draft usage, subject, sign-off.

use casebook_domain::ticket::{ReplyApproved, TicketEvent};
use casebook_store::StoredEvent;
use serde_json::Value;

use super::difference::Rule;
use super::group::Group;
use super::performer::{Performer, Stuck};
use crate::work::approve_again;

impl Performer<'_> {
    /// Approves a reply again from its recorded text and holds the event against it.
    pub(super) async fn reply(
        &mut self,
        group: &Group,
        stored: &StoredEvent,
        approved: &ReplyApproved,
    ) -> Result<(), Stuck> {
        let Some(version) = group.policy_version() else {
            self.report.not_performed("no_policy_named");
            return Ok(());
        };
        let Some(in_force) = self.policy(&stored.tenant, version).await? else {
            self.report.differs(stored, "/policy_version", Some(&Value::from(version)), None);
            return Ok(());
        };
        let before = self.tickets.at(&stored.stream.id, stored.version - 1).await?;
        self.report.performed(&[Rule::DraftUsage, Rule::Subject, Rule::SignOff, Rule::Reply]);
        match approve_again(&in_force.policy, &before, approved) {
            Ok(again) => {
                let follows = TicketEvent::ReplyApproved(Box::new(again));
                self.report.compare(stored, &follows);
            }
            Err(_) => self.report.unexplained(stored),
        }
        Ok(())
    }
}
