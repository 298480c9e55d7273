//! Hands raw mail over to one SMTP server.
//!
//! lettre carries the single commands; which of them was under way when something failed decides
//! whether the mail may have been taken, so the conversation is led here, step by step.

mod connect;
mod exchange;
mod failure;
mod lines;
mod pool;
mod protection;
mod words;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use casebook_app::{MailTransport, TransportError};
use lettre::Address;

use crate::address::travelling;
use crate::settings::SmtpSettings;
use connect::Connector;
use exchange::Exchange;
use failure::Failure;
use pool::Pool;

/// Hands raw mail over through one SMTP server, over connections that are kept for a while.
pub struct SmtpTransport {
    connector: Connector,
    pool: Pool,
    /// Longest time for one mail.
    total: Duration,
}

/// A mail and where it goes.
struct Delivery<'a> {
    from: Option<Address>,
    to: Address,
    /// The mail with the line ends that SMTP demands.
    raw: &'a [u8],
    /// Set as soon as the server may have the whole mail.
    sent: AtomicBool,
}

impl SmtpTransport {
    /// A transport to the server in `settings`; connects with the first mail.
    ///
    /// # Errors
    /// When the server's name cannot be used for TLS, the file of authorities cannot be read, or
    /// a user name has no password.
    pub fn new(settings: &SmtpSettings, password: Option<String>) -> Result<Self, String> {
        Ok(Self {
            connector: Connector::new(settings, password)?,
            pool: Pool::new(settings.connections_max, Duration::from_secs(settings.idle_seconds)),
            total: Duration::from_secs(settings.total_timeout_seconds),
        })
    }

    /// Carries one mail over a kept connection, or over a new one. Whatever a kept connection
    /// fails with before the mail is sent may be its age, so that is tried once more.
    async fn carry(&self, delivery: &Delivery<'_>) -> Result<String, Failure> {
        let _place = self.pool.place().await?;
        if let Some(kept) = self.pool.take() {
            match self.carry_over(kept, delivery).await {
                Err(failure) if failure.stale() && !delivery.sent.load(Ordering::Relaxed) => {}
                done => return done,
            }
        }
        self.carry_over(self.connector.connect().await?, delivery).await
    }

    async fn carry_over(
        &self,
        mut connection: connect::Connection,
        delivery: &Delivery<'_>,
    ) -> Result<String, Failure> {
        let timeout = self.connector.timeout;
        let outcome = Exchange::new(&mut connection, timeout).carry(delivery).await;
        let usable = match &outcome {
            Ok(_) => true,
            Err(failure) => failure.leaves_open() && connect::reset(&mut connection, timeout).await,
        };
        if usable {
            self.pool.keep(connection);
        }
        outcome
    }
}

#[async_trait]
impl MailTransport for SmtpTransport {
    async fn hand_over(
        &self,
        raw: Bytes,
        from: Option<&str>,
        to: &str,
    ) -> Result<String, TransportError> {
        let address = travelling(to)
            .ok_or_else(|| TransportError::permanent("the recipient's address is malformed"))?;
        let raw = lines::for_smtp(&raw);
        let delivery = Delivery {
            // A sender that is no address goes as the empty one, as for delivery reports.
            from: from.and_then(travelling),
            to: address,
            raw: &raw,
            sent: AtomicBool::new(false),
        };
        let outcome = tokio::time::timeout(self.total, self.carry(&delivery)).await;
        let outcome = outcome.unwrap_or(Err(Failure::Late));
        let sent = delivery.sent.load(Ordering::Relaxed);
        let private: Vec<&str> = [from, Some(to)].into_iter().flatten().collect();
        match outcome {
            Ok(answer) => Ok(words::public(&answer, &private)),
            Err(failure) => Err(failure.into_error(sent, &private)),
        }
    }
}
