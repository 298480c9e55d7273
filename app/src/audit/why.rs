//! Why a ticket has its status and its priority.

use std::collections::{BTreeMap, BTreeSet};

use casebook_domain::audit::{GateLine, Happened, Why, why};
use casebook_domain::ids::TicketId;
use casebook_domain::policy::Policy;
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
        let without = why(&history, |_| None, |_, _| Vec::new());
        let gates = without.map(|why| why.gates).unwrap_or_default();
        let policies = self.policies_behind(access, &tenant, &history, &gates).await?;
        let threshold = |version: &str| Some(policies.get(version)?.thresholds.priority);
        let rules = |version: &str, code: &str| {
            let gates = policies.get(version).map(|policy| policy.gates.gates.as_slice());
            let gate = gates.unwrap_or_default().iter().find(|gate| gate.code == code);
            gate.map(|gate| gate.rules.clone()).unwrap_or_default()
        };
        why(&history, threshold, rules).ok_or(AppError::NotFound("ticket"))
    }

    /// The policies of the latest decision by a model and of the gates that count, by version.
    async fn policies_behind(
        &self,
        access: &Access,
        tenant: &str,
        history: &[Happened],
        gates: &[GateLine],
    ) -> Result<BTreeMap<String, Policy>, AppError> {
        let latest = history.iter().rev().find_map(|happened| match &happened.event {
            TicketEvent::TicketClassified(decision) => Some(decision.policy_version.as_str()),
            _ => None,
        });
        let gated = gates.iter().map(|gate| gate.policy_version.as_str());
        let versions: BTreeSet<&str> = gated.chain(latest).collect();
        let mut policies = BTreeMap::new();
        for version in versions {
            match self.published_policy(access, tenant, version).await {
                Ok(policy) => {
                    policies.insert(version.to_owned(), policy);
                }
                // The account stands without it: the events themselves recorded what followed.
                Err(AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(policies)
    }
}

fn actor(stored: &StoredEvent) -> String {
    metadata(&stored.metadata).remove("actor").unwrap_or_default().into_owned()
}
