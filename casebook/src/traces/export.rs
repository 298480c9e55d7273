//! Hands spans to a collector by OTLP over HTTP, in batches and on a thread of its own. Whoever
//! ends a span never waits: the queue is bounded, and what does not fit is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_otlp::{Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter, SpanProcessor,
};

use super::layer::Sink;
use super::settings::{Target, TelemetrySettings};
use crate::exit::Failure;

/// Spans on their way to the collector.
pub struct Exporter {
    processor: Arc<BatchSpanProcessor>,
    flush_max: Duration,
}

impl Exporter {
    /// Starts the thread that talks to the collector.
    ///
    /// # Errors
    /// A usage failure when the client cannot be built.
    pub fn start(settings: &TelemetrySettings, target: &Target) -> Result<Self, Failure> {
        let otlp = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&target.url)
            .with_timeout(Duration::from_millis(settings.export_timeout_ms))
            .build()
            .map_err(|error| Failure::usage(format!("telemetry: {error}")))?;
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(settings.queue_spans_max.max(1))
            .with_max_export_batch_size(settings.batch_spans_max.max(1))
            .with_scheduled_delay(Duration::from_millis(settings.batch_ms_max))
            .build();
        let mut processor = BatchSpanProcessor::new(Told::new(otlp), config);
        let mut resource = Resource::builder();
        if let Some(name) = &target.service_name {
            resource = resource.with_service_name(name.clone());
        }
        let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        processor.set_resource(&resource.with_attribute(version).build());
        let flush_max = Duration::from_millis(settings.flush_ms_max);
        Ok(Self { processor: Arc::new(processor), flush_max })
    }

    /// Takes spans without waiting.
    pub fn sink(&self) -> Sink {
        let processor = Arc::clone(&self.processor);
        Arc::new(move |span| processor.on_end(span))
    }

    /// Sends what is left, for as long as the settings allow.
    pub async fn stop(self) {
        let stopping = move || self.processor.shutdown_with_timeout(self.flush_max);
        if !matches!(tokio::task::spawn_blocking(stopping).await, Ok(Ok(()))) {
            tracing::warn!("the last spans did not reach the collector");
        }
    }
}

/// Says once that the collector does not answer, and once that it does again.
#[derive(Debug)]
struct Told<E> {
    inner: E,
    /// Spans that were lost since it last answered.
    lost: AtomicU64,
}

impl<E> Told<E> {
    const fn new(inner: E) -> Self {
        Self { inner, lost: AtomicU64::new(0) }
    }
}

impl<E: SpanExporter> SpanExporter for Told<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let result = self.inner.export(batch).await;
        match &result {
            Ok(()) => match self.lost.swap(0, Ordering::Relaxed) {
                0 => {}
                lost => tracing::info!(lost, "the collector of traces takes spans again"),
            },
            Err(_) => {
                if self.lost.fetch_add(spans, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        "the collector of traces takes no spans; work goes on and spans are lost \
                         until it does"
                    );
                }
            }
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use opentelemetry_sdk::error::OTelSdkError;
    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::*;
    use crate::traces::layer::TraceLayer;
    use crate::traces::settings::Sampling;

    /// A collector that answers by a script.
    #[derive(Debug)]
    struct Scripted(Mutex<Vec<bool>>);

    impl SpanExporter for Scripted {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            match self.0.lock().expect("the script").remove(0) {
                true => Ok(()),
                false => Err(OTelSdkError::InternalFailure("away".to_owned())),
            }
        }
    }

    /// Counts lines by level.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<tracing::Level>>>);

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Lines {
        fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
            self.0.lock().expect("lines").push(*event.metadata().level());
        }
    }

    /// Any span.
    fn span() -> SpanData {
        let left = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&left);
        let sink: Sink = Arc::new(move |span| sink.lock().expect("spans").push(span));
        let layer = TraceLayer::new(Sampling::ALL, Arc::new(casebook_store::SystemClock), sink);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            drop(tracing::info_span!(target: casebook_store::trace::TARGET, "x"));
        });
        left.lock().expect("spans").remove(0)
    }

    #[test]
    fn it_is_said_once_that_the_collector_is_away_and_once_that_it_is_back() {
        let script = vec![true, false, false, false, true, true, false];
        let (exporter, lines) = (Told::new(Scripted(Mutex::new(script))), Lines::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let span = span();
        let subscriber = tracing_subscriber::registry().with(lines.clone());
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..7 {
                let _outcome = runtime.block_on(exporter.export(vec![span.clone()]));
            }
        });
        let (warn, info) = (tracing::Level::WARN, tracing::Level::INFO);
        assert_eq!(*lines.0.lock().expect("lines"), [warn, info, warn]);
    }
}
