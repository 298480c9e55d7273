//! A collector of traces on loopback: it keeps the spans it is given, or never answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A running collector; it ends when dropped.
pub struct Collector {
    /// Base address, as a setting names it.
    pub url: String,
    kept: Arc<Mutex<Kept>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    spans: Vec<Seen>,
    services: Vec<String>,
    requests: usize,
}

/// A span as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Empty for the first span of a trace.
    pub parent: String,
    pub attributes: HashMap<String, String>,
    /// Traces of its links.
    pub linked: Vec<String>,
    pub has_failed: bool,
    /// Everything about it as one text.
    pub text: String,
}

impl Collector {
    /// A collector that takes what it is given.
    pub async fn start() -> Self {
        Self::with(Router::new().route("/v1/traces", post(keep))).await
    }

    /// A collector that takes connections and requests, and never answers.
    pub async fn silent() -> Self {
        async fn wait(State(kept): State<Arc<Mutex<Kept>>>) {
            kept.lock().expect("kept").requests += 1;
            std::future::pending::<()>().await;
        }
        Self::with(Router::new().route("/v1/traces", post(wait))).await
    }

    async fn with(routes: Router<Arc<Mutex<Kept>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let kept = Arc::default();
        let routes = routes.with_state(Arc::clone(&kept));
        let serving = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("the collector serves");
        });
        Self { url, kept, serving }
    }

    /// The spans so far.
    pub fn spans(&self) -> Vec<Seen> {
        self.kept.lock().expect("kept").spans.clone()
    }

    /// Names of the services that sent some.
    pub fn services(&self) -> Vec<String> {
        self.kept.lock().expect("kept").services.clone()
    }

    /// Requests so far.
    pub fn requests(&self) -> usize {
        self.kept.lock().expect("kept").requests
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn keep(State(kept): State<Arc<Mutex<Kept>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    let mut kept = kept.lock().expect("kept");
    kept.requests += 1;
    for of_service in request.resource_spans {
        let resource = of_service.resource.expect("a resource");
        let service = resource.attributes.iter().find(|a| a.key == "service.name");
        kept.services.push(text(service.and_then(|a| a.value.clone()).and_then(|v| v.value)));
        for span in of_service.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            kept.spans.push(seen(span));
        }
    }
    StatusCode::OK
}

fn seen(span: Span) -> Seen {
    let everything = format!("{span:?}");
    let attributes = span.attributes.into_iter();
    Seen {
        name: span.name,
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        attributes: attributes
            .map(|a| (a.key, text(a.value.and_then(|value| value.value))))
            .collect(),
        linked: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
        has_failed: span.status.is_some_and(|status| status.code == 2),
        text: everything,
    }
}

fn text(value: Option<Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        other => format!("{other:?}"),
    }
}

/// The span that stands for a conversation's beginning.
pub fn first_span(conversation: &Uuid) -> String {
    hex(&conversation.as_bytes()[8..])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
