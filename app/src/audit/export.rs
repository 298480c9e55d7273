//! The audit trail as text: JSON lines or CSV, the oldest entry first, a part at a time.

use casebook_domain::access::Way;
use casebook_projections::audit::AuditFilter;
use casebook_projections::{PAGE_ROWS_MAX, Slice, TenantScope};
use serde_json::{Value, json};

use super::entry::AuditEntry;
use super::request::{AuditRequest, Resolved};
use super::scan::Scan;
use super::states::States;
use crate::reads::Looks;
use crate::{Access, App, AppError};

/// Columns of the CSV form, and fields of a JSON line.
const COLUMNS: [&str; 21] = [
    "position",
    "time",
    "tenant",
    "event",
    "event_id",
    "subject",
    "subject_id",
    "version",
    "actor",
    "command",
    "command_id",
    "correlation_id",
    "causation_id",
    "policy_version",
    "ticket",
    "conversation",
    "contact",
    "sentence",
    "data",
    "changes",
    "log_id",
];

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFormat {
    /// One JSON object on a line for each entry.
    JsonLines,
    /// Comma-separated values as RFC 4180 has them, with a line of names.
    Csv,
}

enum Source {
    Index { scope: TenantScope, filter: AuditFilter, after: Option<u64>, done: bool },
    Scan(Scan),
}

/// An export on its way. Holds one part at a time, however long the trail is.
pub struct AuditExport {
    app: App,
    source: Source,
    states: States,
    format: AuditFormat,
    begun: bool,
}

impl App {
    /// Begins an export up to a position, by the index, and records that it was taken. The caller
    /// waits first until the index has reached the position, so that nothing is missing.
    ///
    /// # Errors
    /// `NOT_FOUND` for a subject or tenant that is unknown or foreign, `UNAVAILABLE` when the
    /// export cannot be recorded.
    pub async fn audit_export(
        &self,
        access: &Access,
        request: &AuditRequest,
        format: AuditFormat,
        to: u64,
    ) -> Result<AuditExport, AppError> {
        let Resolved { scope, mut filter } = self.resolve_audit(access, request).await?;
        self.add_conversations(&scope, &mut filter).await?;
        filter.up_to = Some(filter.up_to.map_or(to, |up_to| up_to.min(to)));
        let looks = Looks::export(&scope.tenants, "audit", &request.describe());
        self.record_looks(access, &looks, Way::Export).await?;
        let source = Source::Index { scope, filter, after: None, done: false };
        Ok(AuditExport::new(self, source, format))
    }

    /// Begins an export that reads the whole log and records nothing: for somebody at the console
    /// of the machine, who can read the database anyway.
    ///
    /// # Errors
    /// As [`App::audit_export`].
    pub async fn audit_scan(
        &self,
        access: &Access,
        request: &AuditRequest,
        format: AuditFormat,
    ) -> Result<AuditExport, AppError> {
        access.require(crate::Permission::Administer)?;
        let Resolved { scope, filter } = self.resolve_audit(access, request).await?;
        let source = Source::Scan(Scan::begin(self.store().log(), scope, filter).await?);
        Ok(AuditExport::new(self, source, format))
    }
}

impl AuditExport {
    fn new(app: &App, source: Source, format: AuditFormat) -> Self {
        let (app, states, begun) = (app.clone(), States::default(), false);
        Self { app, source, states, format, begun }
    }

    /// The next part as text; `None` at the end. A part may be empty.
    ///
    /// # Errors
    /// When the log cannot be read, or an event in it.
    pub async fn next(&mut self) -> Result<Option<String>, AppError> {
        if !self.begun {
            self.begun = true;
            return Ok(Some(match self.format {
                AuditFormat::JsonLines => String::new(),
                AuditFormat::Csv => csv(COLUMNS.map(str::to_owned)),
            }));
        }
        let Some(entries) = self.entries().await? else { return Ok(None) };
        let log_id = self.app.log_id().to_string();
        let lines = entries.into_iter().map(|entry| line(entry, self.format, &log_id));
        lines.collect::<Result<String, AppError>>().map(Some)
    }

    async fn entries(&mut self) -> Result<Option<Vec<AuditEntry>>, AppError> {
        match &mut self.source {
            Source::Index { done: true, .. } => Ok(None),
            Source::Index { scope, filter, after, done } => {
                let slice = Slice::Forward { first: PAGE_ROWS_MAX, after: *after };
                let page = self.app.audit_rows(scope, filter, false, &slice).await?;
                *after = page.rows.last().map(|row| row.position).or(*after);
                *done = !page.has_next;
                let states = Some(&mut self.states);
                self.app.audit_entries(&page.rows, states).await.map(Some)
            }
            Source::Scan(scan) => {
                let Some((rows, events)) = scan.next(&self.app).await? else { return Ok(None) };
                let states = Some(&mut self.states);
                self.app.entries_of(&rows, &events, states).await.map(Some)
            }
        }
    }
}

/// An entry on a line of its own. Values that tell something about a customer are left out.
fn line(mut entry: AuditEntry, format: AuditFormat, log_id: &str) -> Result<String, AppError> {
    entry.withhold();
    let values = values(&entry, log_id)?;
    Ok(match format {
        AuditFormat::Csv => csv(values.map(cell)),
        AuditFormat::JsonLines => {
            let fields = COLUMNS.into_iter().map(str::to_owned).zip(values);
            format!("{}\n", Value::Object(fields.collect()))
        }
    })
}

/// What stands under each of [`COLUMNS`].
fn values(entry: &AuditEntry, log_id: &str) -> Result<[Value; COLUMNS.len()], AppError> {
    let changes = serde_json::to_value(&entry.changes).map_err(AppError::fault)?;
    Ok([
        json!(entry.position),
        json!(entry.recorded_at),
        json!(entry.tenant),
        json!(entry.event_type),
        json!(entry.event_id),
        json!(entry.stream_kind),
        json!(entry.stream_id),
        json!(entry.version),
        json!(entry.actor),
        json!(entry.command),
        json!(entry.command_id),
        json!(entry.correlation_id),
        json!(entry.causation_id),
        json!(entry.policy_version),
        json!(entry.ticket_id),
        json!(entry.conversation_id),
        json!(entry.contact_id),
        json!(entry.sentence),
        json!(entry.data),
        changes,
        json!(log_id),
    ])
}

fn cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A record of CSV: every cell quoted, and none that a spreadsheet takes for a formula.
fn csv(cells: [String; COLUMNS.len()]) -> String {
    let quoted = cells.map(|cell| {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let guard = if formula { "'" } else { "" };
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    });
    format!("{}\r\n", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        let mut cells = COLUMNS.map(|_| String::new());
        cells[0] = "7".to_owned();
        cells[17] = "@sam said \"no\", twice\n".to_owned();
        let record = csv(cells);
        assert!(record.starts_with("\"7\",\"\","));
        assert!(record.contains("\"'@sam said \"\"no\"\", twice\n\""));
        assert!(record.ends_with("\"\"\r\n"));
    }
}
