//! A connection that is ready for mail: greeted, protected, logged in.

use std::error::Error as _;
use std::fmt::Display;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::Rset;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::failure::Failure;
use super::protection::Protection;
use crate::settings::SmtpSettings;

/// An open connection between two mails.
pub type Connection = AsyncSmtpConnection;

/// Makes connections.
pub struct Connector {
    host: String,
    port: u16,
    protection: Protection,
    hello: ClientId,
    credentials: Option<Credentials>,
    connect_timeout: Duration,
    /// Longest time for one command and its answer.
    pub timeout: Duration,
}

impl Connector {
    /// A connector to the server in `settings`.
    pub fn new(settings: &SmtpSettings, password: Option<String>) -> Result<Self, String> {
        let credentials = match (&settings.user, password) {
            (Some(user), Some(password)) => Some(Credentials::new(user.clone(), password)),
            (Some(_), None) => return Err("a user is set, but no password".to_owned()),
            (None, _) => None,
        };
        let hello = settings.hello_name.clone().filter(|name| !name.is_empty());
        if hello.iter().flat_map(|name| name.bytes()).any(|byte| !byte.is_ascii_graphic()) {
            return Err("hello_name holds more than one word of ASCII".to_owned());
        }
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            protection: Protection::new(settings)?,
            hello: hello.map_or_else(ClientId::default, ClientId::Domain),
            credentials,
            connect_timeout: Duration::from_secs(settings.connect_timeout_seconds),
            timeout: Duration::from_secs(settings.timeout_seconds),
        })
    }

    /// A new connection, ready for mail. Whatever the server refuses here says nothing about the
    /// mail, so it is never final.
    pub async fn connect(&self) -> Result<Connection, Failure> {
        let stream = self.open().await?;
        let greeted = Connection::connect_with_transport(stream, &self.hello);
        let mut connection = within(self.timeout, greeted, "connecting", told).await?;
        if let Protection::StartTls { parameters, required } = &self.protection {
            if connection.can_starttls() {
                let upgraded = connection.starttls(parameters.clone(), &self.hello);
                within(self.timeout, upgraded, "STARTTLS", told).await?;
            } else if *required {
                return Err(Failure::Unready("the server offers no STARTTLS".to_owned()));
            }
        }
        if let Some(credentials) = &self.credentials {
            let exposed = matches!(self.protection, Protection::StartTls { .. });
            if exposed && !connection.is_encrypted() {
                let reason = "the server offers no TLS, so the password was kept back";
                return Err(Failure::Unready(reason.to_owned()));
            }
            let login = connection.auth(DEFAULT_MECHANISMS, credentials);
            within(self.timeout, login, "logging in", told).await?;
        }
        Ok(connection)
    }

    async fn open(&self) -> Result<Box<dyn AsyncTokioStream>, Failure> {
        let opened = TcpStream::connect((self.host.as_str(), self.port));
        let stream = within(self.connect_timeout, opened, "connecting", spelled).await?;
        // The end mark of a mail is a write of its own: without this it waits until the server has
        // acknowledged the mail, which takes 40 ms on most systems.
        stream.set_nodelay(true).map_err(|error| Failure::Unready(error.to_string()))?;
        match &self.protection {
            Protection::Implicit(tls) => {
                let secured = within(self.timeout, tls.wrap(stream), "TLS", spelled).await?;
                Ok(Box::new(secured))
            }
            Protection::StartTls { .. } | Protection::None => Ok(Box::new(stream)),
        }
    }
}

/// Forgets a mail that was begun; false when the connection is of no more use.
pub async fn reset(connection: &mut Connection, patience: Duration) -> bool {
    matches!(timeout(patience, connection.command(Rset)).await, Ok(Ok(_)))
}

async fn within<T, E>(
    patience: Duration,
    step: impl Future<Output = Result<T, E>>,
    name: &str,
    tell: fn(&E) -> String,
) -> Result<T, Failure> {
    match timeout(patience, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure::Unready(format!("{name}: {}", tell(&error)))),
        Err(_) => Err(Failure::Unready(format!("{name}: no answer in time"))),
    }
}

/// What the server or the connection said, without lettre's words around it.
fn told(error: &Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => format!("{code} {text}"),
        None => text,
    }
}

fn spelled(error: &impl Display) -> String {
    error.to_string()
}
