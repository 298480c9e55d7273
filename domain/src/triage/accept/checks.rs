//! The record of what each check found.

use crate::triage::{Check, CheckOutcome};

/// Checks made so far, in order.
#[derive(Default)]
pub(super) struct Checks(Vec<Check>);

impl Checks {
    /// Nothing was wrong.
    pub(super) fn passed(&mut self, code: &str) {
        self.add(code, CheckOutcome::Passed, None);
    }

    /// Nothing was wrong enough to change anything, but it is worth knowing.
    pub(super) fn noted(&mut self, code: &str, note: impl Into<String>) {
        self.add(code, CheckOutcome::Passed, Some(note.into()));
    }

    /// Something was put right.
    pub(super) fn repaired(&mut self, code: &str, note: impl Into<String>) {
        self.add(code, CheckOutcome::Repaired, Some(note.into()));
    }

    /// Part of the answer was withheld.
    pub(super) fn withheld(&mut self, code: &str, note: impl Into<String>) {
        self.add(code, CheckOutcome::Withheld, Some(note.into()));
    }

    /// The answer cannot be used.
    pub(super) fn refused(&mut self, code: &str, note: impl Into<String>) {
        self.add(code, CheckOutcome::Refused, Some(note.into()));
    }

    /// Passed without a note, refused with one.
    pub(super) fn require(&mut self, code: &str, problem: Option<&str>) {
        match problem {
            None => self.passed(code),
            Some(note) => self.refused(code, note),
        }
    }

    /// The checks in order.
    pub(super) fn into_inner(self) -> Vec<Check> {
        self.0
    }

    fn add(&mut self, code: &str, outcome: CheckOutcome, note: Option<String>) {
        self.0.push(Check { code: code.to_owned(), outcome, note });
    }
}
