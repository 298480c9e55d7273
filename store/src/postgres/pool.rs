//! Reading through a pool that may hold dead connections, for example after a restart.

use sqlx::postgres::{PgArguments, PgPool, PgRow};

use crate::StoreError;

/// Runs a reading statement; a lost connection is met with the next one of the pool, as often as
/// there may be dead ones in it.
pub(super) async fn fetch_all(
    pool: &PgPool,
    sql: &str,
    arguments: &(dyn Fn() -> PgArguments + Sync),
) -> Result<Vec<PgRow>, StoreError> {
    let mut attempts = pool.options().get_max_connections() + 1;
    loop {
        attempts -= 1;
        let error = match sqlx::query_with(sql, arguments()).fetch_all(pool).await {
            Ok(rows) => return Ok(rows),
            Err(error) => error,
        };
        if attempts == 0 || !is_lost(&error) {
            return Err(error.into());
        }
    }
}

/// Whether the connection was lost, so that another one may do.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(io) => io.kind() != std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Protocol(_) => true,
        // The server shuts down, was stopped, or ended this session.
        sqlx::Error::Database(inner) => inner
            .code()
            .is_some_and(|code| ["57P01", "57P02", "57P05", "25P03"].contains(&code.as_ref())),
        _ => false,
    }
}
