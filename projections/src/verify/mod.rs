//! Checks that each read model, at its own checkpoint, equals a fold of the log from zero.
//!
//! Only reads, so it runs beside a serving process. Rows are compared in parts: one statement
//! reads a part of the table together with the checkpoint, so both are of one instant; then the
//! log is folded up to that checkpoint for the rows of this part only. Memory is bounded by the
//! size of a part, whatever the size of the log.

mod comparison;
mod digest;
mod pass;

use std::fmt;

use casebook_store::{Store, StoreError};

pub use comparison::Comparison;
pub(crate) use comparison::{Tally, part, parts};

use crate::ProjectionError;
use crate::audit::AuditIndex;
use crate::catalog::{Catalog, Generation};
use crate::contacts::Contacts;
use crate::conversations::Conversations;
use crate::decisions::Decisions;
use crate::messages::Messages;
use crate::notes::Notes;
use crate::read_model::{ReadModel, RowKey};
use crate::ticket_facts::TicketFacts;
use crate::tickets::Tickets;
use crate::triage_facts::TriageFacts;

/// Problems that are listed one by one for each read model; the rest is counted.
const PROBLEMS_MAX: usize = 100;
/// Rows that one part has, about.
const PART_ROWS: u64 = 40_000;
/// Tries when a table is exchanged while it is read.
const TRIES: usize = 3;

/// What differs between a table and the log. Names rows by their keys, never by their content.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The log makes a row that the table does not have.
    MissingRow {
        /// The table.
        table: String,
        /// Tenant of the row.
        tenant: String,
        /// Identifier of the row.
        id: String,
    },
    /// The table has a row that the log does not make.
    ExtraRow {
        /// The table.
        table: String,
        /// Tenant of the row.
        tenant: String,
        /// Identifier of the row.
        id: String,
    },
    /// A column holds another value than the log makes.
    Column {
        /// The table.
        table: String,
        /// Tenant of the row.
        tenant: String,
        /// Identifier of the row.
        id: String,
        /// The column.
        column: &'static str,
    },
    /// An event at or below the checkpoint cannot be read, so nothing can be said.
    Unreadable {
        /// The table.
        table: String,
        /// Which event, and its form.
        reason: String,
    },
    /// The table was made by another version of the program; start it once to build the new one.
    OtherVersion {
        /// The table.
        table: String,
        /// Version of the program.
        program: u32,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingRow { table, tenant, id } => {
                write!(f, "{table}: row {tenant}/{id} is missing")
            }
            Self::ExtraRow { table, tenant, id } => {
                write!(f, "{table}: row {tenant}/{id} follows from no event")
            }
            Self::Column { table, tenant, id, column } => {
                write!(f, "{table}: row {tenant}/{id} differs in column {column}")
            }
            Self::Unreadable { table, reason } => write!(f, "{table}: {reason}"),
            Self::OtherVersion { table, program } => {
                write!(f, "{table}: this program makes version {program}")
            }
        }
    }
}

/// What was found out about one read model.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ModelReport {
    /// Name of the read model.
    pub name: &'static str,
    /// Checkpoint of the last part that was compared; 0 when the read model was never built.
    pub position: u64,
    /// Rows that were compared.
    pub rows: u64,
    /// What differs, at most 100 problems.
    pub problems: Vec<Problem>,
    /// Problems that are not listed.
    pub more_problems: u64,
}

impl ModelReport {
    /// Whether nothing differs.
    pub const fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    fn note(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }
}

/// Compares all read models with the log. Needs no right to write.
///
/// # Errors
/// [`ProjectionError::Store`] when the database cannot answer; what differs is in the reports.
pub async fn verify(store: &Store) -> Result<Vec<ModelReport>, ProjectionError> {
    let catalog = Catalog::new(store.db().clone());
    if !catalog.exists().await? {
        return Ok(Vec::new());
    }
    Ok(vec![
        verify_model::<Tickets>(store, &catalog).await?,
        verify_model::<Conversations>(store, &catalog).await?,
        verify_model::<Messages>(store, &catalog).await?,
        verify_model::<Decisions>(store, &catalog).await?,
        verify_model::<Contacts>(store, &catalog).await?,
        verify_model::<Notes>(store, &catalog).await?,
        verify_model::<AuditIndex>(store, &catalog).await?,
        verify_model::<TicketFacts>(store, &catalog).await?,
        verify_model::<TriageFacts>(store, &catalog).await?,
    ])
}

async fn verify_model<M: ReadModel>(
    store: &Store,
    catalog: &Catalog,
) -> Result<ModelReport, ProjectionError> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let Some(live) = catalog.live(M::NAME).await? else {
            return Ok(ModelReport { name: M::NAME, ..ModelReport::default() });
        };
        match verify_generation::<M>(store, &live).await {
            // A rebuild drops the table that it replaces.
            Err(StoreError::Database(_)) if tries > 0 => {}
            outcome => return outcome.map_err(Into::into),
        }
    }
}

async fn verify_generation<M: ReadModel>(
    store: &Store,
    live: &Generation,
) -> Result<ModelReport, StoreError> {
    let mut report = ModelReport { name: M::NAME, ..ModelReport::default() };
    if live.version != M::VERSION {
        report.note(Problem::OtherVersion { table: live.table.clone(), program: M::VERSION });
        return Ok(report);
    }
    let count = format!("SELECT count(*) FROM {}", live.table);
    let rows = store.db().query(&count, &[]).await?;
    let rows = rows.first().map_or(Ok(0), |row| row.uint(0))?;
    for part in pass::Part::all(rows.div_ceil(PART_ROWS)) {
        pass::compare::<M>(store, live, part, &mut report).await?;
    }
    Ok(report)
}

/// The table, tenant and identifier of a row, as problems name it.
fn place(live: &Generation, key: RowKey) -> (String, String, String) {
    (live.table.clone(), key.tenant, key.id.to_string())
}
