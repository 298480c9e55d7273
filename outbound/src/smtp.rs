//! Hands raw mail on by SMTP, byte for byte.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use casebook_app::{MailTransport, TransportError};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde::{Deserialize, Serialize};

/// How the connection to the server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// TLS from the first byte (port 465).
    Implicit,
    /// STARTTLS, refused where the server does not offer it.
    #[default]
    Required,
    /// STARTTLS where the server offers it.
    Opportunistic,
    /// In the clear; for a server on the same machine.
    None,
}

/// Section `[smtp]` of the configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// Name or address of the server; empty means that no mail is sent.
    pub host: String,
    /// Port; 587 by default.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// User name, where the server asks for one.
    pub user: Option<String>,
    /// Time-out of each step of the conversation with the server, in seconds.
    pub timeout_seconds: u64,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            tls: SmtpTls::default(),
            user: None,
            timeout_seconds: 60,
        }
    }
}

/// Hands raw mail on through one SMTP server.
pub struct SmtpTransport {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpTransport {
    /// A transport to the server in `settings`; connects with the first mail.
    ///
    /// # Errors
    /// When the server's name cannot be used for TLS.
    pub fn new(settings: &SmtpSettings, password: Option<String>) -> Result<Self, String> {
        let tls = || TlsParameters::new(settings.host.clone()).map_err(|error| error.to_string());
        let tls = match settings.tls {
            SmtpTls::Implicit => Tls::Wrapper(tls()?),
            SmtpTls::Required => Tls::Required(tls()?),
            SmtpTls::Opportunistic => Tls::Opportunistic(tls()?),
            SmtpTls::None => Tls::None,
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
                .port(settings.port)
                .tls(tls)
                .timeout(Some(Duration::from_secs(settings.timeout_seconds)));
        if let (Some(user), Some(password)) = (&settings.user, password) {
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self { transport: builder.build() })
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
        let permanent = |reason: &str| TransportError::permanent(reason);
        let to: Address = to.parse().map_err(|_| permanent("the forward address is malformed"))?;
        // A sender that is no address is handed on as the empty one, as for delivery reports.
        let from: Option<Address> = from.and_then(|from| from.parse().ok());
        let envelope =
            Envelope::new(from, vec![to]).map_err(|_| permanent("the envelope is malformed"))?;
        match self.transport.send_raw(&envelope, &raw).await {
            Ok(response) => Ok(response.code().to_string()),
            Err(error) => {
                let code = error.status().map(|code| code.to_string());
                let reason = match code {
                    Some(code) => format!("the server answered {code}"),
                    None if error.is_timeout() => "the server did not answer in time".to_owned(),
                    None => "the server could not be reached".to_owned(),
                };
                Err(TransportError { reason, permanent: error.is_permanent(), uncertain: false })
            }
        }
    }
}
