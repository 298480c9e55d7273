//! Delivery adapters.

mod forward;

pub use forward::{SmtpForwarder, SmtpSettings, SmtpTls};
