//! A TCP proxy in front of PostgreSQL that loses, delays and falsifies on demand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinHandle;

/// State of the line between client and server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Everything passes.
    Open,
    /// Nothing passes, nothing is refused: the network swallows all.
    Frozen,
    /// Connections are closed and new ones are closed at once: the server is away.
    Cut,
    /// A request that contains the marker is passed on; its answer is lost with the connection.
    LoseAnswerTo(Vec<u8>),
    /// A request that contains the marker never arrives; the client is told that the disk is full.
    DiskFullFor(Vec<u8>),
}

/// What the proxy has met so far.
#[derive(Debug, Default)]
struct Counts {
    requests: AtomicUsize,
    faults: AtomicUsize,
    refusals: AtomicUsize,
}

/// A proxy on a free port of 127.0.0.1; it ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    line: watch::Sender<Line>,
    counts: Arc<Counts>,
    acceptor: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy in front of `port` on 127.0.0.1.
    pub async fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (line, state) = watch::channel(Line::Open);
        let counts = Arc::new(Counts::default());
        let acceptor = tokio::spawn(accept(listener, port, state, Arc::clone(&counts)));
        Self { address, line, counts, acceptor }
    }

    /// Port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Changes the line, for present and later connections.
    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    /// How many requests met a fault so far.
    pub fn hits(&self) -> usize {
        self.counts.faults.load(Ordering::SeqCst)
    }

    /// How many times a client sent something so far; one statement is one or two of these.
    pub fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }

    /// How many connections were closed at once so far, because the line was cut.
    pub fn refusals(&self) -> usize {
        self.counts.refusals.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.acceptor.abort();
        self.line.send_replace(Line::Cut);
    }
}

async fn accept(
    listener: TcpListener,
    port: u16,
    line: watch::Receiver<Line>,
    counts: Arc<Counts>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if *line.borrow() == Line::Cut {
            counts.refusals.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        let (line, counts) = (line.clone(), Arc::clone(&counts));
        tokio::spawn(async move {
            if let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await {
                carry(client, server, line, counts).await;
            }
        });
    }
}

/// Carries one connection until either end closes it or the line is cut.
async fn carry(
    client: TcpStream,
    server: TcpStream,
    mut line: watch::Receiver<Line>,
    counts: Arc<Counts>,
) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let to_client = Arc::new(Mutex::new(to_client));
    let (mut up, mut down) = (line.clone(), line.clone());
    let answered = Notify::new();
    let answers = Answers { to_client: Arc::clone(&to_client), answered: &answered };
    tokio::select! {
        () = carry_up(from_client, to_server, answers, &mut up, &counts) => {}
        () = carry_down(from_server, to_client, &mut down, &answered) => {}
        _ = line.wait_for(|line| *line == Line::Cut) => {}
    }
}

/// The way back to the client, and when the server says something.
struct Answers<'a> {
    to_client: Arc<Mutex<OwnedWriteHalf>>,
    answered: &'a Notify,
}

async fn carry_up(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    answers: Answers<'_>,
    line: &mut watch::Receiver<Line>,
    counts: &Counts,
) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        counts.requests.fetch_add(1, Ordering::SeqCst);
        let Some(state) = thawed(line).await else { return };
        let bytes = &buffer[..count];
        match state {
            Line::DiskFullFor(marker) if contains(bytes, &marker) => {
                counts.faults.fetch_add(1, Ordering::SeqCst);
                if answers.to_client.lock().await.write_all(&disk_full()).await.is_err() {
                    return;
                }
            }
            Line::LoseAnswerTo(marker) if contains(bytes, &marker) => {
                counts.faults.fetch_add(1, Ordering::SeqCst);
                // Whatever the server says from now on is lost, but it does the work: the
                // connection ends when its answer has come.
                let _lost = answers.to_client.lock().await;
                let answered = answers.answered.notified();
                let _ = to.write_all(bytes).await;
                let _ = tokio::time::timeout(Duration::from_secs(5), answered).await;
                return;
            }
            _ => {
                if to.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn carry_down(
    mut from: OwnedReadHalf,
    to: Arc<Mutex<OwnedWriteHalf>>,
    line: &mut watch::Receiver<Line>,
    answered: &Notify,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        answered.notify_waiters();
        if thawed(line).await.is_none() {
            return;
        }
        if to.lock().await.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// The state of the line as soon as it is not frozen.
async fn thawed(line: &mut watch::Receiver<Line>) -> Option<Line> {
    line.wait_for(|line| *line != Line::Frozen).await.ok().map(|line| line.clone())
}

fn contains(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker)
}

/// PostgreSQL's ErrorResponse with SQLSTATE 53100 and a ReadyForQuery outside a transaction.
fn disk_full() -> Vec<u8> {
    let fields: &[u8] =
        b"SERROR\0VERROR\0C53100\0Mcould not extend file: No space left on device\0\0";
    let length = u32::try_from(fields.len() + 4).unwrap_or(u32::MAX);
    let mut message = vec![b'E'];
    message.extend(length.to_be_bytes());
    message.extend(fields);
    message.extend(b"Z\0\0\0\x05I");
    message
}
