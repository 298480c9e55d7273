//! Delivery adapters: writing mail, handing it over by SMTP, and a catcher for demos and tests.

mod address;
pub mod catcher;
mod compose;
mod settings;
mod smtp;

pub use compose::Composer;
pub use settings::{SmtpSettings, SmtpTls};
pub use smtp::SmtpTransport;
