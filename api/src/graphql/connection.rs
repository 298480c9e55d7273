//! What all connections share: the arguments, their limits, and their cost.

use async_graphql::Result;
use async_graphql::connection::PageInfo;
use casebook_app::AppError;
use casebook_app::queries::{Page, Slice};

use super::cursor::{self, Place};
use super::error;
use crate::ApiSettings;

/// Entries that a connection without a number is counted with, for the complexity of a query.
const ENTRIES_ASSUMED: usize = 50;

/// The arguments of a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Paging {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl Paging {
    /// The part of the list that is asked for.
    pub(super) fn slice<P: Place>(&self, settings: &ApiSettings) -> Result<Slice<P>> {
        match (self.first, self.last) {
            (Some(_), Some(_)) => Err(error::invalid("last", "give first or last, not both")),
            (None, Some(last)) => {
                refuse("after", self.after.as_ref(), "goes with first")?;
                let last = entries(settings, "last", last)?;
                Ok(Slice::Backward { last, before: place("before", self.before.as_ref())? })
            }
            (first, None) => {
                refuse("before", self.before.as_ref(), "goes with last")?;
                let first = match first {
                    Some(first) => entries(settings, "first", first)?,
                    None => settings.page_size_default.min(settings.page_size_max),
                };
                Ok(Slice::Forward { first, after: place("after", self.after.as_ref())? })
            }
        }
    }
}

fn refuse(field: &str, given: Option<&String>, message: &str) -> Result<()> {
    given.map_or(Ok(()), |_| Err(error::invalid(field, message)))
}

fn place<P: Place>(field: &str, cursor: Option<&String>) -> Result<Option<P>> {
    cursor.map(|cursor| cursor::decode(field, cursor)).transpose()
}

/// A number of entries within the limit.
pub(super) fn entries(settings: &ApiSettings, field: &str, number: i32) -> Result<usize> {
    let Ok(number) = usize::try_from(number) else {
        return Err(error::invalid(field, "must not be negative"));
    };
    if number > settings.page_size_max {
        let max = settings.page_size_max;
        let message = format!("{field}: a page has at most {max} entries");
        return Err(error::of(AppError::Limit { name: "api.page_size_max", message }));
    }
    Ok(number)
}

/// What a connection costs: its entries times what each costs.
pub(super) fn cost(first: Option<i32>, last: Option<i32>, each: usize) -> usize {
    let asked = first.or(last).map_or(ENTRIES_ASSUMED, |n| usize::try_from(n).unwrap_or(0));
    asked.max(1).saturating_mul(each).saturating_add(1)
}

/// Where a page stands in its list.
pub(super) fn page_info<R, P: Place>(page: &Page<R>, place: impl Fn(&R) -> P) -> PageInfo {
    PageInfo {
        has_previous_page: page.has_previous,
        has_next_page: page.has_next,
        start_cursor: page.rows.first().map(|row| cursor::encode(&place(row))),
        end_cursor: page.rows.last().map(|row| cursor::encode(&place(row))),
    }
}
