//! Databases made by Casebook's own program `sample_log`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::read::Seen;

/// A database made by Casebook, there as long as this value lives.
#[derive(Debug)]
pub struct Sample {
    child: Child,
    /// Address of the database.
    pub url: String,
    /// The aggregates in it as Casebook itself folds them.
    pub aggregates: Vec<Seen>,
}

impl Sample {
    /// Builds Casebook's `sample_log`, lets it make a database (`sqlite` or `postgres`) and reads
    /// what it says about it.
    ///
    /// # Panics
    /// When the program cannot be built or run.
    pub fn make(database: &str) -> Self {
        let mut child = Command::new(program())
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sample_log starts");
        let output = child.stdout.take().expect("its output");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let url = lines.next().expect("the address of the database");
        let aggregates = lines
            .take_while(|line| line != "end")
            .map(|line| serde_json::from_str(&line).expect("an aggregate as JSON"))
            .collect();
        Self { child, url, aggregates }
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        // The program ends, and removes the database, when its input is closed.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    // Named by `tests/run`, which has built it just before.
    if let Some(built) = std::env::var_os("CASEBOOK_SAMPLE_LOG") {
        return built.into();
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target =
        std::env::var_os("CASEBOOK_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What the cargo that runs this test has set is not meant for another build.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO") && name != "CARGO_HOME" {
            cargo.env_remove(&name);
        }
    }
    let built = cargo
        .args(["build", "--workspace", "--bin", "sample_log"])
        .current_dir(&root)
        .env_remove("LD_LIBRARY_PATH")
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .expect("cargo runs");
    assert!(built.success(), "sample_log of Casebook's tests is built");
    target.join("debug/sample_log")
}
