//! A connection that is ready for mail: greeted, protected, logged in.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::Rset;
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

use super::failure::Failure;
use crate::settings::{SmtpSettings, SmtpTls};

/// An open connection between two mails.
pub type Connection = AsyncSmtpConnection;

/// Makes connections.
pub struct Connector {
    host: String,
    port: u16,
    mode: SmtpTls,
    tls: TlsParameters,
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
            mode: settings.tls,
            tls: tls(settings)?,
            hello: hello.map_or_else(ClientId::default, ClientId::Domain),
            credentials,
            connect_timeout: Duration::from_secs(settings.connect_timeout_seconds),
            timeout: Duration::from_secs(settings.timeout_seconds),
        })
    }

    /// A new connection, ready for mail. Whatever the server refuses here says nothing about the
    /// mail, so it is never final.
    pub async fn connect(&self) -> Result<Connection, Failure> {
        let wrapped = (self.mode == SmtpTls::Implicit).then(|| self.tls.clone());
        let server = (self.host.as_str(), self.port);
        let patience = Some(self.connect_timeout);
        let opened = Connection::connect_tokio1(server, patience, &self.hello, wrapped, None);
        let opening = self.connect_timeout.saturating_add(self.timeout);
        let mut connection = within(opening, opened, "connecting").await?;
        if matches!(self.mode, SmtpTls::Required | SmtpTls::Opportunistic) {
            self.protect(&mut connection).await?;
        }
        if let Some(credentials) = &self.credentials {
            if !connection.is_encrypted() && self.mode != SmtpTls::None {
                let reason = "the server offers no TLS, so the password was kept back";
                return Err(Failure::Unready(reason.to_owned()));
            }
            let login = connection.auth(DEFAULT_MECHANISMS, credentials);
            within(self.timeout, login, "logging in").await?;
        }
        Ok(connection)
    }

    async fn protect(&self, connection: &mut Connection) -> Result<(), Failure> {
        if connection.can_starttls() {
            let upgraded = connection.starttls(self.tls.clone(), &self.hello);
            return within(self.timeout, upgraded, "STARTTLS").await;
        }
        match self.mode {
            SmtpTls::Opportunistic => Ok(()),
            _ => Err(Failure::Unready("the server offers no STARTTLS".to_owned())),
        }
    }
}

/// Forgets a mail that was begun; false when the connection is of no more use.
pub async fn reset(connection: &mut Connection, patience: Duration) -> bool {
    matches!(timeout(patience, connection.command(Rset)).await, Ok(Ok(_)))
}

async fn within<T>(
    patience: Duration,
    step: impl Future<Output = Result<T, Error>>,
    name: &str,
) -> Result<T, Failure> {
    match timeout(patience, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure::Unready(format!("{name}: {}", told(&error)))),
        Err(_) => Err(Failure::Unready(format!("{name}: no answer in time"))),
    }
}

fn told(error: &Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => format!("{code} {text}"),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None => text,
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let unusable = |why: String| format!("ca_file {}: {why}", path.display());
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let certificate =
            Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| error.to_string())
}
