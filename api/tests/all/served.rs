//! An edge on a port of loopback, and clients that talk to it over TCP.

use std::net::SocketAddr;
use std::time::Duration;

use casebook_api::Listener;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{self, ClientRequestBuilder};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::harness::Edge;

/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// An edge that listens; it stops listening when this value is dropped.
pub struct Served {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Served {
    /// Listens for an edge; a connection may stall for `stall_max`, and a little more in which a
    /// WebSocket is told why.
    pub async fn start(edge: &Edge, stall_max: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = axum::serve(Listener::new(listener, stall_max), edge.router.clone());
        let task = tokio::spawn(async move { service.await.unwrap() });
        Self { address, task }
    }

    /// A connection whose client buffers little.
    pub async fn connect(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// Opens a WebSocket with further headers.
    pub async fn open(&self, headers: &[(&str, &str)]) -> Result<Client, tungstenite::Error> {
        let uri = format!("ws://{}/graphql", self.address).parse().unwrap();
        let mut request = ClientRequestBuilder::new(uri).into_client_request()?;
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        let (socket, _) = client_async(request, self.connect().await).await?;
        Ok(Client { socket })
    }

    /// Opens a WebSocket of the protocol.
    pub async fn websocket(&self) -> Client {
        self.open(&[PROTOCOL]).await.unwrap()
    }

    /// Opens a WebSocket and is let in with these credentials.
    pub async fn let_in(&self, payload: Value) -> Client {
        let mut client = self.websocket().await;
        client.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(client.hear().await["type"], "connection_ack");
        client
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The header that names the protocol.
pub const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// The client's side of a WebSocket.
pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
}

impl Client {
    pub async fn say(&mut self, message: Value) {
        self.say_text(&message.to_string()).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Asks for an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// The next frame that is no sign of life.
    pub async fn frame(&mut self) -> Option<Message> {
        let frame = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(message)) => return Some(message),
                    Some(Err(_)) | None => return None,
                }
            }
        };
        tokio::time::timeout(PATIENCE, frame).await.expect("something comes")
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("a message was expected, not {other:?}"),
        }
    }

    /// The data of the next result of an operation.
    pub async fn data(&mut self, id: &str) -> Value {
        let message = self.hear().await;
        let payload = &message["payload"];
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message}");
        assert!(payload.get("errors").is_none(), "{payload}");
        payload["data"].clone()
    }

    /// The code with which the connection is closed.
    pub async fn closed(&mut self) -> u16 {
        match self.frame().await {
            Some(Message::Close(Some(frame))) => frame.code.into(),
            other => panic!("a close was expected, not {other:?}"),
        }
    }
}
