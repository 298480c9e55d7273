//! Sending events to a receiver that fails in every way.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use casebook_app::{WebhookAnswer, WebhookPost, WebhookSettings, WebhookTransport};
use casebook_domain::webhook::Failure;
use casebook_outbound::{Lookup, WebhookPoster};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Pause between two bytes of a slow receiver.
const PACE: Duration = Duration::from_millis(50);

/// What a receiver does with a request that it has read.
#[derive(Clone, Copy)]
enum Does {
    /// Sends these bytes and keeps the connection.
    Says(&'static str),
    /// Sends these bytes and closes.
    BreaksOff(&'static str),
    /// Sends this head and then a body without end.
    Babbles(&'static str),
    /// Sends a byte of the head now and then, for ever.
    Trickles,
    /// Never answers.
    Hangs,
}

/// A receiver on loopback, with what it was sent.
struct Receiver {
    port: u16,
    requests: mpsc::UnboundedReceiver<String>,
}

impl Receiver {
    async fn that(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (told, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, does, told.clone()));
            }
        });
        Self { port, requests }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?a=b", self.port)
    }
}

async fn serve(mut stream: TcpStream, does: Does, told: mpsc::UnboundedSender<String>) {
    while let Some(request) = read(&mut stream).await {
        let _ = told.send(request);
        let said = match does {
            Does::Says(words) => stream.write_all(words.as_bytes()).await,
            Does::BreaksOff(words) => {
                let _ = stream.write_all(words.as_bytes()).await;
                return;
            }
            Does::Babbles(head) => {
                let mut said = stream.write_all(head.as_bytes()).await;
                while said.is_ok() {
                    said = stream.write_all(&[b'x'; 4096]).await;
                }
                said
            }
            Does::Trickles => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-slow: ").await;
                let mut pace = tokio::time::interval(PACE);
                loop {
                    pace.tick().await;
                    if stream.write_all(b"a").await.is_err() {
                        return;
                    }
                }
            }
            Does::Hangs => std::future::pending().await,
        };
        if said.is_err() {
            return;
        }
    }
}

/// A whole request with its body.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length?.parse().ok()? {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn settings(private: &[&str]) -> WebhookSettings {
    WebhookSettings {
        allow_http: true,
        allow_private: private.iter().map(|one| (*one).to_owned()).collect(),
        timeout_seconds: 1,
        ..WebhookSettings::default()
    }
}

fn post(url: String) -> WebhookPost {
    WebhookPost {
        url,
        id: "event-1".to_owned(),
        timestamp: 1_775_640_600,
        signature: "v1,abc v1,def".to_owned(),
        body: r#"{"specversion":"1.0"}"#.into(),
    }
}

async fn sent_to(does: Does) -> Result<WebhookAnswer, Failure> {
    let receiver = Receiver::that(does).await;
    WebhookPoster::new(&settings(&["127.0.0.1"])).post(&post(receiver.url())).await
}

async fn status(words: &'static str) -> u16 {
    sent_to(Does::Says(words)).await.expect("an answer").status
}

