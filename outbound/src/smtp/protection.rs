//! How a connection is protected, and whom it trusts.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::{AsyncTokioStream, Certificate, TlsParameters};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::settings::{SmtpSettings, SmtpTls};

/// How connections to one server are protected.
pub enum Protection {
    /// TLS before the first word.
    Implicit(Box<Tls>),
    /// TLS when the server offers it.
    StartTls {
        /// Name and authorities for lettre, which changes over inside the conversation.
        parameters: TlsParameters,
        /// Whether nothing goes without it.
        required: bool,
    },
    /// None.
    None,
}

impl Protection {
    /// The protection that `settings` ask for.
    ///
    /// # Errors
    /// When the server's name or the file of authorities is of no use.
    pub fn new(settings: &SmtpSettings) -> Result<Self, String> {
        let authorities = authorities(settings)?;
        let required = settings.tls == SmtpTls::Required;
        match settings.tls {
            SmtpTls::None => Ok(Self::None),
            SmtpTls::Implicit => Ok(Self::Implicit(Box::new(Tls::new(settings, authorities)?))),
            SmtpTls::Required | SmtpTls::Opportunistic => {
                let mut builder = TlsParameters::builder(settings.host.clone());
                for authority in authorities {
                    let certificate = Certificate::from_der(authority.to_vec());
                    builder = builder.add_root_certificate(certificate.map_err(|e| e.to_string())?);
                }
                let parameters = builder.build().map_err(|error| error.to_string())?;
                Ok(Self::StartTls { parameters, required })
            }
        }
    }
}

/// TLS with one server.
pub struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    fn new(
        settings: &SmtpSettings,
        authorities: Vec<CertificateDer<'static>>,
    ) -> Result<Self, String> {
        let name = ServerName::try_from(settings.host.clone()).map_err(|e| e.to_string())?;
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        for authority in authorities {
            roots.add(authority).map_err(|error| format!("ca_file: {error}"))?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// Makes a connection private.
    pub async fn wrap(&self, stream: TcpStream) -> io::Result<Private> {
        self.connector.connect(self.name.clone(), stream).await.map(Private)
    }
}

/// Certificates of the authorities in `ca_file`.
fn authorities(settings: &SmtpSettings) -> Result<Vec<CertificateDer<'static>>, String> {
    let Some(path) = &settings.ca_file else { return Ok(Vec::new()) };
    let unusable = |why: String| format!("ca_file {}: {why}", path.display());
    let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unusable("no certificates in PEM form".to_owned())),
    }
}

/// A connection inside TLS, in the form that lettre takes.
#[derive(Debug)]
pub struct Private(TlsStream<TcpStream>);

impl AsyncTokioStream for Private {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Private {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Private {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
