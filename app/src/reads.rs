//! Looks at personal data are recorded: who, what and when, once for each request, before the
//! answer leaves.

use std::collections::{BTreeMap, BTreeSet};

use casebook_domain::access::{Look, Seen, Way, events};
use casebook_domain::ids::TicketId;

use crate::append::Command;
use crate::{Access, App, AppError};

/// Events of one append; far below what the log takes at once.
const EVENTS_PER_APPEND: usize = 1_000;

/// What one request showed, by tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks(BTreeMap<String, BTreeSet<Look>>);

impl Looks {
    /// An export of many people's data: `name` says what is taken out, `filter` how it is narrowed.
    pub(crate) fn export(tenants: &[String], name: &str, filter: &str) -> Self {
        let mut looks = Self::default();
        for tenant in tenants {
            let seen = Seen::Export { name: name.to_owned(), filter: filter.to_owned() };
            looks.add(
                tenant,
                Look { contact_id: None, conversation_id: None, ticket_id: None, seen },
            );
        }
        looks
    }

    /// Adds a look at something of a tenant; the same look twice is one.
    pub fn add(&mut self, tenant: &str, look: Look) {
        match self.0.get_mut(tenant) {
            Some(looks) => {
                looks.insert(look);
            }
            None => {
                self.0.insert(tenant.to_owned(), BTreeSet::from([look]));
            }
        }
    }

    /// Whether nothing was shown.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl App {
    /// A look at something by way of a ticket, straight from the log, and the tenant it is of.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such ticket among the tenants that the actor may see.
    pub async fn look_at_ticket(
        &self,
        access: &Access,
        ticket: TicketId,
        seen: Seen,
    ) -> Result<(String, Look), AppError> {
        let tenant = self.tenant_of(access, ticket).await?;
        let loaded = self.inner.tickets.load(&ticket.to_string()).await?;
        let (contact_id, conversation_id) = (loaded.state.contact(), loaded.state.conversation());
        Ok((tenant, Look { contact_id, conversation_id, ticket_id: Some(ticket), seen }))
    }

    /// Records what a request showed; without looks it does nothing. Each request of a tenant is a
    /// stream of its own, so that readers never conflict.
    ///
    /// # Errors
    /// `UNAVAILABLE` when it cannot be recorded: then nothing may be shown.
    pub async fn record_looks(
        &self,
        access: &Access,
        looks: &Looks,
        way: Way,
    ) -> Result<(), AppError> {
        for (tenant, looks) in &looks.0 {
            for events in events(looks, way).chunks(EVENTS_PER_APPEND) {
                let request = self.ids().ordered();
                let mut command = Command::new(access, tenant, "ReadPersonalData", request, "");
                command.write(self.ids(), &request, 0, events)?;
                let appended = self.store().log().append(command.into_append()).await;
                appended.map_err(AppError::unavailable)?;
            }
        }
        Ok(())
    }
}
