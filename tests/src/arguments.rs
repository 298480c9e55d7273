//! Command-line options of the benches: `--name value`, nothing else.

use std::collections::BTreeMap;
use std::time::Duration;

use casebook_store::Dialect;

/// What the command line says, by name.
#[derive(Clone, Debug, Default)]
pub struct Arguments(BTreeMap<String, String>);

impl Arguments {
    /// Reads the arguments of the process; `known` are the names without `--`.
    ///
    /// # Panics
    /// For a name that is not known, or one without a value.
    pub fn read(known: &[&str]) -> Self {
        let mut given = BTreeMap::new();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").filter(|name| known.contains(name));
            let name = name.unwrap_or_else(|| panic!("{word}: known are {}", known.join(", ")));
            let value = words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            given.insert(name.to_owned(), value);
        }
        Self(given)
    }

    /// The value of an option, if it was given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A whole number.
    ///
    /// # Panics
    /// When the value is none.
    pub fn number(&self, name: &str, default: u64) -> u64 {
        self.text(name).map_or(default, |text| parse(name, text))
    }

    /// A time in seconds, fractions allowed.
    ///
    /// # Panics
    /// When the value is no number.
    pub fn seconds(&self, name: &str, default: f64) -> Duration {
        Duration::from_secs_f64(self.text(name).map_or(default, |text| parse(name, text)))
    }

    /// Numbers of concurrent clients: `--clients 1,8,32`.
    ///
    /// # Panics
    /// When the value is no list of numbers.
    pub fn clients(&self) -> Vec<usize> {
        let list = self.text("clients").unwrap_or("1,8,32");
        list.split(',').map(|text| parse("clients", text)).collect()
    }

    /// Which databases to measure: `--database sqlite|postgres`, both by default.
    ///
    /// # Panics
    /// For another value.
    pub fn databases(&self) -> Vec<Dialect> {
        match self.text("database") {
            None => vec![Dialect::Sqlite, Dialect::Postgres],
            Some("sqlite") => vec![Dialect::Sqlite],
            Some("postgres") => vec![Dialect::Postgres],
            Some(_) => panic!("--database is sqlite or postgres"),
        }
    }
}

fn parse<T: std::str::FromStr>(name: &str, text: &str) -> T {
    text.trim().parse().unwrap_or_else(|_| panic!("--{name}: {text} is no such number"))
}
