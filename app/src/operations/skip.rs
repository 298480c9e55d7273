//! Passing over an event that cannot be read: a recorded decision.

use casebook_domain::event::{Event, LogEvent};
use casebook_domain::ids::derive;
use casebook_domain::operations::{EventSkipped, Operations, OperationsCommand, OperationsEvent};
use casebook_store::{Aggregates, Filter, StoredEvent};
use uuid::Uuid;

use crate::append::Command;
use crate::outbox::ERRANDS;
use crate::stream;
use crate::{Access, App, AppError, Permission};

/// Attempts beside other operators of the same tenant.
const TRIES: u32 = 3;
/// Aggregates that one decision keeps in memory.
const KEPT: usize = 1;

/// An event to pass over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkipEvent {
    /// Its position.
    pub position: u64,
    /// The read model or errand that passes it over, or `events` for those who follow public
    /// events; `None` means all.
    pub reader: Option<String>,
    /// Why.
    pub reason: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Name and version of the event that is passed over.
    pub event: String,
    /// Whether it was decided by this call; false when it was before.
    pub changed: bool,
    /// Position of the decision, when there is one.
    pub position: Option<u64>,
}

impl App {
    /// Records that an event which cannot be read is passed over. Whoever stopped before it goes
    /// on, and every later build passes over it, too: for good, since rows must not depend on
    /// when they were built. So an event that can be read is never passed over.
    ///
    /// # Errors
    /// `FORBIDDEN` without the permission to administer, `NOT_FOUND` for an event that is not
    /// there or of a tenant that the actor may not see, `INVALID` for an unknown reader, a blank
    /// reason or an event that can be read.
    pub async fn skip_event(&self, access: &Access, skip: &SkipEvent) -> Result<Skipped, AppError> {
        access.require(Permission::Administer)?;
        let event = self.unreadable_event(access, skip.position).await?;
        self.require_reader(skip.reader.as_deref()).await?;
        let operations: Aggregates<Operations> = Aggregates::new(self.store().log().clone(), KEPT);
        let decided = OperationsCommand::Skip(EventSkipped {
            position: skip.position,
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            reader: skip.reader.clone(),
            reason: skip.reason.clone(),
        });
        let name = format!("{} of version {}", event.event_type, event.event_version);
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let present = operations.load_fresh(&event.tenant).await?;
            let events = present
                .state
                .decide(decided.clone())
                .map_err(|error| AppError::invalid("reason", error.to_string()))?;
            if events.is_empty() {
                return Ok(Skipped { event: name, changed: false, position: None });
            }
            let id = command_id(&event.tenant, skip, present.version);
            let mut command = Command::new(access, &event.tenant, "SkipEvent", id, "");
            command.write(self.ids(), &event.tenant, present.version, &events)?;
            match self.store().log().append(command.into_append()).await {
                Ok(done) => {
                    let position = Some(done.last_position);
                    return Ok(Skipped { event: name, changed: true, position });
                }
                Err(casebook_store::AppendError::Conflict { .. }) if tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Refuses the name of a reader that there is not, so that a slip of the pen is noticed.
    async fn require_reader(&self, reader: Option<&str>) -> Result<(), AppError> {
        let others = || ERRANDS.into_iter().chain([stream::READER]);
        let Some(reader) = reader.filter(|reader| others().all(|other| other != *reader)) else {
            return Ok(());
        };
        let generations = casebook_projections::generations(self.store()).await?;
        let mut names: Vec<&str> = generations.iter().map(|one| one.name.as_str()).collect();
        if names.contains(&reader) {
            return Ok(());
        }
        names.extend(others());
        names.sort_unstable();
        names.dedup();
        let message = format!("is none of the readers: {}", names.join(", "));
        Err(AppError::invalid("reader", message))
    }

    async fn unreadable_event(
        &self,
        access: &Access,
        position: u64,
    ) -> Result<StoredEvent, AppError> {
        let before = position.checked_sub(1).ok_or(AppError::NotFound("event"))?;
        let page = self.store().log().read(before, &Filter::default(), 1).await?;
        let event = page.events.into_iter().next().filter(|event| access.sees(&event.tenant));
        let event = event.ok_or(AppError::NotFound("event"))?;
        let (kind, name) = (event.stream.kind.as_str(), event.event_type.as_str());
        if Event::decode(kind, name, &event.event_version, &event.payload).is_ok() {
            let message = format!("the event {name} at this position can be read");
            return Err(AppError::invalid("position", message));
        }
        if kind == OperationsEvent::STREAM_KIND {
            let message = "an operator's decision is not passed over; run a version that reads it";
            return Err(AppError::invalid("position", message));
        }
        Ok(event)
    }
}

/// The same decision on the same state is the same command.
fn command_id(tenant: &str, skip: &SkipEvent, version: u64) -> Uuid {
    let reader = skip.reader.as_deref().unwrap_or("*");
    derive(&["skip", tenant, reader, &skip.position.to_string(), &version.to_string()])
}
