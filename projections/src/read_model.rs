//! What a read model is: a row, the events it wants, and a pure fold.

use casebook_domain::event::Event;
use uuid::Uuid;

use crate::Recorded;
use crate::columns::Columns;

/// Key of a row: every read model's rows are identified by tenant and one identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    /// The tenant.
    pub tenant: String,
    /// The identifier within the tenant.
    pub id: Uuid,
}

impl RowKey {
    /// The key of the row `id` of a tenant.
    pub fn new(tenant: &str, id: Uuid) -> Self {
        Self { tenant: tenant.to_owned(), id }
    }
}

/// A row that knows its key: the first two columns, `tenant` and an identifier.
pub trait KeyedRow: Columns {
    /// The key.
    fn key(&self) -> RowKey;
}

/// Number of columns that make up every key.
pub const KEY_COLUMNS: usize = 2;

/// Identifiers of the rows that one event touches: at most two, of the event's own tenant.
pub type Touched = [Option<Uuid>; 2];

/// The event touches no row.
pub const NONE: Touched = [None, None];

/// The event touches one row.
pub const fn one(id: Uuid) -> Touched {
    [Some(id), None]
}

/// An index of a table. Its first column is always `tenant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Name, unique within the read model.
    pub name: &'static str,
    /// Columns after `tenant`.
    pub columns: &'static [&'static str],
    /// Whether rows are left out whose first column after `tenant` is null.
    pub is_sparse: bool,
}

impl Index {
    /// An index of all rows.
    pub const fn new(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns, is_sparse: false }
    }

    /// An index of rows whose first column after `tenant` is not null.
    pub const fn sparse(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns, is_sparse: true }
    }
}

/// How soon a read model shows what was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As soon as can be: people work with it.
    Prompt,
    /// After a while, unless somebody waits for it: it is read now and then, and under load each
    /// of its writes takes time from those who append.
    Unhurried,
}

/// A read model. The fold is pure and cannot fail: same events, same rows, however they are
/// split into batches.
pub trait ReadModel: Send + Sync + 'static {
    /// The row.
    type Row: KeyedRow + Clone + PartialEq + Send + Sync + 'static;
    /// Name of the read model; queries read a view of this name.
    const NAME: &'static str;
    /// Version of row, fold and indexes. Raised with every change of one of them; a start then builds
    /// the new version beside the old one and switches.
    const VERSION: u32;
    /// The types of the events it wants; an empty list wants all.
    const EVENTS: &'static [&'static str];
    /// Indexes of the table beside its key.
    const INDEXES: &'static [Index];
    /// How soon it follows.
    const PACE: Pace = Pace::Prompt;

    /// Which rows an event touches.
    fn touched(event: &Recorded<Event>) -> Touched;

    /// A row that no event has touched yet.
    fn new_row(key: &RowKey) -> Self::Row;

    /// Takes an event into account that touches the row.
    fn apply(row: &mut Self::Row, event: &Recorded<Event>);
}
