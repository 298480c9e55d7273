//! Connections to PostgreSQL and the settings that each of them carries.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::{StoreError, StoreSettings};

/// Oldest server that is supported.
const SERVER_VERSION_MIN: i32 = 150_000;

/// What a connection is for; visible to operators as its application name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Appends, on the writer's own connection.
    Append,
    /// Read models.
    Write,
    /// Queries; the server refuses writes.
    Read,
    /// Wake-up between processes.
    Signal,
}

/// Options for connections of one purpose.
pub(super) fn options(
    url: &str,
    purpose: Purpose,
    settings: &StoreSettings,
) -> Result<PgConnectOptions, StoreError> {
    let name = match purpose {
        Purpose::Append => "casebook-append",
        Purpose::Write => "casebook-write",
        Purpose::Read => "casebook-read",
        Purpose::Signal => "casebook-signal",
    };
    let options = PgConnectOptions::from_str(url)?
        .application_name(name)
        .options([
            ("statement_timeout", settings.statement_timeout_ms),
            ("lock_timeout", settings.lock_timeout_ms),
            ("idle_in_transaction_session_timeout", settings.idle_in_transaction_timeout_ms),
        ])
        .disable_statement_logging();
    Ok(match purpose {
        // The appends look up single rows by key. A plan made while the tables are small must not
        // become a scan when they are large.
        Purpose::Append => options.options([
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("enable_bitmapscan", "off"),
            ("jit", "off"),
        ]),
        Purpose::Read => options.options([("default_transaction_read_only", "on")]),
        Purpose::Write | Purpose::Signal => options,
    })
}

/// Opens a connection outside of any pool.
pub(super) async fn connect(
    options: &PgConnectOptions,
    settings: &StoreSettings,
) -> Result<PgConnection, StoreError> {
    let connecting = PgConnection::connect_with(options);
    match tokio::time::timeout(settings.connect_timeout(), connecting).await {
        Ok(connection) => Ok(connection?),
        Err(_) => Err(StoreError::unavailable("the server does not answer")),
    }
}

/// A pool that connects when it is used. It does not ping before use: whoever meets a dead
/// connection tries the next.
pub(super) fn pool(options: PgConnectOptions, size: u32, settings: &StoreSettings) -> PgPool {
    PgPoolOptions::new()
        .max_connections(size.max(1))
        .acquire_timeout(settings.connect_timeout())
        .test_before_acquire(false)
        .connect_lazy_with(options)
}

/// Refuses servers that are too old.
pub(super) async fn check_version(connection: &mut PgConnection) -> Result<(), StoreError> {
    let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(connection)
        .await?;
    if version < SERVER_VERSION_MIN {
        let major = version / 10_000;
        return Err(StoreError::database(format!("PostgreSQL {major} is older than 15")));
    }
    Ok(())
}

/// Refuses users from whom row-level security hides the log: to them it would look empty.
pub(super) async fn check_sees_rows(connection: &mut PgConnection) -> Result<(), StoreError> {
    // Before the first migration there is nothing to see.
    let sql = "SELECT coalesce(row_security_active(to_regclass('events')), false)";
    let hidden: bool = sqlx::query_scalar(sql).fetch_one(connection).await?;
    if hidden {
        let what = "row-level security hides the tables from this user; connect as their owner";
        return Err(StoreError::database(what));
    }
    Ok(())
}
