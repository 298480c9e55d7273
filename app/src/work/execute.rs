//! One driver for all commands on a ticket: look the command up, load, decide, append, retry.

use std::future::Future;
use std::sync::Arc;

use casebook_domain::conversation::ConversationEvent;
use casebook_domain::ids::{ConversationId, TicketId};
use casebook_domain::ticket::{Ticket, TicketError, TicketEvent};
use casebook_store::{Append, AppendError, Appended, NewBlob, StreamId};
use tracing::Instrument;
use uuid::Uuid;

use crate::append::Command;
use crate::repeats::Asked;
use crate::{Access, App, AppError, Permission, trace};

/// Attempts to get a command in between other writers, where the caller expects no version.
const TRIES: u32 = 4;

/// Which ticket a command is for, and what its caller expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnTicket {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Version that the caller saw; another one is a conflict. `None` takes any.
    pub expected_version: Option<u64>,
    /// Key by which a repeat of this very command is known.
    pub idempotency_key: Option<String>,
}

/// A command's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Version that it has reached.
    pub version: u64,
    /// Position that the log has reached; queries can wait for it.
    pub position: u64,
    /// Whether this answers a repeat of an earlier command.
    pub repeated: bool,
    /// What the command stored as its answer.
    pub(crate) outcome: Option<String>,
}

/// A ticket as a command finds it.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) tenant: String,
    pub(crate) version: u64,
    pub(crate) state: Arc<Ticket>,
    /// Whether it comes from the log just now, not from memory.
    pub(crate) fresh: bool,
}

/// What a command leads to.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) events: Vec<TicketEvent>,
    /// Events of a conversation, with its version.
    pub(crate) conversation: Option<(ConversationId, u64, Vec<ConversationEvent>)>,
    /// Outside identities: kind, key, value.
    pub(crate) claims: Vec<(&'static str, String, String)>,
    pub(crate) blobs: Vec<NewBlob>,
    /// Answer that a repeat gets, too.
    pub(crate) answer: Option<String>,
}

impl From<Vec<TicketEvent>> for Plan {
    fn from(events: Vec<TicketEvent>) -> Self {
        Self { events, ..Self::default() }
    }
}

impl Found {
    /// What a refusal of the ticket means to the caller.
    pub(crate) fn refused(&self, error: &TicketError) -> AppError {
        match error {
            TicketError::NotFound => AppError::NotFound("ticket"),
            TicketError::NoSuchReply(_) => AppError::NotFound("reply"),
            TicketError::NoSuchReplacement(_) => AppError::NotFound("replacement"),
            TicketError::Invalid { field, message } => AppError::invalid(*field, *message),
            other => AppError::Refused { version: self.version, message: other.to_string() },
        }
    }
}

impl App {
    /// Carries a command out. `decide` may run several times: once on what is in memory, again on
    /// a fresh load when that refuses, leads to nothing, or another writer got in between.
    pub(crate) async fn on_ticket<F, Fut>(
        &self,
        access: &Access,
        on: &OnTicket,
        asked: &Asked,
        decide: F,
    ) -> Result<Done, AppError>
    where
        F: Fn(Found) -> Fut + Send + Sync,
        Fut: Future<Output = Result<Plan, AppError>> + Send,
    {
        let span = trace::commanding(asked.name);
        let done = self.on_ticket_untold(access, on, asked, decide).instrument(span.clone()).await;
        trace::ended(&span, done)
    }

    async fn on_ticket_untold<F, Fut>(
        &self,
        access: &Access,
        on: &OnTicket,
        asked: &Asked,
        decide: F,
    ) -> Result<Done, AppError>
    where
        F: Fn(Found) -> Fut + Send + Sync,
        Fut: Future<Output = Result<Plan, AppError>> + Send,
    {
        access.require(Permission::Work)?;
        let tenant = self.tenant_of(access, on.ticket_id).await?;
        let about = ["work", &tenant, &on.ticket_id.to_string()];
        let command_id = self.command_id(&about, on.idempotency_key.as_deref())?;
        if on.idempotency_key.is_some()
            && let Some(done) = self.done_before(on, command_id, asked).await?
        {
            return Ok(done);
        }
        let result = self.carry_out(access, on, asked, (&tenant, command_id), decide).await;
        match result {
            // The same command may have been carried out in this very moment.
            Err(error) if on.idempotency_key.is_some() => {
                self.done_before(on, command_id, asked).await?.ok_or(error)
            }
            result => result,
        }
    }

