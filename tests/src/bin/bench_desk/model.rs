//! A model on loopback that gives every message the same sound answer, after a while.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use casebook_tests::http::{Connection, post};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The stand-in; it ends with the process.
pub struct Model {
    address: SocketAddr,
    answers: Arc<AtomicUsize>,
}

impl Model {
    /// Starts it.
    pub async fn start(delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let answers = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, delay, Arc::clone(&counted)));
            }
        });
        Self { address, answers }
    }

    /// Answers it has given so far.
    pub fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    /// Where it is, as the settings want it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The time that as many calls take without anything around them.
    pub async fn bare(&self, calls: u64, parallel: usize) -> Duration {
        let request = post("/v1/messages", "content-type: application/json\r\n", b"{}");
        let begun = Instant::now();
        let share = calls.div_ceil(parallel as u64);
        let tasks: Vec<_> = (0..parallel)
            .map(|_| {
                let (address, request) = (self.address, request.clone());
                tokio::spawn(async move {
                    let mut connection = Connection::open(address).await.expect("connected");
                    for _ in 0..share {
                        connection.exchange(&request).await.expect("an answer");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a caller ended well");
        }
        begun.elapsed()
    }
}

/// Answers one request after the other on a connection.
async fn serve(stream: TcpStream, delay: Duration, answers: Arc<AtomicUsize>) {
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    let answer = answer();
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            match stream.read_line(&mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) if line.trim().is_empty() => break,
                Ok(_) => {}
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        tokio::time::sleep(delay).await;
        answers.fetch_add(1, Ordering::Relaxed);
        if stream.get_mut().write_all(&answer).await.is_err() {
            return;
        }
    }
}

fn answer() -> Vec<u8> {
    let text = json!({
        "category": "delivery",
        "confidence": 0.91,
        "draft_response": "Hello,\n\nthank you for your message. We are looking into it.",
        "action": null,
        "escalation_reason": null,
        "suggested_subject": "Delivery question",
        "customer_name": null,
    });
    let body = json!({
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5",
        "content": [{ "type": "text", "text": text.to_string() }],
        "stop_reason": "end_turn",
        "usage": { "input_tokens": 900, "output_tokens": 90 },
    })
    .to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}
