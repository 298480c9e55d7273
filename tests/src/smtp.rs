//! Stand-ins for the mail server: one behind the port, and a real one on loopback.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use casebook_app::{MailTransport, TransportError};
use casebook_outbound::catcher::{CatcherSettings, Fault, Script, SmtpCatcher};
use casebook_outbound::{SmtpSettings, SmtpTls, SmtpTransport};

use crate::wait;

/// What a [`Server`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The mail is taken.
    Taken,
    /// Refused for now.
    Busy,
    /// Refused for good.
    Refused,
    /// Nobody knows whether the mail was taken.
    Uncertain,
    /// The connection hangs until the process ends.
    Silent,
}

/// A transport that answers by a script, and takes everything when that is over.
#[derive(Debug, Default)]
pub struct Server {
    script: Mutex<VecDeque<Answer>>,
    calls: Mutex<Vec<(Bytes, String)>>,
}

impl Server {
    /// A transport that gives these answers first.
    pub fn answering(script: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        let script = Mutex::new(script.into_iter().collect());
        Arc::new(Self { script, calls: Mutex::default() })
    }

    /// The mails and recipients of all calls so far.
    pub fn calls(&self) -> Vec<(Bytes, String)> {
        self.calls.lock().expect("the calls").clone()
    }

    /// Waits until the transport was called so many times.
    pub async fn called(&self, times: usize) {
        wait::until("the server to be called", || async {
            (self.calls().len() >= times).then_some(())
        })
        .await;
    }
}

#[async_trait]
impl MailTransport for Server {
    async fn hand_over(
        &self,
        raw: Bytes,
        _from: Option<&str>,
        to: &str,
    ) -> Result<String, TransportError> {
        self.calls.lock().expect("the calls").push((raw, to.to_owned()));
        let answer = self.script.lock().expect("the script").pop_front();
        match answer.unwrap_or(Answer::Taken) {
            Answer::Taken => Ok("250 2.0.0 Ok".to_owned()),
            Answer::Busy => Err(TransportError::temporary("451 4.7.1 try later")),
            Answer::Refused => Err(TransportError::permanent("550 5.1.1 no such user")),
            Answer::Uncertain => Err(TransportError::uncertain("the connection broke")),
            Answer::Silent => std::future::pending().await,
        }
    }
}

/// A real server on loopback whose first connections meet these faults, and a transport to it.
pub async fn line<F: IntoIterator<Item = Fault>>(
    scripts: impl IntoIterator<Item = F>,
) -> (SmtpCatcher, SmtpTransport) {
    let scripts = scripts.into_iter().map(Script::new).collect();
    let settings = CatcherSettings { scripts, ..CatcherSettings::default() };
    let catcher = SmtpCatcher::start(settings).await.expect("a free port");
    let settings = SmtpSettings {
        host: catcher.address().ip().to_string(),
        port: catcher.address().port(),
        tls: SmtpTls::None,
        ..SmtpSettings::default()
    };
    let transport = SmtpTransport::new(&settings, None).expect("settings");
    (catcher, transport)
}
