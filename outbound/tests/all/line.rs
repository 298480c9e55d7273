//! A transport and the catcher it talks to.

use bytes::Bytes;
use casebook_app::{MailTransport, TransportError};
use casebook_outbound::catcher::{CatcherSettings, Caught, Fault, Script, SmtpCatcher};
use casebook_outbound::{SmtpSettings, SmtpTls, SmtpTransport};

pub const FROM: &str = "desk@shop.example";
pub const TO: &str = "kim.lee@mail.example";
pub const RAW: &[u8] = b"Subject: Hello\r\n\r\nA line.\r\n.hidden\r\n";

pub struct Line {
    pub catcher: SmtpCatcher,
    pub transport: SmtpTransport,
}

/// Settings with limits that a test can wait for.
pub fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: SmtpTls::None,
        connect_timeout_seconds: 1,
        timeout_seconds: 1,
        total_timeout_seconds: 2,
        ..SmtpSettings::default()
    }
}

impl Line {
    pub async fn with(
        catcher: CatcherSettings,
        change: impl FnOnce(SmtpSettings) -> SmtpSettings,
        password: Option<&str>,
    ) -> Self {
        let catcher = SmtpCatcher::start(catcher).await.expect("a free port");
        let settings = change(settings(catcher.address().port()));
        let transport = SmtpTransport::new(&settings, password.map(str::to_owned));
        Self { catcher, transport: transport.expect("settings") }
    }

    /// A line whose first connections meet these faults.
    pub async fn scripted<F: IntoIterator<Item = Fault>>(
        scripts: impl IntoIterator<Item = F>,
    ) -> Self {
        let scripts = scripts.into_iter().map(Script::new).collect();
        let catcher = CatcherSettings { scripts, ..CatcherSettings::default() };
        Self::with(catcher, |settings| settings, None).await
    }

    pub async fn send(&self) -> Result<String, TransportError> {
        self.transport.hand_over(Bytes::from_static(RAW), Some(FROM), TO).await
    }

    pub async fn send_raw(&self, raw: impl Into<Bytes>) -> Result<String, TransportError> {
        self.transport.hand_over(raw.into(), Some(FROM), TO).await
    }

    pub fn caught(&self) -> Vec<Caught> {
        self.catcher.received()
    }
}
