//! Delivery adapters.

mod smtp;

pub use smtp::{SmtpSettings, SmtpTls, SmtpTransport};
