//! Why a ticket has its status and its priority.

use std::collections::BTreeMap;

use casebook_domain::audit::{Happened, Why, why};
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::TicketEvent;
use casebook_projections::metadata;
use casebook_store::StoredEvent;

use crate::{Access, App, AppError};

impl App {
    /// The events and the lines of the rules behind a ticket's status and priority.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such ticket among the tenants that the actor may see.
    pub async fn why(&self, access: &Access, ticket: TicketId) -> Result<Why, AppError> {
        let history = self.ticket_history(access, ticket).await?;
        let tenant = history.first().map(|(stored, _)| stored.tenant.clone()).unwrap_or_default();
        let happened = |(stored, event): (StoredEvent, TicketEvent)| Happened {
            position: stored.position,
            version: stored.version,
            recorded_at: stored.recorded_at,
            actor: actor(&stored),
            event,
        };
        let history: Vec<Happened> = history.into_iter().map(happened).collect();
        let thresholds = self.thresholds(access, &tenant, &history).await?;
        why(&history, |version| thresholds.get(version).copied())
            .ok_or(AppError::NotFound("ticket"))
    }

    /// `thresholds.priority` of the policy of the latest decision by a model.
    async fn thresholds(
        &self,
        access: &Access,
        tenant: &str,
        history: &[Happened],
    ) -> Result<BTreeMap<String, f64>, AppError> {
        let latest = history.iter().rev().find_map(|happened| match &happened.event {
            TicketEvent::TicketClassified(decision) => Some(&decision.policy_version),
            _ => None,
        });
        let Some(version) = latest else { return Ok(BTreeMap::new()) };
        match self.published_policy(access, tenant, version).await {
            Ok(policy) => Ok(BTreeMap::from([(version.clone(), policy.thresholds.priority)])),
            // The account stands without it: the decision itself recorded that it was below.
            Err(AppError::NotFound(_)) => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }
}

fn actor(stored: &StoredEvent) -> String {
    metadata(&stored.metadata).remove("actor").unwrap_or_default().into_owned()
}
