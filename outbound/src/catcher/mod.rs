//! An SMTP server on loopback that keeps what it is given: for demos, and for tests, in which it
//! can be told to misbehave.

mod script;
mod session;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use script::{Act, Fault, Script, Step};
use session::Session;

/// Mails that are kept where the settings do not say; the oldest go first.
const CAUGHT_MAX: usize = 10_000;
/// Pause after a connection could not be taken.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a catcher presents itself.
#[derive(Clone, Debug, Default)]
pub struct CatcherSettings {
    /// Extensions in the answer to EHLO, such as `8BITMIME`.
    pub offers: Vec<String>,
    /// User name and password without which no mail is taken.
    pub login: Option<(String, String)>,
    /// What happens on the first connections, one script each; later ones go well.
    pub scripts: Vec<Script>,
    /// Mails that are kept, the latest; `None` keeps 10,000.
    pub kept_max: Option<usize>,
}

/// A mail as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Envelope sender; empty for delivery reports.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Parameters of MAIL, such as `BODY=8BITMIME`.
    pub parameters: String,
    /// The mail's bytes, transparency undone.
    pub raw: Vec<u8>,
}

/// What the sessions share.
#[derive(Debug)]
struct Shared {
    settings: CatcherSettings,
    caught: Mutex<Vec<Caught>>,
    /// Mails taken so far.
    count: watch::Sender<usize>,
    connections: watch::Sender<usize>,
}

/// A running catcher; it ends, with its connections, when dropped.
#[derive(Debug)]
pub struct SmtpCatcher {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Each new value closes the open connections.
    hang_up: watch::Sender<u64>,
    acceptor: JoinHandle<()>,
}

impl SmtpCatcher {
    /// Starts a catcher on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn start(settings: CatcherSettings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            settings,
            caught: Mutex::default(),
            count: watch::Sender::new(0),
            connections: watch::Sender::new(0),
        });
        let (hang_up, hung_up) = watch::channel(0);
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&shared), hung_up));
        Ok(Self { address, shared, hang_up, acceptor })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mails taken so far, oldest first.
    pub fn received(&self) -> Vec<Caught> {
        self.shared.caught.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `count` mails were taken; the caller limits the time.
    pub async fn wait_for(&self, count: usize) -> Vec<Caught> {
        // The sender lives as long as this catcher does.
        let _ = self.shared.count.subscribe().wait_for(|taken| *taken >= count).await;
        self.received()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        *self.shared.connections.borrow()
    }

    /// Closes the connections that are open now, as servers do with idle ones.
    pub fn hang_up(&self) {
        self.hang_up.send_modify(|times| *times += 1);
    }
}

impl Drop for SmtpCatcher {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

impl Shared {
    fn keep(&self, mail: Caught) {
        let mut caught = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
        if caught.len() >= self.settings.kept_max.unwrap_or(CAUGHT_MAX) {
            caught.remove(0);
        }
        caught.push(mail);
        drop(caught);
        self.count.send_modify(|count| *count += 1);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, hung_up: watch::Receiver<u64>) {
    let mut number = 0;
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Out of file handles: others may be closed soon.
            Err(_) => {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let script = shared.settings.scripts.get(number).cloned().unwrap_or_default();
        number += 1;
        shared.connections.send_replace(number);
        let mut hung_up = hung_up.clone();
        hung_up.mark_unchanged();
        let session = Session::new(stream, Arc::clone(&shared), script);
        tokio::spawn(async move {
            tokio::select! {
                // A client that goes away is no fault of the catcher.
                _ = session.run() => {}
                _ = hung_up.changed() => {}
            }
        });
    }
}
