//! The versions of a tenant's policy, with who published them, when and why.

use casebook_domain::event::LogEvent;
use casebook_domain::policy_log::{PolicyEvent, PolicyHistory, VersionHistory};
use casebook_projections::metadata;
use casebook_store::StreamId;

use crate::{Access, App, AppError, Permission};

/// Events of the tenant's policy stream that are read at a time.
const PAGE: usize = 1000;

impl App {
    /// Every version of a tenant's policy that was ever published, in the order of publication.
    ///
    /// # Errors
    /// `NOT_FOUND` when the tenant has none.
    pub async fn policy_versions(
        &self,
        access: &Access,
        tenant: &str,
    ) -> Result<Vec<VersionHistory>, AppError> {
        access.require(Permission::Read)?;
        if !access.sees(tenant) {
            return Err(AppError::NotFound("tenant"));
        }
        let stream = StreamId::new(PolicyEvent::STREAM_KIND, tenant);
        let mut history = PolicyHistory::default();
        let mut after = 0;
        loop {
            let events = self.store().log().read_stream(&stream, after, PAGE).await?;
            let complete = events.len() < PAGE;
            for stored in events {
                let (name, form) = (&stored.event_type, &stored.event_version);
                let event = PolicyEvent::decode(name, form, &stored.payload);
                let actor = metadata(&stored.metadata).remove("actor").unwrap_or_default();
                let event = event.map_err(AppError::fault)?;
                history.note(event, stored.recorded_at, actor.into_owned());
                after = stored.version;
            }
            if complete {
                break;
            }
        }
        if after == 0 {
            return Err(AppError::NotFound("tenant"));
        }
        Ok(history.into_versions())
    }
}