    async fn carry_out<F, Fut>(
        &self,
        access: &Access,
        on: &OnTicket,
        asked: &Asked,
        (tenant, command_id): (&str, Uuid),
        decide: F,
    ) -> Result<Done, AppError>
    where
        F: Fn(Found) -> Fut + Send + Sync,
        Fut: Future<Output = Result<Plan, AppError>> + Send,
    {
        let mut tries = 0;
        let mut fresh = false;
        loop {
            let found = self.find_ticket(tenant, on, fresh).await?;
            let plan = match decide(found.clone()).await {
                Err(error) if fresh || matches!(error, AppError::Unavailable { .. }) => {
                    return Err(error);
                }
                Ok(plan) if fresh || !plan.events.is_empty() || plan.conversation.is_some() => plan,
                // Memory may be behind the log: nobody is refused from memory alone.
                Err(_) | Ok(_) => {
                    fresh = true;
                    continue;
                }
            };
            if plan.events.is_empty() && plan.conversation.is_none() {
                return self.nothing_to_do(on, &found, plan).await;
            }
            let append = self.assemble_work(access, on, asked, command_id, &found, plan)?;
            match self.append_work(append).await {
                Ok(appended) => return self.completed(on, &appended).await,
                Err(AppendError::Conflict { .. })
                    if on.expected_version.is_none() && tries + 1 < TRIES =>
                {
                    tries += 1;
                    fresh = true;
                }
                Err(AppendError::Conflict { stream, present, .. })
                    if stream.kind == "ticket" && on.expected_version.is_some() =>
                {
                    return Err(AppError::Conflict { version: present });
                }
                Err(error @ AppendError::Conflict { .. }) => {
                    return Err(AppError::unavailable(error));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The tenant of a ticket that the actor may see.
    pub(crate) async fn tenant_of(
        &self,
        access: &Access,
        ticket: TicketId,
    ) -> Result<String, AppError> {
        let stream = StreamId::new("ticket", ticket.to_string());
        let first = self.store().log().read_stream(&stream, 0, 1).await?;
        let tenant = first.into_iter().next().map(|event| event.tenant);
        tenant.filter(|tenant| access.sees(tenant)).ok_or(AppError::NotFound("ticket"))
    }

    async fn done_before(
        &self,
        on: &OnTicket,
        command_id: Uuid,
        asked: &Asked,
    ) -> Result<Option<Done>, AppError> {
        let Some(before) = self.command_before(command_id, asked).await? else { return Ok(None) };
        let mut done = self.completed(on, &before.appended).await?;
        done.repeated = true;
        Ok(Some(done))
    }

    /// The result of an append; one that left the ticket alone tells the ticket's present version.
    async fn completed(&self, on: &OnTicket, appended: &Appended) -> Result<Done, AppError> {
        let mut done = done(on, appended);
        if done.version == 0 {
            let id = on.ticket_id.to_string();
            done.version = self.inner.tickets.load_fresh(&id).await?.version;
        }
        Ok(done)
    }

    async fn find_ticket(
        &self,
        tenant: &str,
        on: &OnTicket,
        fresh: bool,
    ) -> Result<Found, AppError> {
        let id = on.ticket_id.to_string();
        let cache = &self.inner.tickets;
        let mut fresh = fresh;
        loop {
            let loaded = if fresh { cache.load_fresh(&id).await? } else { cache.load(&id).await? };
            match on.expected_version {
                Some(expected) if expected != loaded.version && !fresh => fresh = true,
                Some(expected) if expected != loaded.version => {
                    return Err(AppError::Conflict { version: loaded.version });
                }
                _ => {
                    let tenant = tenant.to_owned();
                    let (version, state) = (loaded.version, loaded.state);
                    return Ok(Found { tenant, version, state, fresh });
                }
            }
        }
    }

    /// What was asked for is so already.
    async fn nothing_to_do(
        &self,
        on: &OnTicket,
        found: &Found,
        plan: Plan,
    ) -> Result<Done, AppError> {
        Ok(Done {
            ticket_id: on.ticket_id,
            version: found.version,
            position: self.store().log().last_position().await?,
            repeated: false,
            outcome: plan.answer,
        })
    }

    fn assemble_work(
        &self,
        access: &Access,
        on: &OnTicket,
        asked: &Asked,
        command_id: Uuid,
        found: &Found,
        plan: Plan,
    ) -> Result<Append, AppError> {
        let mut command =
            Command::new(access, &found.tenant, asked.name, command_id, &asked.fingerprint);
        if let Some(conversation) = found.state.conversation() {
            command = command.tell("correlation_id", conversation.to_string());
        }
        if let Some(in_force) = self.policies().get(&found.tenant) {
            command = command.tell("policy_version", in_force.version.clone());
        }
        if let Some(answer) = plan.answer {
            command = command.answer(answer);
        }
        command.store(&plan.blobs);
        for (kind, key, value) in plan.claims {
            command.claim(kind, key, value);
        }
        command.write(self.ids(), &on.ticket_id, found.version, &plan.events)?;
        if let Some((id, version, events)) = plan.conversation {
            command.write(self.ids(), &id, version, &events)?;
        }
        Ok(command.into_append())
    }

    pub(crate) async fn append_work(&self, append: Append) -> Result<Appended, AppendError> {
        self.evict(append.writes.iter().map(|write| &write.stream));
        self.store().log().append(append).await
    }
}

/// The result of a command; its version is 0 where the ticket was not written to.
pub(crate) fn done(on: &OnTicket, appended: &Appended) -> Done {
    let ticket = appended.versions.iter().find(|reached| reached.stream.kind == "ticket");
    Done {
        ticket_id: on.ticket_id,
        version: ticket.map_or(0, |reached| reached.version),
        position: appended.last_position,
        repeated: appended.repeated,
        outcome: appended.outcome.clone(),
    }
}
