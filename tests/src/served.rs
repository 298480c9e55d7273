//! `casebook serve` as a process of its own, for the benches.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Secret of the intake of every server started here.
pub const SECRET: &str = "bench-secret";

/// A running server; it is killed when this value is dropped.
#[derive(Debug)]
pub struct Served {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

/// The program `casebook`, beside the program that asks.
///
/// # Panics
/// When it has not been built; the text says how.
pub fn program() -> PathBuf {
    let own = std::env::current_exe().expect("the path of this program");
    let path = own.with_file_name("casebook");
    assert!(
        path.is_file(),
        "there is no {}; run: cargo build --release -p casebook -p casebook-tests",
        path.display()
    );
    path
}

impl Served {
    /// Starts a server on a database and waits until it listens. What it logs goes into a file.
    ///
    /// # Panics
    /// With the log when it does not start.
    pub fn start(database_url: &str) -> Self {
        Self::start_with(database_url, &[])
    }

    /// Starts a server with further settings, as environment variables.
    ///
    /// # Panics
    /// With the log when it does not start.
    pub fn start_with(database_url: &str, settings: &[(&str, String)]) -> Self {
        let folder = tempfile::Builder::new().prefix("casebook-bench-").tempdir().expect("folder");
        let log = folder.path().join("serve.log");
        let mut command = Command::new(program());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CASEBOOK_")) {
            command.env_remove(name);
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", database_url])
            .env("CASEBOOK_INTAKE__SECRET", SECRET)
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a file for the log"))
            .spawn()
            .expect("casebook starts");
        let output = child.stdout.take().expect("its output");
        let Some(address) = listening(BufReader::new(output)) else {
            let text = std::fs::read_to_string(log).unwrap_or_default();
            panic!("casebook serve ended before it listened:\n{text}");
        };
        Self { child, address, folder }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("serve.log")).unwrap_or_default()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads until the line that names the address. `serve` prints nothing after it.
fn listening(output: impl BufRead) -> Option<SocketAddr> {
    let mut lines = output.lines().map_while(Result::ok);
    lines.find_map(|line| line.strip_prefix("casebook listens on http://")?.parse().ok())
}
