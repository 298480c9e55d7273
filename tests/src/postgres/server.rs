//! Starts, stops and restarts one private server.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Binaries;
use super::account::Account;

/// How often another port is tried when the first is taken between choosing and starting.
const ATTEMPTS: usize = 3;

/// Added to the server's settings. Durability stays as in production: fsync is on.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 64MB
fsync = on
synchronous_commit = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
";

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Open transactions are rolled back, connections closed, then a checkpoint.
    Fast,
    /// As if the power had failed: recovery runs at the next start.
    Immediate,
}

impl Stop {
    fn mode(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Immediate => "immediate",
        }
    }
}

/// One PostgreSQL on a free port of 127.0.0.1, in a folder of its own.
#[derive(Debug)]
pub struct PostgresServer {
    binaries: Binaries,
    account: Account,
    folder: PathBuf,
    port: u16,
    password: String,
    /// Holds the pipe whose closing ends the server.
    supervisor: Child,
}

impl PostgresServer {
    /// Creates a database cluster and starts a server on it.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Self {
        let (binaries, account) = (Binaries::find(), Account::choose());
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            match Self::try_start(&binaries, &account) {
                Ok(server) => return server,
                Err(text) => reason = text,
            }
        }
        panic!("the private PostgreSQL for tests did not start: {reason}")
    }

    fn try_start(binaries: &Binaries, account: &Account) -> Result<Self, String> {
        let port = free_port().map_err(|error| error.to_string())?;
        let password = secret();
        let folder = prepare_folder(account, &password).map_err(|error| error.to_string())?;
        let mut supervisor = Command::new("sh")
            .args(["-c", include_str!("supervise.sh"), "casebook-test-postgres"])
            .arg(&folder)
            .arg(binaries.program(""))
            .arg(port.to_string())
            .args(&account.prefix)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        let answers = supervisor.stdout.take().ok_or("no output of the supervisor")?;
        BufReader::new(answers).read_line(&mut line).map_err(|error| error.to_string())?;
        if line.trim() != "ready" {
            let _ = supervisor.wait();
            return Err(line);
        }
        let (binaries, account) = (binaries.clone(), account.clone());
        Ok(Self { binaries, account, folder, port, password, supervisor })
    }

    /// Port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Address of the database `name`.
    pub fn url(&self, name: &str) -> String {
        self.url_through(self.port, name)
    }

    /// Address of the database `name` by way of another local port, such as that of a proxy.
    pub fn url_through(&self, port: u16, name: &str) -> String {
        format!("postgres://casebook:{}@127.0.0.1:{port}/{name}", self.password)
    }

    /// Stops the server and waits until it has stopped.
    pub fn stop(&self, how: Stop) {
        self.pg_ctl(&["-m", how.mode(), "stop"]);
    }

    /// Starts the server again after [`Self::stop`] and waits until it answers.
    pub fn start_again(&self) {
        let log = self.folder.join("server.log");
        let port = format!("-p {}", self.port);
        self.pg_ctl(&["-l", &log.to_string_lossy(), "-o", &port, "start"]);
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        let status = self
            .account
            .command(&self.binaries.program("pg_ctl"))
            .arg("-D")
            .arg(self.folder.join("data"))
            .args(["-w", "-t", "60"])
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("pg_ctl runs");
        assert!(status.success(), "pg_ctl {arguments:?} failed");
    }

    /// Copies the database `from` into the new database `to` as a dump that is restored.
    ///
    /// # Panics
    /// When `pg_dump` or `psql` fails.
    pub fn dump_and_restore(&self, from: &str, to: &str) {
        let dump = Command::new(self.binaries.program("pg_dump"))
            .arg(self.url(from))
            .output()
            .expect("pg_dump runs");
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), &dump.stdout).expect("the dump is written");
        let restore = Command::new(self.binaries.program("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.url(to))
            .arg("-f")
            .arg(file.path())
            .output()
            .expect("psql runs");
        assert!(restore.status.success(), "{}", String::from_utf8_lossy(&restore.stderr));
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// A word that others on the machine cannot guess: hash keys come from the system's randomness.
fn secret() -> String {
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn prepare_folder(account: &Account, password: &str) -> std::io::Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("casebook-postgres-").tempdir()?.keep();
    write_for(account, &folder.join("password"), password)?;
    write_for(account, &folder.join("settings"), SETTINGS)?;
    account.own(&folder)?;
    Ok(folder)
}

fn write_for(account: &Account, path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)?;
    account.own(path)
}
