//! Logging to standard error, and traces beside it.

use std::io::IsTerminal;

use serde::{Deserialize, Serialize};
use tracing::Subscriber;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::traces::TraceLayer;

/// Section `[log]` of the configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// What is logged, in the form of `tracing`'s filters, for example `info,casebook=debug`.
    pub filter: String,
    /// Whether each line is a JSON object.
    pub json: bool,
}

impl Default for LogSettings {
    fn default() -> Self {
        // PostgreSQL's notices ("does not exist, skipping") are no news to an operator.
        Self { filter: "info,sqlx=warn".to_owned(), json: false }
    }
}

/// Makes panics tell where they happened and nothing else: their text may hold a mail's content.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => tracing::error!(file = place.file(), line = place.line(), "a task panicked"),
        None => tracing::error!("a task panicked"),
    }));
}

/// Starts logging, and building traces where there is a layer for them; a second call changes
/// nothing.
pub fn start(settings: &LogSettings, traces: Option<TraceLayer>) {
    let colours = std::io::stderr().is_terminal();
    // It fails only when logging has started already.
    let _started = both(settings, traces, std::io::stderr, colours).try_init();
}

fn both<W>(
    settings: &LogSettings,
    traces: Option<TraceLayer>,
    writer: W,
    colours: bool,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(writer);
    let lines = if settings.json { lines.json().boxed() } else { lines.with_target(false).boxed() };
    // Known once for each place in the code: where nobody builds traces, their spans cost nothing.
    // A layer that is `None` would be asked each time, hence the list.
    let is_for_lines = filter_fn(|metadata| !TraceLayer::is_for_traces(metadata));
    let mut layers = vec![lines.with_filter(filter.and(is_for_lines)).boxed()];
    let traces = traces.map(|layer| layer.with_filter(filter_fn(TraceLayer::is_for_traces)));
    layers.extend(traces.map(Layer::boxed));
    tracing_subscriber::registry().with(layers)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use casebook_store::SystemClock;
    use casebook_store::trace::TARGET;

    use super::*;
    use crate::traces::Sampling;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("lines").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged while `work` is done, everything asked for.
    fn logged(traces: Option<TraceLayer>, work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let settings = LogSettings { filter: "trace".to_owned(), json: false };
        let both = both(&settings, traces, move || writer.clone(), false);
        tracing::subscriber::with_default(both, work);
        let bytes = lines.0.lock().expect("lines").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn without_traces_their_spans_are_never_made() {
        let all = tracing_subscriber::registry();
        let make = || tracing::info_span!(target: TARGET, "work");
        let span = tracing::subscriber::with_default(all, make);
        let settings = LogSettings { filter: "trace".to_owned(), json: false };
        // Asked of this subscriber alone: what a place in the code knows is of all that live, and
        // cases beside this one have theirs.
        let ours = both(&settings, None, std::io::sink, false);
        assert!(ours.register_callsite(span.metadata().expect("made")).is_never());
    }

    #[test]
    fn spans_of_traces_do_not_show_in_the_log() {
        let left = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&left);
        let sink = Arc::new(move |span| sink.lock().expect("spans").push(span));
        let layer = TraceLayer::new(Sampling::ALL, Arc::new(SystemClock), sink);
        let lines = logged(Some(layer), || {
            let _traced = tracing::info_span!(target: TARGET, "hidden").entered();
            let _shown = tracing::info_span!("shown").entered();
            tracing::info!("a line");
        });
        assert!(lines.contains("shown") && !lines.contains("hidden"), "{lines}");
        assert_eq!(left.lock().expect("spans").len(), 1);
    }
}
