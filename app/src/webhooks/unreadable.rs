//! Finding the event before which a subscription stands still because it cannot be read.

use casebook_domain::webhook::Webhook;
use casebook_projections::Recorded;
use casebook_store::{Filter, StoredEvent};

use crate::{App, AppError};

/// Events that are looked through.
const PAGE: usize = 1_000;

/// The next event of the tenant behind `after`, where it cannot be read.
pub(super) async fn next(
    app: &App,
    webhook: &Webhook,
    after: u64,
) -> Result<Option<StoredEvent>, AppError> {
    let filter = Filter { tenant: Some(webhook.tenant().to_owned()), ..Filter::default() };
    let page = app.store().log().read(after, &filter, PAGE).await?;
    let unreadable = |event: &StoredEvent| Recorded::decode(event.clone()).is_err();
    Ok(page.events.into_iter().find(unreadable))
}
