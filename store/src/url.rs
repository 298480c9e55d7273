//! Where the database is: `sqlite:PATH` or `postgres://...`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::StoreError;

/// Which database a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// An embedded SQLite file.
    Sqlite,
    /// A PostgreSQL server, version 15 or newer.
    Postgres,
}

/// Address of a database. `Debug` and `Display` never show a password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// Path of an SQLite file.
    Sqlite(PathBuf),
    /// A connection string for PostgreSQL.
    Postgres(String),
}

impl DatabaseUrl {
    /// The SQLite file at `path`.
    pub fn sqlite(path: impl AsRef<Path>) -> Self {
        Self::Sqlite(path.as_ref().to_owned())
    }

    /// Which database this address means.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    /// Reads `sqlite:PATH`, `sqlite://PATH`, `postgres://...` or `postgresql://...`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err(StoreError::Url("sqlite: needs the path of a file".into())),
                ":memory:" => Err(StoreError::Url(
                    "an SQLite database in memory would lose every event; give a path".into(),
                )),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(StoreError::Url("expected sqlite:PATH or postgres://user@host/database".into()))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
                let (authority, tail) = rest.split_at(authority_end);
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                let path = tail.split_once('?').map_or(tail, |(path, _)| path);
                write!(f, "postgres://{host}{path}")
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_of_sqlite() {
        let plain: DatabaseUrl = "sqlite:data/a.db".parse().expect("url");
        assert_eq!(plain, DatabaseUrl::sqlite("data/a.db"));
        let slashes: DatabaseUrl = "sqlite:///var/a.db".parse().expect("url");
        assert_eq!(slashes, DatabaseUrl::sqlite("/var/a.db"));
        assert_eq!(slashes.dialect(), Dialect::Sqlite);
    }

    #[test]
    fn refuses_what_it_cannot_keep() {
        for text in ["sqlite:", "sqlite::memory:", "mysql://x", ""] {
            assert!(matches!(text.parse::<DatabaseUrl>(), Err(StoreError::Url(_))), "{text}");
        }
    }

    #[test]
    fn never_shows_a_password() {
        let url: DatabaseUrl =
            "postgres://me:se@cret@db:5432/x?password=hush".parse().expect("url");
        assert_eq!(format!("{url} {url:?}"), "postgres://db:5432/x postgres://db:5432/x");
    }
}
