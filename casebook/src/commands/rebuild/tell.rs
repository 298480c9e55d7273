//! What the person at the console reads about read models and their rebuilds.

use serde::Serialize;
use serde_json::Value;

use crate::exit::Failure;

/// How one generation of a read model stands.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Name of the read model.
    pub name: String,
    /// Version of row and fold.
    pub version: u64,
    /// Number of the generation.
    pub generation: u64,
    /// `live`, `building` or `retired`.
    pub state: String,
    /// Position that it has reached.
    pub position: u64,
    /// Events of the log that it lies behind.
    pub lag: u64,
    /// Epoch of its writer.
    pub epoch: u64,
    /// Why it stands still.
    pub error: Option<String>,
}

impl Line {
    /// Prints the line, as JSON when asked.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn print(&self, json: bool) -> Result<(), Failure> {
        if json {
            let text = serde_json::to_string(self);
            println!("{}", text.map_err(|error| Failure::failed(error.to_string()))?);
            return Ok(());
        }
        let Self { name, version, generation, state, position, lag, epoch, error } = self;
        println!(
            "{name:14} version {version}, generation {generation}, {state}: position {position}, \
             {lag} behind, epoch {epoch}{}",
            error.as_ref().map(|error| format!("; stands still {error}")).unwrap_or_default()
        );
        Ok(())
    }
}

/// Tells on standard error how far a build is.
pub fn progress(name: &str, position: u64, target: u64, rows: u64, rate: f64) {
    let share = if target == 0 { 100.0 } else { position as f64 / target as f64 * 100.0 };
    eprintln!("{name}: {position} of {target} ({share:.0} %), {rows} rows, {rate:.0} events/s");
}

/// Prints what a rebuild did; says whether the rows are those that queries saw before, as far as
/// they can be compared.
pub fn report(report: &Value, json: bool) -> bool {
    let compared = &report["comparison"];
    let differing = compared["differing"].as_u64().unwrap_or_default();
    if json {
        println!("{report}");
        return differing == 0;
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    println!(
        "{}: version {}, generation {}, {} rows, switched at position {} after {} ms",
        text(&report["name"]),
        report["version"],
        report["generation"],
        report["rows"],
        text(&report["position"]),
        report["took_ms"]
    );
    if compared.is_null() {
        println!("    not compared: another definition, or the old rows never came as far");
    } else {
        println!(
            "    digest before {}, after {}, at position {}: {}",
            text(&compared["digest_before"]),
            text(&compared["digest_after"]),
            text(&compared["position"]),
            if differing == 0 { "the same".to_owned() } else { format!("{differing} rows differ") }
        );
        for problem in compared["problems"].as_array().into_iter().flatten() {
            println!("    {}", text(problem));
        }
    }
    differing == 0
}
