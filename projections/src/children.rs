//! Pages of what belongs to many parents: of the messages of conversations, of the conversations
//! and tickets of contacts. One statement answers for up to 200 parents; it
//! numbers all children of each behind the edge of the page.

use std::collections::HashMap;
use std::hash::Hash;

use casebook_store::{Db, Dialect, StoreError, Value};

use crate::columns::{Columns, select_list};
use crate::page::{Page, Pages, Slice};
use crate::scope::TenantScope;
use crate::sql::Statement;

/// Parents whose children one statement reads.
const PARENTS_PER_STATEMENT: usize = 200;

/// A row that belongs to a parent, in an order of its own.
pub(crate) trait Child<P>: Columns {
    /// Place in the order; the greater, the later.
    type Key: Copy + Ord;
    /// The read model.
    const TABLE: &'static str;
    /// Column that names the parent.
    const PARENT: &'static str;
    /// Columns of the place: a time, then the identifier.
    const ORDER: [&'static str; 2];
    /// Whether lists begin with the latest.
    const NEWEST_FIRST: bool;
    /// A further condition, beginning with ` AND `.
    const ONLY: &'static str = "";

    /// Whom it belongs to.
    fn parent(&self) -> Option<P>;

    /// Where it stands.
    fn place(&self) -> Self::Key;

    /// The stored form of a place.
    fn stored(key: Self::Key) -> [Value; 2];
}

/// A page of the children of each parent. Parents that the scope does not see have none.
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub(crate) async fn pages_of<P, R>(
    db: &Db,
    scope: &TenantScope,
    parents: &[P],
    slice: &Slice<R::Key>,
) -> Result<Pages<P, R>, StoreError>
where
    P: Copy + Eq + Hash + ToString,
    R: Child<P>,
{
    let mut rows: Vec<R> = Vec::new();
    if !scope.tenants.is_empty() && slice.rows() > 0 {
        for parents in parents.chunks(PARENTS_PER_STATEMENT) {
            let statement = statement::<P, R>(db.dialect(), scope, parents, slice);
            rows.extend(statement.rows::<R>(db).await?);
        }
    }
    Ok(cut(rows, parents, slice))
}

/// The same as [`pages_of`] from rows at hand, in whatever order they are.
pub(crate) fn pages_among<P, R>(
    mut rows: Vec<R>,
    parents: &[P],
    slice: &Slice<R::Key>,
) -> Pages<P, R>
where
    P: Copy + Eq + Hash,
    R: Child<P>,
{
    if slice.rows() == 0 {
        rows.clear();
    }
    let descending = R::NEWEST_FIRST != slice.is_backward();
    if let Some(edge) = slice.edge() {
        rows.retain(|row| if descending { row.place() < edge } else { row.place() > edge });
    }
    rows.sort_by_key(R::place);
    if descending {
        rows.reverse();
    }
    cut(rows, parents, slice)
}

fn statement<P: ToString, R: Child<P>>(
    dialect: Dialect,
    scope: &TenantScope,
    parents: &[P],
    slice: &Slice<R::Key>,
) -> Statement {
    let (columns, parent, table) = (select_list::<R>(), R::PARENT, R::TABLE);
    let [time, id] = R::ORDER;
    let descending = R::NEWEST_FIRST != slice.is_backward();
    let (direction, comparison) = if descending { (" DESC", "<") } else { ("", ">") };
    let mut statement = Statement::new(format!(
        "SELECT {columns} FROM (SELECT *, row_number() OVER (PARTITION BY {parent} \
         ORDER BY {time}{direction}, {id}{direction}) AS place FROM {table} WHERE "
    ));
    statement.push_in("tenant", &scope.tenants).push(" AND ");
    statement.push_in_ids(dialect, parent, parents).push(R::ONLY);
    if let Some(edge) = slice.edge() {
        let [edge_time, edge_id] = R::stored(edge);
        statement.push(&format!(" AND ({time}, {id}) {comparison} (")).bind(edge_time);
        statement.push(", ").bind(edge_id).push(")");
    }
    // One row more than asked tells whether the list goes on.
    statement.push(") AS ordered WHERE place <= ").bind(slice.rows() + 1);
    statement.push(&format!(" ORDER BY {parent}, place"));
    statement
}

/// Rows in the direction of the slice as a page of each parent.
fn cut<P, R>(rows: Vec<R>, parents: &[P], slice: &Slice<R::Key>) -> Pages<P, R>
where
    P: Copy + Eq + Hash,
    R: Child<P>,
{
    let mut of: HashMap<P, Vec<R>> = parents.iter().map(|parent| (*parent, Vec::new())).collect();
    for row in rows {
        if let Some(rows) = row.parent().and_then(|parent| of.get_mut(&parent)) {
            rows.push(row);
        }
    }
    of.into_iter().map(|(parent, rows)| (parent, Page::cut(rows, slice))).collect()
}
