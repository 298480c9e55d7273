//! That somebody reads public events with personal data is itself recorded.

use casebook_domain::access::{Seen, Way};

use super::request::EventRequest;
use crate::{Access, App, AppError, Looks};

/// Longest description of a request, in characters: it must fit into an event.
const FILTER_CHARS_MAX: usize = 1_000;

impl App {
    /// Records that public events are given out with personal data, for each tenant whose events
    /// may be among them; where one ticket is asked for, for its people and its tenant. Without
    /// personal data there is nothing to record.
    ///
    /// # Errors
    /// `UNAVAILABLE` when it cannot be recorded: then nothing may be shown.
    pub(super) async fn record_followed(
        &self,
        access: &Access,
        request: &EventRequest,
    ) -> Result<(), AppError> {
        if !request.personal {
            return Ok(());
        }
        let (name, filter) = ("events", describe(request));
        let mut looks = Looks::default();
        if let Some(ticket) = request.ticket {
            let seen = Seen::Export { name: name.to_owned(), filter };
            match self.look_at_ticket(access, ticket, seen).await {
                Ok((tenant, look)) => {
                    looks.add(&tenant, look);
                }
                // Of no such ticket there is nothing to see.
                Err(AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        } else {
            let mut tenants = access.visible(self.policies().tenants());
            if !request.tenants.is_empty() {
                tenants.retain(|tenant| request.tenants.contains(tenant));
            }
            looks = Looks::export(&tenants, name, &filter);
        }
        self.record_looks(access, &looks, Way::Export).await
    }
}

/// The request in words, free of personal data.
fn describe(request: &EventRequest) -> String {
    let ticket = request.ticket.map(|id| format!("ticket {id}"));
    let types = (!request.types.is_empty()).then(|| format!("types {}", request.types.join(" ")));
    let parts: Vec<String> = ticket.into_iter().chain(types).collect();
    parts.join(", ").chars().take(FILTER_CHARS_MAX).collect()
}
