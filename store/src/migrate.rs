//! Migrations: ordered SQL files, built in, recorded with a checksum when they are applied.

use sha2::{Digest, Sha256};

use crate::{Dialect, StoreError};

/// What a run of the migrations did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationReport {
    /// File names that were applied now, in order.
    pub applied: Vec<String>,
    /// Version that the database has reached.
    pub version: u32,
}

/// One file of `migrations/`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub version: u32,
    pub name: &'static str,
    pub sql: &'static str,
}

/// A migration as the database has recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub version: u32,
    pub name: String,
    pub checksum: String,
}

macro_rules! migrations {
    ($dialect:literal: $($version:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../migrations/", $dialect, "/", $name, ".sql")),
        }),+]
    };
}

/// One line for each file, in order.
const SQLITE: &[Migration] =
    migrations!("sqlite": 1 "0001_log", 2 "0002_blobs", 3 "0003_row_security");
const POSTGRES: &[Migration] =
    migrations!("postgres": 1 "0001_log", 2 "0002_blobs", 3 "0003_row_security");

/// All migrations of a database, in order.
pub(crate) const fn all(dialect: Dialect) -> &'static [Migration] {
    match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
    }
}

impl Migration {
    /// SHA-256 of the file, in hexadecimal.
    pub fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.sql))
    }
}

/// The migrations of `known` that are missing in the database.
///
/// # Errors
/// [`StoreError::Migration`] when an applied one was changed since or is not known here.
pub(crate) fn pending<'m>(
    applied: &[Applied],
    known: &'m [Migration],
) -> Result<&'m [Migration], StoreError> {
    let wrong = |name: &str, reason: &str| StoreError::Migration {
        name: name.to_owned(),
        reason: reason.to_owned(),
    };
    for (index, row) in applied.iter().enumerate() {
        let Some(migration) = known.get(index) else {
            return Err(wrong(&row.name, "the database is newer than this program; update it"));
        };
        if row.version != migration.version {
            return Err(wrong(&row.name, "is recorded where another one belongs"));
        }
        if row.checksum != migration.checksum() {
            return Err(wrong(&row.name, "was changed after it had been applied"));
        }
    }
    Ok(&known[applied.len()..])
}

/// [`StoreError::NeedsMigration`] if any is missing.
pub(crate) fn require_none(pending: &[Migration]) -> Result<(), StoreError> {
    match pending.first() {
        None => Ok(()),
        Some(next) => {
            Err(StoreError::NeedsMigration { pending: pending.len(), next: next.name.to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migration = Migration { version: 1, name: "0001_a", sql: "SELECT 1" };
    const TWO: Migration = Migration { version: 2, name: "0002_b", sql: "SELECT 2" };

    fn applied(migration: &Migration) -> Applied {
        Applied {
            version: migration.version,
            name: migration.name.into(),
            checksum: migration.checksum(),
        }
    }

    #[test]
    fn finds_what_is_missing() {
        let missing = pending(&[applied(&ONE)], &[ONE, TWO]).expect("pending");
        assert_eq!(missing.len(), 1);
        let error = require_none(missing).expect_err("one is missing").to_string();
        assert!(error.contains("0002_b"), "{error}");
        assert!(require_none(&[]).is_ok());
    }

    #[test]
    fn refuses_changed_and_newer_databases() {
        let changed = Applied { checksum: "x".into(), ..applied(&ONE) };
        assert!(matches!(pending(&[changed], &[ONE]), Err(StoreError::Migration { .. })));
        let newer = [applied(&ONE), applied(&TWO)];
        assert!(matches!(pending(&newer, &[ONE]), Err(StoreError::Migration { .. })));
    }

    #[test]
    fn both_databases_have_the_same_migrations_in_order() {
        let names = |dialect| all(dialect).iter().map(|m| (m.version, m.name)).collect::<Vec<_>>();
        assert_eq!(names(Dialect::Sqlite), names(Dialect::Postgres));
        for (index, migration) in all(Dialect::Sqlite).iter().enumerate() {
            assert_eq!(migration.version as usize, index + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.version)));
        }
    }
}
