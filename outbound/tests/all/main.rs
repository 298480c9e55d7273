//! The adapters against a real SMTP server on loopback.

mod composed;
mod faults;
mod line;
mod pool;
mod tls;
mod webhook;
