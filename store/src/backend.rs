//! The two databases behind one face.

use std::sync::Arc;

use tokio::sync::watch;
use uuid::Uuid;

use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{Dialect, StoreError};

/// One opened database.
#[derive(Clone, Debug)]
pub(crate) enum Backend {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl Backend {
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub fn log_id(&self) -> Uuid {
        match self {
            Self::Sqlite(sqlite) => sqlite.log_id(),
            Self::Postgres(postgres) => postgres.log_id(),
        }
    }

    pub fn head(&self) -> &watch::Sender<u64> {
        match self {
            Self::Sqlite(sqlite) => sqlite.head(),
            Self::Postgres(postgres) => postgres.head(),
        }
    }

    pub async fn last_position(&self) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.last_position().await,
            Self::Postgres(postgres) => postgres.last_position().await,
        }
    }

    /// Whether other processes may append to this database.
    pub fn must_poll(&self) -> bool {
        match self {
            Self::Sqlite(sqlite) => sqlite.must_poll(),
            Self::Postgres(_) => true,
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }
}
