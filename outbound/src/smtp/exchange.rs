//! One mail over one connection: MAIL, RCPT, DATA and the mail itself (RFC 5321 section 3.3).

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use tokio::time::timeout;

use super::Delivery;
use super::connect::Connection;
use super::failure::Failure;

/// Bytes of the mail that are encoded and written at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// A connection while it carries a mail.
pub struct Exchange<'a> {
    connection: &'a mut Connection,
    timeout: Duration,
}

impl<'a> Exchange<'a> {
    /// Carries mail over `connection` with `timeout` for each command.
    pub const fn new(connection: &'a mut Connection, timeout: Duration) -> Self {
        Self { connection, timeout }
    }

    /// Carries one mail; answers the server's last words. The answer to the whole mail has no time
    /// limit of its own: giving up on it early means sending the mail twice.
    pub async fn carry(&mut self, delivery: &Delivery<'_>) -> Result<String, Failure> {
        let parameters = self.parameters(delivery)?;
        let completed = Severity::PositiveCompletion;
        self.say(Mail::new(delivery.from.clone(), parameters), completed).await?;
        self.say(Rcpt::new(delivery.to.clone(), Vec::new()), completed).await?;
        self.say(Data, Severity::PositiveIntermediate).await?;
        let content = Content { chunks: delivery.raw.chunks(CHUNK_BYTES), sent: &delivery.sent };
        let answer = self.connection.message_iter(content).await;
        expect(answer, completed)
    }

    /// What must be announced about the mail (RFC 6152, RFC 6531).
    fn parameters(&self, delivery: &Delivery<'_>) -> Result<Vec<MailParameter>, Failure> {
        let server = self.connection.server_info();
        let mut parameters = Vec::new();
        let from_is_ascii = delivery.from.iter().all(|from| from.user().is_ascii());
        if !(from_is_ascii && delivery.to.user().is_ascii()) {
            if !server.supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::Unfit("the server takes no addresses beyond ASCII"));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !delivery.raw.is_ascii() {
            if !server.supports_feature(Extension::EightBitMime) {
                return Err(Failure::Unfit("the server takes no mail beyond ASCII"));
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        Ok(parameters)
    }

    async fn say(&mut self, command: impl Display, expected: Severity) -> Result<(), Failure> {
        let answered = timeout(self.timeout, self.connection.command(command)).await;
        let answered = answered.map_err(|_| Failure::Late)?;
        expect(answered, expected).map(drop)
    }
}

/// The server's words when they are of the expected kind. Another positive kind means that answers
/// and commands no longer belong together.
fn expect(
    answered: Result<Response, lettre::transport::smtp::Error>,
    expected: Severity,
) -> Result<String, Failure> {
    let response = answered.map_err(|error| Failure::of(&error))?;
    if response.code().severity != expected {
        return Err(Failure::Garbled);
    }
    let text: Vec<&str> = response.message().collect();
    Ok(format!("{} {}", response.code(), text.join(" ")))
}

/// The mail in chunks; tells when the last one was written and the end mark is next.
struct Content<'a> {
    chunks: std::slice::Chunks<'a, u8>,
    sent: &'a AtomicBool,
}

impl<'a> Iterator for Content<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let chunk = self.chunks.next();
        if chunk.is_none() {
            self.sent.store(true, Ordering::Relaxed);
        }
        chunk
    }
}
