//! Opens databases the way users of the two crates do.

use std::str::FromStr;

use postgres_es::PostgresEventRepository;
use sqlite_es::SqliteEventRepository;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Postgres, Sqlite};

/// A database behind one of the two crates.
#[derive(Clone, Debug)]
pub enum Database {
    /// For sqlite-es.
    Sqlite(Pool<Sqlite>),
    /// For postgres-es.
    Postgres(Pool<Postgres>),
}

impl Database {
    /// Opens `sqlite:PATH` or `postgres://...` with the pools that the crates themselves make:
    /// ten connections each. SQLite commits with `synchronous=FULL`, as Casebook does, because the
    /// crate's own NORMAL may lose acknowledged commits when the power fails.
    ///
    /// # Errors
    /// What sqlx says.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        if !url.starts_with("sqlite:") {
            return Ok(Self::Postgres(postgres_es::default_postgress_pool(url).await));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(10).connect_with(options).await?;
        Ok(Self::Sqlite(pool))
    }

    /// Creates the events table of the two crates, as their own documentation gives it.
    ///
    /// # Errors
    /// What sqlx says.
    pub async fn create_tables(&self) -> Result<(), sqlx::Error> {
        let columns = "aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
                       sequence bigint NOT NULL CHECK (sequence >= 0), event_type text NOT NULL, \
                       event_version text NOT NULL, payload json NOT NULL, metadata json NOT NULL, \
                       PRIMARY KEY (aggregate_type, aggregate_id, sequence)";
        match self {
            Self::Postgres(pool) => {
                let sql = format!("CREATE TABLE events ({columns})");
                sqlx::raw_sql(&sql).execute(pool).await.map(drop)
            }
            Self::Sqlite(pool) => {
                let columns = columns.replace("json", "text").replace("bigint", "integer");
                let sql = format!("CREATE TABLE events ({columns}) STRICT");
                sqlx::raw_sql(&sql).execute(pool).await.map(drop)
            }
        }
    }
}

/// A repository of sqlite-es.
pub fn sqlite_repository(pool: &Pool<Sqlite>) -> SqliteEventRepository {
    SqliteEventRepository::new(pool.clone())
}

/// A repository of postgres-es.
pub fn postgres_repository(pool: &Pool<Postgres>) -> PostgresEventRepository {
    PostgresEventRepository::new(pool.clone())
}
