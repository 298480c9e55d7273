//! An agent's work on a ticket besides answering it.

use casebook_domain::ticket::{TicketCommand, Urgency, WorkCommand};
use serde_json::json;

use super::execute::{Done, OnTicket, Plan};
use crate::access::agent_name;
use crate::repeats::Asked;
use crate::{Access, App, AppError};

impl App {
    /// Carries out an agent's work on a ticket. What is so already changes nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` for an unknown ticket, `CONFLICT` when it is at another version than expected
    /// or its state does not allow it, `INVALID` with the field named, `IDEMPOTENCY_MISMATCH`.
    pub async fn work(
        &self,
        access: &Access,
        on: &OnTicket,
        command: WorkCommand,
    ) -> Result<Done, AppError> {
        let (name, what) = describe(&command);
        let asked = Asked::new(name, &what);
        self.check_work(access, on, &command).await?;
        let decide = |found: super::execute::Found| {
            let decided = found.state.decide(TicketCommand::Work(command.clone()));
            let plan = decided.map(Plan::from).map_err(|error| found.refused(&error));
            std::future::ready(plan)
        };
        self.on_ticket(access, on, &asked, decide).await
    }

    /// Refuses names that the policy or the house does not know.
    async fn check_work(
        &self,
        access: &Access,
        on: &OnTicket,
        command: &WorkCommand,
    ) -> Result<(), AppError> {
        let (team, category) = match command {
            WorkCommand::Assign { agent, team } => {
                if let Some(agent) = agent {
                    agent_name(agent).ok_or_else(|| AppError::invalid("agent", "use a name"))?;
                }
                (team.as_deref(), None)
            }
            WorkCommand::CorrectCategory(category) => (None, Some(category.as_str())),
            _ => return Ok(()),
        };
        let tenant = self.tenant_of(access, on.ticket_id).await?;
        let in_force = self.policies().get(&tenant).ok_or(AppError::NotFound("ticket"))?;
        let policy = &in_force.policy;
        if let Some(team) = team
            && !policy.routing.teams.iter().any(|known| known.code == team)
        {
            return Err(AppError::invalid("team", "the policy has no such team"));
        }
        if let Some(category) = category
            && policy.category(category).is_none()
        {
            return Err(AppError::invalid("category", "the policy has no such category"));
        }
        Ok(())
    }
}

/// Name of a command and what it asks for; the present time is not part of it.
fn describe(command: &WorkCommand) -> (&'static str, serde_json::Value) {
    match command {
        WorkCommand::Claim { agent } => ("ClaimTicket", json!([agent])),
        WorkCommand::Release { agent } => ("ReleaseTicket", json!([agent])),
        WorkCommand::Assign { agent, team } => ("AssignTicket", json!([agent, team])),
        WorkCommand::Label { add, remove } => ("LabelTicket", json!([add, remove])),
        WorkCommand::SetPriority(urgency) => ("SetPriority", json!([name_of(*urgency)])),
        WorkCommand::CorrectCategory(category) => ("CorrectCategory", json!([category])),
        WorkCommand::Escalate { reason } => ("EscalateTicket", json!([reason])),
        WorkCommand::AwaitCustomer { agent } => ("AwaitCustomer", json!([agent])),
        WorkCommand::Snooze { until, .. } => ("SnoozeTicket", json!([until.as_micros()])),
        WorkCommand::Wake(because) => ("WakeTicket", json!([because])),
        WorkCommand::Close { .. } => ("CloseTicket", json!([])),
        WorkCommand::Reopen => ("ReopenTicket", json!([])),
    }
}

const fn name_of(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Urgent => "urgent",
        Urgency::High => "high",
        Urgency::Normal => "normal",
        Urgency::Low => "low",
    }
}
