//! Traces by OpenTelemetry: one tells a mail's whole story, from the request that brought it to the
//! reply's hand-over, over all processes and however long it takes.
//!
//! The conversation is the trace and each append a span whose id follows from its command, so the
//! log tells every part of the work where it belongs ([`casebook_store::trace`]) and nothing is
//! stored for traces. A request begins before its conversation is known; therefore a [`layer`]
//! keeps the spans of one piece of work until its first span ends, [`assemble`] gives them their
//! place, and [`export`] hands them to a batch exporter with a bounded queue.

mod assemble;
mod export;
mod fields;
mod ids;
mod layer;
mod settings;

use std::sync::Arc;

use casebook_store::SystemClock;

pub use export::Exporter;
pub use layer::TraceLayer;
#[cfg(test)]
pub use settings::Sampling;
pub use settings::TelemetrySettings;

use crate::exit::Failure;

/// The layer that builds traces and the exporter behind it; `None` where no collector is named.
///
/// # Errors
/// A usage failure when a setting cannot be used.
pub fn start(settings: &TelemetrySettings) -> Result<Option<(TraceLayer, Exporter)>, Failure> {
    let Some(target) = settings.target(|name| std::env::var(name).ok())? else { return Ok(None) };
    let exporter = Exporter::start(settings, &target)?;
    let sink = exporter.sink();
    let layer = TraceLayer::new(target.sampling, Arc::new(SystemClock), sink);
    casebook_store::trace::follow();
    Ok(Some((layer, exporter)))
}
