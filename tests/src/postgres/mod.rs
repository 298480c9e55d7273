//! A private PostgreSQL for tests, started from the installed binaries and gone with the process.

mod account;
mod admin;
mod binaries;
mod server;

pub use admin::{create_database, drop_database, template_database};
pub use binaries::Binaries;
pub use server::{PostgresServer, Stop};

use std::sync::OnceLock;

static SHARED: OnceLock<PostgresServer> = OnceLock::new();

/// The server that all tests of this process share; the first caller starts it.
///
/// It stops and its folder goes when the process ends, however it ends. Tests that stop or restart
/// a server start one of their own with [`PostgresServer::start`].
///
/// # Panics
/// When PostgreSQL is not installed or does not start; the message says what to do.
pub fn shared() -> &'static PostgresServer {
    SHARED.get_or_init(PostgresServer::start)
}
