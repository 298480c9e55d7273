//! Taking data out: rows of read models and events, page by page, for files and other systems.

mod events;
mod look;

use std::fmt;
use std::str::FromStr;

use casebook_projections::RowKey;
use casebook_projections::export::{self, RowSlice, Table};

pub use casebook_projections::export::Cell;

use crate::{Access, App, AppError, Permission};

/// Rows or events of one page.
const PAGE: usize = 500;

/// What is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportWhat {
    /// Rows of a read model.
    Rows(Table),
    /// Events of the log.
    Events,
}

impl ExportWhat {
    /// Everything that can be taken out.
    pub fn all() -> impl Iterator<Item = Self> {
        Table::ALL.into_iter().map(Self::Rows).chain([Self::Events])
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows(table) => table.name(),
            Self::Events => "events",
        }
    }

    /// Names of the cells of a row, in their order.
    pub fn columns(self) -> Vec<&'static str> {
        match self {
            Self::Rows(table) => table.columns(),
            Self::Events => events::COLUMNS.to_vec(),
        }
    }
}

impl fmt::Display for ExportWhat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExportWhat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|what| what.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::all().map(Self::name).collect();
            format!("use one of {}", names.join(", "))
        })
    }
}

/// What part of it is taken out.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// What.
    pub what: ExportWhat,
    /// Only this tenant; `None` means all that the actor may see.
    pub tenant: Option<String>,
    /// The first position, for events.
    pub from: Option<u64>,
    /// The last position, for events; the end of the log as it stands when left out.
    pub to: Option<u64>,
    /// Whether personal data is among it; else it is as if it had been erased.
    pub personal: bool,
}

/// An export under way.
pub struct Export {
    app: App,
    access: Access,
    request: ExportRequest,
    to: u64,
    next: Option<Next>,
}

/// Where an export goes on.
enum Next {
    Row(Option<RowKey>),
    EventAfter(u64),
}

impl App {
    /// Begins to take data out. It only reads, a page at a time, and shows what is there when a
    /// page is read; rows say by their `position` of when they are. With personal data it is for
    /// those who recorded it by [`App::record_export`], and of the tenants that this answers.
    ///
    /// # Errors
    /// `FORBIDDEN`: personal data is for administrators. `NOT_FOUND` for a tenant that the actor
    /// may not see, `INVALID` for positions where there are none, or a read model that is not
    /// there yet.
    pub async fn export(
        &self,
        access: &Access,
        request: ExportRequest,
    ) -> Result<Export, AppError> {
        access.require(Permission::Read)?;
        if request.personal {
            access.require(Permission::Administer)?;
        }
        if let Some(tenant) = &request.tenant {
            self.scope_of(access, tenant)?;
        }
        let (to, next) = match request.what {
            ExportWhat::Rows(table) => (self.rows_end(table, &request).await?, Next::Row(None)),
            ExportWhat::Events => {
                let end = self.store().log().last_position().await?;
                let after = request.from.unwrap_or(1).saturating_sub(1);
                (request.to.map_or(end, |to| to.min(end)), Next::EventAfter(after))
            }
        };
        let (app, access) = (self.clone(), access.clone());
        Ok(Export { app, access, request, to, next: Some(next) })
    }

    /// Position up to which the rows of a table show the log.
    async fn rows_end(&self, table: Table, request: &ExportRequest) -> Result<u64, AppError> {
        if request.from.is_some() || request.to.is_some() {
            return Err(AppError::invalid("from", "positions are for events only"));
        }
        let position = export::position(self.store().db(), table).await?;
        let missing = "this read model is not there; start `casebook serve` once to build it";
        position.ok_or_else(|| AppError::invalid("what", missing))
    }
}

impl Export {
    /// The same, of no other tenants than these.
    #[must_use]
    pub fn of_tenants(self, tenants: &[String]) -> Self {
        Self { access: self.access.within(tenants), ..self }
    }

    /// Position of the log up to which it goes; for rows, where their read model stood when the
    /// export began.
    pub const fn position(&self) -> u64 {
        self.to
    }

    /// The next rows, of which there is at least one; `None` at the end.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the database cannot answer.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<Cell>>>, AppError> {
        while let Some(next) = self.next.take() {
            let cells = match next {
                Next::Row(after) => self.rows(after).await?,
                Next::EventAfter(after) => self.events(after).await?,
            };
            if !cells.is_empty() {
                return Ok(Some(cells));
            }
        }
        Ok(None)
    }

    async fn rows(&mut self, after: Option<RowKey>) -> Result<Vec<Vec<Cell>>, AppError> {
        let ExportWhat::Rows(table) = self.request.what else { return Ok(Vec::new()) };
        let slice = RowSlice {
            tenant: self.request.tenant.clone(),
            after,
            limit: PAGE,
            personal: self.request.personal,
        };
        let rows = export::rows(self.app.store().db(), table, &slice).await?;
        if rows.len() == PAGE {
            self.next = rows.last().map(|row| Next::Row(Some(row.key.clone())));
        }
        let seen = rows.into_iter().filter(|row| self.access.sees(&row.key.tenant));
        Ok(seen.map(|row| row.cells).collect())
    }
}
