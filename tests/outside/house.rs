//! Runs the binary in a folder of its own, and talks to it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use casebook_tests::TestDatabase;
use casebook_tests::letters::Mail;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

/// The secret that opens the intake.
pub const SECRET: &str = "an-intake-secret";

/// Path of the binary: `CASEBOOK_TEST_BINARY` names one, else it is the one built with the tests.
pub fn binary() -> PathBuf {
    let named = std::env::var_os("CASEBOOK_TEST_BINARY");
    named.map_or_else(|| env!("CARGO_BIN_EXE_casebook").into(), PathBuf::from)
}

/// A folder, a database and the settings of one installation.
pub struct House {
    /// The database.
    pub database: TestDatabase,
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl House {
    /// An installation over the database, with an intake secret.
    pub fn new(database: TestDatabase) -> Self {
        let folder = tempfile::Builder::new().prefix("casebook-house-").tempdir();
        let url = database.url().to_owned();
        Self { database, folder: folder.expect("a folder"), settings: Vec::new() }
            .set("CASEBOOK_DATABASE_URL", &url)
            .set("CASEBOOK_LISTEN", "127.0.0.1:0")
            .set("CASEBOOK_INTAKE__SECRET", SECRET)
    }

    /// Sets an environment variable for all commands.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves an environment variable unset.
    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self
    }

    /// The working folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the working folder, making folders on the way.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// The file of a raw mail that is large enough to lie in the folder of blobs.
    pub fn blob_file(&self, sha256: &str) -> PathBuf {
        self.folder().join("data/blobs/protocol-raw").join(sha256)
    }

    /// A command, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CASEBOOK_") {
                command.env_remove(name);
            }
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        Ran::of(&output.expect("a task").expect("the binary runs"))
    }

    /// Starts `serve` and waits until it listens.
    pub async fn serve(&self) -> Server {
        Server::start(self.command(&["serve"])).await
    }
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output of a command that must have succeeded.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }

    /// The lines of standard output as JSON.
    #[track_caller]
    pub fn json_lines(self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).expect("a line is JSON");
        self.success().lines().map(parse).collect()
    }
}

/// A running server.
pub struct Server {
    child: Child,
    address: String,
    client: Client,
}

impl Server {
    /// Starts a command that serves, and waits until it listens.
    pub async fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = tokio::task::spawn_blocking(move || {
            let listens = lines
                .by_ref()
                .map_while(Result::ok)
                .find_map(|line| line.strip_prefix("casebook listens on ").map(str::to_owned));
            // The rest is read and dropped, so that the server never waits for a reader.
            std::thread::spawn(move || lines.for_each(drop));
            listens
        });
        let address = address.await.expect("a task");
        let Some(address) = address else {
            panic!("the server ended before it listened: {:?}", child.wait())
        };
        let client = Client::builder().build().expect("a client");
        Self { child, address, client }
    }

    /// Number of the process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Address with its scheme, as commands take it.
    pub fn url(&self) -> &str {
        &self.address
    }

    /// Address without scheme, for plain connections.
    pub fn socket(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let answer = self.client.get(format!("{}{path}", self.address)).send().await;
        let answer = answer.expect("an answer");
        (answer.status(), answer.text().await.expect("a body"))
    }

    /// Posts a body with header fields; an error when there was no answer.
    pub async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Result<(StatusCode, Value), reqwest::Error> {
        let mut request = self.client.post(format!("{}{path}", self.address)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Hands a mail in with the right secret; an error when there was no answer.
    pub async fn try_mail(&self, mail: &Mail) -> Result<(StatusCode, Value), reqwest::Error> {
        let headers = [("x-internal-secret", SECRET), ("x-envelope-to", &mail.envelope_to)];
        self.post("/intake/email", &headers, mail.raw()).await
    }

    /// Hands a mail in that must be received, and answers the receipt.
    pub async fn mail(&self, mail: &Mail) -> Value {
        let (status, receipt) = self.try_mail(mail).await.expect("an answer");
        assert_eq!(status, StatusCode::ACCEPTED, "{receipt}");
        receipt
    }

    /// Hands a message in as JSON.
    pub async fn triage(&self, message: &Value) -> (StatusCode, Value) {
        self.triage_text(&message.to_string()).await
    }

    /// Hands a text in where JSON is expected.
    pub async fn triage_text(&self, text: &str) -> (StatusCode, Value) {
        let headers = [("x-internal-secret", SECRET), ("content-type", "application/json")];
        let answer = self.post("/intake/triage", &headers, text.to_owned()).await;
        answer.expect("an answer")
    }

    /// Asks a GraphQL question that must be answered without errors.
    pub async fn query(&self, query: &str, variables: Value) -> Value {
        let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
        let headers = [("content-type", "application/json")];
        let (status, answer) = self.post("/graphql", &headers, body).await.expect("an answer");
        assert_eq!((status, &answer["errors"]), (StatusCode::OK, &Value::Null), "{answer}");
        answer["data"].clone()
    }

    /// Sends a signal by name, for example `TERM`.
    pub fn signal(&self, name: &str) {
        signal(self.process_id(), name);
    }

    /// Waits for the end and answers the exit code.
    pub async fn ended(mut self) -> Option<i32> {
        tokio::task::spawn_blocking(move || self.child.wait().expect("its end").code())
            .await
            .expect("a task")
    }

    /// Asks the server to stop, and checks that it does so in good order.
    pub async fn stop(self) {
        self.signal("TERM");
        assert_eq!(self.ended().await, Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that a test started.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), process.to_string()]).status();
    assert!(sent.expect("kill runs").success());
}
