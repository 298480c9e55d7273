//! Events of the log as rows.

use casebook_store::{Filter, StoredEvent};

use super::{Cell, Export, Next, PAGE};
use crate::AppError;

/// Names of an event's cells.
pub(super) const COLUMNS: [&str; 11] = [
    "position",
    "tenant",
    "stream_kind",
    "stream_id",
    "version",
    "event_type",
    "event_version",
    "recorded_at",
    "command_id",
    "metadata",
    "payload",
];

impl Export {
    pub(super) async fn events(&mut self, after: u64) -> Result<Vec<Vec<Cell>>, AppError> {
        if after >= self.to {
            return Ok(Vec::new());
        }
        let filter = Filter { tenant: self.request.tenant.clone(), ..Filter::default() };
        let page = self.app.store().log().read(after, &filter, PAGE).await?;
        if page.reached > after {
            self.next = Some(Next::EventAfter(page.reached));
        }
        let personal = self.request.personal;
        let wanted =
            |event: &StoredEvent| event.position <= self.to && self.access.sees(&event.tenant);
        Ok(page.events.into_iter().filter(wanted).map(|event| cells(event, personal)).collect())
    }
}

/// An event as it is stored; without personal data, in the form it has once that is erased.
fn cells(event: StoredEvent, personal: bool) -> Vec<Cell> {
    let payload = if personal {
        Cell::json(event.payload)
    } else {
        // What is no JSON cannot be told apart into what is personal and what is not.
        serde_json::from_str(&event.payload).map_or(Cell::Null, Cell::without_personal)
    };
    vec![
        Cell::Json(event.position.to_string()),
        Cell::Text(event.tenant),
        Cell::Text(event.stream.kind),
        Cell::Text(event.stream.id),
        Cell::Json(event.version.to_string()),
        Cell::Text(event.event_type),
        Cell::Text(event.event_version),
        Cell::Text(event.recorded_at.to_string()),
        Cell::Text(event.command_id.to_string()),
        Cell::json(event.metadata),
        payload,
    ]
}