#[tokio::test]
async fn a_request_has_the_headers_of_standard_webhooks() {
    let mut receiver = Receiver::that(Does::Says("HTTP/1.1 204 No Content\r\n\r\n")).await;
    let poster = WebhookPoster::new(&settings(&["127.0.0.1"]));
    let answer = poster.post(&post(receiver.url())).await.expect("an answer");
    assert_eq!(answer, WebhookAnswer { status: 204, retry_after_seconds: None });
    let request = receiver.requests.recv().await.expect("a request");
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
    for line in [
        "webhook-id: event-1",
        "webhook-timestamp: 1775640600",
        "webhook-signature: v1,abc v1,def",
        "content-type: application/cloudevents+json",
    ] {
        assert!(head.lines().any(|one| one == line), "{line} in {head}");
    }
    assert_eq!(body, r#"{"specversion":"1.0"}"#);
}

#[tokio::test]
async fn answers_of_any_status_are_told_as_they_are() {
    assert_eq!(status("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n").await, 500);
    assert_eq!(status("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n").await, 410);
    let busy = "HTTP/1.1 429 Slow\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n";
    let busy = sent_to(Does::Says(busy)).await;
    assert_eq!(busy, Ok(WebhookAnswer { status: 429, retry_after_seconds: Some(30) }));
}

#[tokio::test]
async fn redirects_are_not_followed_wherever_they_lead() {
    let inside =
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(status(inside).await, 302);
    let kept = "HTTP/1.1 308 There\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n";
    let mut receiver = Receiver::that(Does::Says(kept)).await;
    let poster = WebhookPoster::new(&settings(&["127.0.0.1"]));
    assert_eq!(poster.post(&post(receiver.url())).await.expect("an answer").status, 308);
    receiver.requests.recv().await.expect("one request");
    assert!(receiver.requests.try_recv().is_err(), "and no other");
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_left_in_time() {
    assert_eq!(sent_to(Does::Hangs).await, Err(Failure::TimedOut));
    assert_eq!(sent_to(Does::Trickles).await, Err(Failure::TimedOut));
}

#[tokio::test]
async fn a_receiver_that_breaks_off_or_talks_nonsense_has_not_taken_it() {
    assert_eq!(sent_to(Does::BreaksOff("")).await, Err(Failure::Broken));
    assert_eq!(sent_to(Does::BreaksOff("HTTP/1.1 200 O")).await, Err(Failure::Broken));
    assert_eq!(sent_to(Does::Says("220 mail.example ESMTP\r\n\r\n")).await, Err(Failure::Broken));
}

#[tokio::test]
async fn a_body_is_thrown_away_however_long_it_is() {
    let endless = "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n";
    let taken = sent_to(Does::Babbles(endless)).await;
    assert_eq!(taken.map(|answer| answer.status), Ok(200));
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc";
    assert_eq!(sent_to(Does::BreaksOff(cut)).await.map(|answer| answer.status), Ok(200));
}

#[tokio::test]
async fn nobody_there_and_no_protection_are_told_apart() {
    let poster = WebhookPoster::new(&settings(&["127.0.0.1"]));
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let nobody = poster.post(&post(format!("http://127.0.0.1:{port}/"))).await;
    assert_eq!(nobody, Err(Failure::Unreachable));
    let talks_plainly = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = talks_plainly.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = talks_plainly.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 no TLS here\r\n\r\n").await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    });
    let unprotected = poster.post(&post(format!("https://127.0.0.1:{port}/"))).await;
    assert_eq!(unprotected, Err(Failure::Tls));
}

#[tokio::test]
async fn private_addresses_are_never_called_unless_allowed() {
    let mut receiver = Receiver::that(Does::Says("HTTP/1.1 200 OK\r\n\r\n")).await;
    let poster = WebhookPoster::new(&settings(&[]));
    assert!(poster.check(&receiver.url()).is_err());
    let refused = poster.post(&post(receiver.url())).await;
    assert_eq!(refused, Err(Failure::NotAllowed));
    let mapped = format!("http://[::ffff:127.0.0.1]:{}/", receiver.port);
    assert_eq!(poster.post(&post(mapped)).await, Err(Failure::NotAllowed));
    assert!(receiver.requests.try_recv().is_err(), "nothing arrived");
}

/// A resolver that says something else at every question.
struct Liar {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Lookup for Liar {
    async fn addresses(&self, _host: &str) -> std::io::Result<Vec<IpAddr>> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.answers[number.min(self.answers.len() - 1)].clone())
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called_whenever_it_does() {
    let mut receiver = Receiver::that(Does::Says("HTTP/1.1 200 OK\r\n\r\n")).await;
    let inside = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let metadata = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));
    let asked = AtomicUsize::new(0);
    let liar = Liar { answers: vec![vec![metadata], vec![inside, metadata]], asked };
    let poster = WebhookPoster::with_lookup(&settings(&[]), Arc::new(liar));
    let url = format!("http://hooks.example:{}/", receiver.port);
    assert!(poster.check(&url).is_ok(), "the name alone tells nothing");
    for _ in 0..3 {
        assert_eq!(poster.post(&post(url.clone())).await, Err(Failure::NotAllowed));
    }
    assert!(receiver.requests.try_recv().is_err(), "nothing arrived");
    let asked = AtomicUsize::new(0);
    let mixed = Liar { answers: vec![vec![metadata, inside]], asked };
    let poster = WebhookPoster::with_lookup(&settings(&["127.0.0.1"]), Arc::new(mixed));
    let taken = poster.post(&post(url)).await.expect("the allowed one is called");
    assert_eq!(taken.status, 200);
    receiver.requests.recv().await.expect("a request");
}
