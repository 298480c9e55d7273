//! An edge over a database of its own: two tenants, the real parser, the real use cases.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use casebook_api::{ApiState, EdgeSettings, Secret, router};
use casebook_app::{
    Access, App, Classifier, DeliverySettings, ForwardSettings, Ids, IntakeSettings, Parts,
    TriageSettings, WebhookSettings,
};
use casebook_domain::policy::Policy;
use casebook_ingest::EmailParser;
use casebook_projections::{ProjectionSettings, Projections};
use casebook_store::{BlobSettings, Blobs, Store};
use casebook_tests::TestDatabase;
use casebook_tests::receiver::Receiver;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;
use uuid::Uuid;

/// Secret of the intake routes in these tests.
pub const SECRET: &str = "intake-secret";
/// Inbox of the first tenant.
pub const HELLO: &str = "hello@protocolraw.co.uk";
/// Inbox of the second tenant.
pub const HALLO: &str = "hallo@ozean-licht.at";
/// Longest wait for the read models.
const PATIENCE: Duration = Duration::from_secs(90);

/// An edge with what stands behind it.
pub struct Edge {
    pub router: Router,
    pub app: App,
    pub projections: Arc<Projections>,
    /// Says that the process is about to stop.
    pub stop: watch::Sender<bool>,
    pub database: TestDatabase,
    _blobs: TempDir,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status, code and field of a refusal.
    pub fn refusal(&self) -> (u16, String, String) {
        let error = &self.json()["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        (self.status, text("code"), text("field"))
    }
}

/// Identifiers that are the same in every run.
struct SeededIds(casebook_tests::Ids);

impl Ids for SeededIds {
    fn ordered(&self) -> Uuid {
        self.0.next()
    }

    fn random(&self) -> Uuid {
        self.0.next()
    }

    fn secret(&self) -> [u8; 32] {
        let bytes = self.0.next().into_bytes();
        std::array::from_fn(|at| bytes[at % bytes.len()])
    }
}

/// Settings with an intake secret and no token.
pub fn settings() -> EdgeSettings {
    let mut settings = EdgeSettings::default();
    settings.intake.secret = Some(Secret::new(SECRET));
    // Nothing classifies here unless a test says so: nobody waits for it.
    settings.intake.wait_max_ms = 0;
    settings
}

fn policy(tenant: &str) -> Policy {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tenants").join(tenant);
    let mut files = BTreeMap::new();
    let mut pending = vec![folder.clone()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    Policy::from_files(&files).unwrap()
}

async fn app(store: Store, database: &TestDatabase, blobs: &TempDir) -> App {
    let url = blobs.path().to_str().unwrap().to_owned();
    let blobs = BlobSettings { url, fsync: false, ..BlobSettings::default() };
    let parts = Parts {
        store,
        blobs: Blobs::open(&blobs).unwrap(),
        parser: Arc::new(EmailParser::default()),
        ids: Arc::new(SeededIds(casebook_tests::Ids::new(1))),
        clock: Arc::clone(&database.clock) as _,
        intake: IntakeSettings::default(),
        forward: ForwardSettings::default(),
        triage: TriageSettings::default(),
        delivery: DeliverySettings::default(),
        webhooks: Receiver::new().parts(WebhookSettings::default()),
        cache_aggregates_max: 1000,
    };
    let app = App::new(parts).await.unwrap();
    for tenant in ["protocol-raw", "ozean-licht"] {
        app.publish_policy(&Access::operator("test"), &policy(tenant), None).await.unwrap();
    }
    app
}

impl Edge {
    pub async fn new(database: TestDatabase) -> Self {
        Self::with(database, settings()).await
    }

    pub async fn with(database: TestDatabase, settings: EdgeSettings) -> Self {
        Self::asking(database, settings, None).await
    }

    /// An edge beside a classifier.
    pub async fn asking(
        database: TestDatabase,
        settings: EdgeSettings,
        classifier: Option<Arc<dyn Classifier>>,
    ) -> Self {
        let blobs = tempfile::tempdir().unwrap();
        let app = app(database.open().await, &database, &blobs).await;
        let projections =
            Projections::start(app.store(), &ProjectionSettings::default()).await.unwrap();
        let projections = Arc::new(projections);
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let stop = watch::Sender::new(false);
        let state = ApiState {
            app: app.clone(),
            projections: Arc::clone(&projections),
            classifier,
            stopping: stop.subscribe(),
            settings,
            metrics,
        };
        Self { router: router(state), app, projections, stop, _blobs: blobs, database }
    }

    /// Waits until the read models show all of the log.
    pub async fn settle(&self) {
        let last = self.app.store().log().last_position().await.unwrap();
        self.projections.caught_up(last, PATIENCE).await.unwrap();
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// A request as a program on this machine sends it.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:8080");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, &[], Body::empty()).await
    }

    /// Hands in a raw mail, a second after the one before.
    pub async fn mail(&self, to: &str, raw: impl Into<Body>) -> Reply {
        self.database.clock.advance(1_000_000);
        let headers = [("x-internal-secret", SECRET), ("x-envelope-to", to)];
        self.call(Method::POST, "/intake/email", &headers, raw).await
    }

    /// Hands in mails of 26 kB; with 300 of them their events are more than the system buffers for
    /// a connection.
    pub async fn long_mails(&self, count: u32) {
        let text = "A line of a long letter.\r\n".repeat(1_000);
        for number in 0..count {
            let raw = mail(&number.to_string(), HELLO, "Ada <ada@customer.example>", "Long", &text);
            assert_eq!(self.mail(HELLO, raw).await.status, 202);
        }
    }

    /// Hands in a message as JSON.
    pub async fn triage(&self, message: &Value) -> Reply {
        let headers = [("x-internal-secret", SECRET), ("content-type", "application/json")];
        self.call(Method::POST, "/intake/triage", &headers, message.to_string()).await
    }

    /// Asks a GraphQL query and gives the whole answer.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        self.asked(&json!({ "query": query, "variables": variables })).await
    }

    /// Sends a GraphQL request and gives the whole answer.
    pub async fn asked(&self, request: &Value) -> Value {
        let headers = [("content-type", "application/json")];
        self.call(Method::POST, "/graphql", &headers, request.to_string()).await.json()
    }

    /// Asks a GraphQL query that must succeed and gives its data.
    pub async fn data(&self, query: &str, variables: Value) -> Value {
        let answer = self.ask(query, variables).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    }

    /// Asks a GraphQL query that must fail and gives the extensions of its first error.
    pub async fn fault(&self, query: &str, variables: Value) -> Value {
        let answer = self.ask(query, variables).await;
        assert!(answer["errors"][0].is_object(), "{answer}");
        answer["errors"][0]["extensions"].clone()
    }
}

/// A plain mail.
pub fn mail(id: &str, to: &str, from: &str, subject: &str, text: &str) -> String {
    format!(
        "Message-ID: <{id}@mail.example>\r\nFrom: {from}\r\nTo: {to}\r\nSubject: {subject}\r\n\
         Date: Wed, 08 Apr 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
}

/// A mail that fires the gate `health_vomiting`.
pub fn sick(id: &str) -> String {
    let text = "My dog has been vomiting since breakfast. What should I do?";
    mail(id, HELLO, "Ada Byron <ada@customer.example>", "Worried", text)
}

/// A mail that fires no gate.
pub fn calm(id: &str) -> String {
    let text = "On which day will my next box arrive?";
    mail(id, HELLO, "Grace Hopper <grace@customer.example>", "Next box", text)
}
