//! Delivery adapters: writing mail, handing it over by SMTP, a catcher for demos and tests, and
//! requests to the tenants' own systems and to subscribers of events.

mod address;
pub mod catcher;
mod compose;
mod replacement;
mod settings;
mod smtp;
mod webhook;

pub use compose::Composer;
pub use replacement::{ReplacementSettings, ReplacementWebhook};
pub use settings::{SmtpSettings, SmtpTls};
pub use smtp::SmtpTransport;
pub use webhook::{Lookup, WebhookPoster};
