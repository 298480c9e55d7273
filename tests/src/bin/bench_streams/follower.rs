//! A follower of events that does nothing with them: it reads the stream off the socket.

use std::net::SocketAddr;
use std::time::Duration;

use casebook_domain::Timestamp;
use casebook_store::{Clock, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Reads one stream.
pub struct Follower {
    line: TcpStream,
    text: String,
    position: u64,
}

impl Follower {
    /// Opens a stream and waits for its greeting.
    pub async fn open(address: SocketAddr, after: &str) -> Self {
        let mut line = TcpStream::connect(address).await.expect("a connection");
        let request = format!(
            "GET /events?after={after} HTTP/1.1\r\nhost: {address}\r\n\
             accept: text/event-stream\r\n\r\n"
        );
        line.write_all(request.as_bytes()).await.expect("sent");
        let mut follower = Self { line, text: String::new(), position: 0 };
        while !follower.text.contains("retry:") {
            follower.read().await;
        }
        assert!(follower.text.starts_with("HTTP/1.1 200"), "{}", follower.text);
        follower.text.clear();
        follower
    }

    /// Up to where everything has been read.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Waits for more, and gives the time from recording to arrival of each event in it.
    pub async fn next(&mut self) -> Vec<Duration> {
        self.read().await;
        let now = SystemClock.now();
        // What stands behind the last blank line is not complete yet.
        let Some(end) = self.text.rfind("\n\n") else { return Vec::new() };
        let rest = self.text.split_off(end);
        let whole = std::mem::replace(&mut self.text, rest);
        let mut latencies = Vec::new();
        for line in whole.lines() {
            if let Some(id) = line.strip_prefix("id: ") {
                let number = id.rsplit(':').next().and_then(|number| number.parse().ok());
                self.position = number.unwrap_or(self.position);
            } else if line.starts_with("data: ") {
                latencies.push(age(line, now));
            }
        }
        latencies
    }

    async fn read(&mut self) {
        let mut bytes = vec![0; 64 * 1024];
        let count = self.line.read(&mut bytes).await.expect("the stream goes on");
        assert!(count > 0, "the stream has ended");
        self.text.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
}

/// The time since the recording that an event names.
fn age(event: &str, now: Timestamp) -> Duration {
    let time = event.split("\"time\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let time: Timestamp = time.and_then(|time| time.parse().ok()).expect("a time");
    let micros = now.as_micros() - time.as_micros();
    Duration::from_micros(micros.try_into().unwrap_or_default())
}
