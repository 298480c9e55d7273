//! Handing set-aside mail on: an outbox whose entries and attempts are events.

mod attempt;
mod outbox;

use std::sync::Arc;
use std::time::Duration;

use casebook_store::Lease;
use tokio::sync::watch;
use tracing::Instrument;

use crate::outbox::longer;
use crate::{Access, App, AppError, MailTransport, trace};
use outbox::Outbox;

/// Name of the lease that lets one process at a time hand mail on.
const LEASE: &str = "mail-forwarder";
/// How long the lease is held without being renewed.
const TTL: Duration = Duration::from_secs(6);
/// Pause between renewals, and between looks at what is due.
const TICK: Duration = Duration::from_secs(2);

/// Hands set-aside mail on for as long as the process runs.
pub struct ForwardTask {
    app: App,
    transport: Arc<dyn MailTransport>,
    access: Access,
}

impl ForwardTask {
    /// A task that hands mail on through `transport`.
    pub const fn new(app: App, transport: Arc<dyn MailTransport>) -> Self {
        Self { app, transport, access: Access::operator("forwarder") }
    }

    /// Follows the log and hands on what is due, in the log's order, until `stop` says true; what
    /// is being handed on then is waited for.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let owner = self.app.ids().random().to_string();
        let mut outbox = Outbox::default();
        while !*stop.borrow() {
            let worked = match self.app.store().leases().acquire(LEASE, &owner, TTL).await {
                Ok(Some(lease)) => self.step(&lease, &mut outbox, &stop).await,
                // Another process hands mail on; its records are read when it is this one's turn.
                Ok(None) => Ok(false),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = &worked {
                tracing::warn!(cause = error.internal(), "mail was not handed on");
            }
            if matches!(worked, Ok(true)) {
                let mut head = self.app.store().log().head();
                tokio::select! {
                    () = longer(&mut head, outbox.after) => {}
                    () = tokio::time::sleep(TICK) => {}
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            } else {
                outbox = Outbox::default();
                let _ = tokio::time::timeout(TICK, stop.wait_for(|stop| *stop)).await;
            }
        }
    }

    /// Reads what is new, then hands on what is due; false when the lease was lost meanwhile.
    async fn step(
        &self,
        lease: &Lease,
        outbox: &mut Outbox,
        stop: &watch::Receiver<bool>,
    ) -> Result<bool, AppError> {
        outbox.read_on(&self.app).await?;
        for entry in outbox.due(self.app.clock().now()) {
            if *stop.borrow() {
                return Ok(false);
            }
            if !self.app.store().leases().renew(lease, TTL).await? {
                return Ok(false);
            }
            let span = trace::errand(LEASE, entry.cause);
            let handed_on = self.hand_on(lease, &entry).instrument(span.clone()).await;
            trace::ended(&span, handed_on)?;
        }
        Ok(true)
    }
}
