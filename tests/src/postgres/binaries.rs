//! Finds the installed PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Oldest major version that Casebook supports.
const OLDEST_MAJOR: u32 = 15;

/// Folder that holds `initdb`, `pg_ctl`, `postgres`, `psql` and `pg_dump`.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Looks in `PATH`, then where `pg_config` points, then in the folders that Debian, Red Hat and
    /// Homebrew use, newest version first.
    ///
    /// # Panics
    /// When no PostgreSQL of version 15 or newer is installed.
    pub fn find() -> Self {
        candidates().into_iter().find(|folder| usable(folder)).map_or_else(
            || {
                panic!(
                    "the tests need PostgreSQL {OLDEST_MAJOR} or newer on this machine, server and \
                     client programs; install it, for example with: apt-get install postgresql"
                )
            },
            |folder| Self { folder },
        )
    }

    /// Path of the program `name`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter_map(|folder| folder.join("postgres").canonicalize().ok())
        .filter_map(|program| program.parent().map(Path::to_path_buf))
        .collect();
    if let Some(folder) = output_of("pg_config", &["--bindir"]) {
        folders.push(PathBuf::from(folder));
    }
    for major in (OLDEST_MAJOR..=OLDEST_MAJOR + 20).rev() {
        folders.push(PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")));
        folders.push(PathBuf::from(format!("/usr/pgsql-{major}/bin")));
        folders.push(PathBuf::from(format!("/opt/homebrew/opt/postgresql@{major}/bin")));
    }
    folders
}

fn usable(folder: &Path) -> bool {
    let complete = ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    complete && major_version(folder).is_some_and(|major| major >= OLDEST_MAJOR)
}

/// Reads `17` from `postgres (PostgreSQL) 17.2 (Debian ...)`.
fn major_version(folder: &Path) -> Option<u32> {
    let text = output_of(folder.join("postgres").to_str()?, &["--version"])?;
    let version =
        text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_numeric()))?;
    version.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
