//! Pages by keyset: where a page starts and what it answers.

use std::collections::HashMap;

/// Most rows of one page; larger requests are cut to this.
pub const PAGE_ROWS_MAX: usize = 500;

/// Which part of an ordered list is asked for, as a Relay connection puts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slice<K> {
    /// The first rows after a key.
    Forward {
        /// Number of rows, at most [`PAGE_ROWS_MAX`].
        first: usize,
        /// Key of the row before the page; `None` for the beginning.
        after: Option<K>,
    },
    /// The last rows before a key.
    Backward {
        /// Number of rows, at most [`PAGE_ROWS_MAX`].
        last: usize,
        /// Key of the row behind the page; `None` for the end.
        before: Option<K>,
    },
}

impl<K> Slice<K> {
    /// The first `first` rows.
    pub const fn first(first: usize) -> Self {
        Self::Forward { first, after: None }
    }

    /// Number of rows asked for, within the limit.
    pub fn rows(&self) -> usize {
        let (Self::Forward { first: rows, .. } | Self::Backward { last: rows, .. }) = self;
        (*rows).min(PAGE_ROWS_MAX)
    }

    /// Whether the page is counted from the end.
    pub(crate) const fn is_backward(&self) -> bool {
        matches!(self, Self::Backward { .. })
    }
}

impl<K: Copy> Slice<K> {
    /// Key of the row beside the page, where it is not counted from an end of the list.
    pub(crate) const fn edge(&self) -> Option<K> {
        match *self {
            Self::Forward { after: edge, .. } | Self::Backward { before: edge, .. } => edge,
        }
    }
}

/// A page for each of many parents.
pub type Pages<P, R> = HashMap<P, Page<R>>;

/// One page of an ordered list, always in the list's own order.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<R> {
    /// The rows.
    pub rows: Vec<R>,
    /// Whether rows follow. For a backward page: whether it was asked before a key.
    pub has_next: bool,
    /// Whether rows precede. For a forward page: whether it was asked after a key.
    pub has_previous: bool,
}

impl<R> Page<R> {
    /// The page of a list that holds nothing.
    pub fn empty<K>(slice: &Slice<K>) -> Self {
        Self::cut(Vec::new(), slice)
    }

    /// Makes a page of the rows that a query for one row more than asked gave, in the direction
    /// of the slice.
    pub(crate) fn cut<K>(mut rows: Vec<R>, slice: &Slice<K>) -> Self {
        let more = rows.len() > slice.rows();
        rows.truncate(slice.rows());
        match slice {
            Slice::Forward { after, .. } => {
                Self { rows, has_next: more, has_previous: after.is_some() }
            }
            Slice::Backward { before, .. } => {
                rows.reverse();
                Self { rows, has_next: before.is_some(), has_previous: more }
            }
        }
    }
}
