//! What the command line asks for.

use std::path::PathBuf;
use std::time::Duration;

use casebook_store::Dialect;

/// Settings of a run.
pub struct Options {
    /// Length of each measurement.
    pub limit: Duration,
    /// How often everything is measured.
    pub rounds: usize,
    /// Numbers of concurrent clients.
    pub clients: Vec<usize>,
    /// Databases to measure.
    pub databases: Vec<Dialect>,
    /// Program of the peers.
    pub peer: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments of the process.
    pub fn read() -> Self {
        let mut options = Self {
            limit: Duration::from_secs(3),
            rounds: 3,
            clients: vec![1, 8, 32],
            databases: vec![Dialect::Sqlite, Dialect::Postgres],
            peer: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().unwrap_or_else(|| panic!("{name} needs a value"));
            options.set(&name, &value);
        }
        options
    }

    fn set(&mut self, name: &str, value: &str) {
        let number =
            |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{name}: a number"));
        match name {
            "--seconds" => self.limit = Duration::from_secs_f64(number(value)),
            "--rounds" => self.rounds = number(value) as usize,
            "--clients" => self.clients = value.split(',').map(|n| number(n) as usize).collect(),
            "--database" => {
                self.databases = match value {
                    "sqlite" => vec![Dialect::Sqlite],
                    "postgres" => vec![Dialect::Postgres],
                    _ => panic!("--database is sqlite or postgres"),
                };
            }
            "--peer" => self.peer = Some(PathBuf::from(value)),
            _ => panic!("unknown option {name}"),
        }
    }
}
