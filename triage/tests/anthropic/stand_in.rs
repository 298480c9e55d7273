//! A server on loopback that answers as told, byte for byte, and keeps what it was sent.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// How the server treats one connection.
pub enum Answer {
    /// Writes these bytes and closes.
    Bytes(Vec<u8>),
    /// Reads the request and closes without a word.
    Nothing,
    /// Reads the request and never answers.
    Silence,
    /// Writes these bytes, then one more every few milliseconds without end.
    Drip(Vec<u8>),
}

impl Answer {
    /// A whole response with the usual headers.
    pub fn response(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nrequest-id: req_test\r\n\
             {headers}content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        Self::Bytes(format!("{head}{body}").into_bytes())
    }
}

/// A server for one request.
pub struct StandIn {
    address: SocketAddr,
    request: oneshot::Receiver<String>,
}

impl StandIn {
    /// Starts a server that treats its first connection so.
    pub async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = listener.local_addr().expect("address");
        let (sender, request) = oneshot::channel();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("accept");
            let text = read_request(&mut stream).await;
            let _ = sender.send(text);
            treat(stream, answer).await;
        });
        Self { address, request }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was sent: the head in small letters and the body.
    pub async fn request(self) -> (String, serde_json::Value) {
        let text = self.request.await.expect("a request");
        let (head, body) = text.split_once("\r\n\r\n").expect("head and body");
        (head.to_lowercase(), serde_json::from_str(body).expect("JSON"))
    }
}

/// Reads head and body by the content length.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.expect("read");
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let wanted = text.split_once("\r\n\r\n").and_then(|(head, body)| {
            let head = head.to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            Some(body.len() >= length.parse::<usize>().ok()?)
        });
        if count == 0 || wanted == Some(true) {
            return text;
        }
    }
}

async fn treat(mut stream: TcpStream, answer: Answer) {
    match answer {
        Answer::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Answer::Nothing => {}
        Answer::Silence => {
            let mut rest = [0; 64];
            // Ends when the client gives up.
            while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
        }
        Answer::Drip(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let mut tick = tokio::time::interval(Duration::from_millis(20));
            loop {
                tick.tick().await;
                if stream.write_all(b" ").await.is_err() {
                    return;
                }
            }
        }
    }
}
