//! Recording what came of sending, at the version of the stream that the session knows: the fence
//! between processes.

use std::sync::Arc;

use casebook_domain::webhook::{Outcomes, Webhook, WebhookEvent};
use casebook_store::{AppendError, Loaded};
use cqrs_es::Aggregate;

use super::session::Session;
use super::{metrics, state};
use crate::append::Command;
use crate::{Access, AppError};

/// Who wrote last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// This session, or nobody.
    Here,
    /// Somebody else: the session's knowledge is out of date.
    ByOthers,
}

impl Session {
    /// Records what is not recorded yet.
    ///
    /// Where an operator decided something meanwhile, the attempts are recorded after it. Where
    /// another process sent meanwhile, they are forgotten: it has sent the same, or will.
    ///
    /// # Errors
    /// When the database does not answer; what is not recorded is sent again.
    pub(super) async fn record(&mut self) -> Result<Written, AppError> {
        let outcomes = self.outcomes();
        match self.append(Arc::clone(&self.webhook), self.version, outcomes).await? {
            Ok(()) => Ok(Written::Here),
            Err(present) => {
                self.overtaken = true;
                if self.webhook.run() != present.state.run() || self.webhook.sent_as(&present.state)
                {
                    let outcomes = self.outcomes();
                    // A second conflict leaves them to be sent again.
                    let _ = self.append(present.state, present.version, outcomes).await?;
                }
                Ok(Written::ByOthers)
            }
        }
    }

    /// Appends what outcomes lead to; answers the present state where it is another one.
    async fn append(
        &mut self,
        webhook: Arc<Webhook>,
        version: u64,
        outcomes: Outcomes,
    ) -> Result<Result<(), Loaded<Webhook>>, AppError> {
        let (app, id) = (self.sender.app.clone(), self.sender.id);
        let parked = outcomes.parked.clone();
        let rules = app.inner.parts.webhooks.settings.rules();
        let mut events = webhook.record(outcomes, &rules);
        if events.is_empty() {
            return Ok(Ok(()));
        }
        events.extend(state::sum(&webhook, &events));
        let access = Access::operator("webhooks");
        let command_id = app.ids().ordered();
        let tenant = webhook.tenant().to_owned();
        let mut command = Command::new(&access, &tenant, "RecordDeliveries", command_id, "");
        command.write(app.ids(), &id, version, &events)?;
        match app.store().log().append(command.into_append()).await {
            Ok(_) => {}
            Err(AppendError::Conflict { .. }) => return Ok(Err(app.webhook_now(id).await?)),
            Err(error) => return Err(error.into()),
        }
        let mut state = (*webhook).clone();
        tell(&events);
        self.version = version + events.len() as u64;
        events.into_iter().for_each(|event| state.apply(event));
        self.webhook = Arc::new(state);
        app.inner.webhooks.put(&id.to_string(), self.version, Arc::clone(&self.webhook));
        self.lanes.parked(&parked);
        for attempted in std::mem::take(&mut self.attempted) {
            if attempted.outcome.is_err() {
                let letter = &attempted.letter;
                self.lanes.put_off(letter.position, &letter.key, &self.webhook);
            }
        }
        Ok(Ok(()))
    }
}

fn tell(events: &[WebhookEvent]) {
    for event in events {
        match event {
            WebhookEvent::WebhookDeadLettered(_) => metrics::dead_letter(),
            WebhookEvent::WebhookPaused(_) | WebhookEvent::WebhookDisabled(_) => {
                metrics::stopped();
            }
            _ => {}
        }
    }
}
