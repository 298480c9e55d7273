//! Logging to standard error.

use std::io::IsTerminal;

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

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

/// Starts logging; a second call changes nothing.
pub fn start(settings: &LogSettings) {
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // It fails only when logging has started already.
    let _started = if settings.json {
        builder.json().try_init()
    } else {
        builder.with_target(false).try_init()
    };
}
