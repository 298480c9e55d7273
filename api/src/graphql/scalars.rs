//! Scalars: instants and positions.

use async_graphql::{InputValueError, InputValueResult, Result, Scalar, ScalarType, Value};
use casebook_app::queries::{Cursor, Timestamp};
use casebook_app::{App, AppError, StreamStart};

use super::error;

/// An instant in UTC with microseconds, in the form of RFC 3339:
/// `2026-04-08T09:30:00.000000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateTime(pub(super) Timestamp);

/// An instant in UTC with microseconds, in the form of RFC 3339:
/// `2026-04-08T09:30:00.000000Z`.
#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = value else { return Err(InputValueError::expected_type(value)) };
        text.parse().map(Self).map_err(|_| InputValueError::custom("expected an RFC 3339 instant"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A place in the log: `<log id>:<position>`. Opaque to clients; it stops being valid when the
/// database is restored from a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position(String);

/// A place in the log: `<log id>:<position>`. Opaque to clients; it stops being valid when the
/// database is restored from a dump.
#[Scalar(name = "Position")]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = value else { return Err(InputValueError::expected_type(value)) };
        Ok(Self(text))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl Position {
    /// A position of the log that is served.
    pub(super) fn new(app: &App, position: u64) -> Self {
        Self::of_cursor(Cursor { log_id: app.log_id(), position })
    }

    /// The position of a cursor.
    pub(super) fn of_cursor(cursor: Cursor) -> Self {
        Self(cursor.to_string())
    }

    /// A position that was written by the log.
    pub(super) fn of_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Reads where to begin, as a client gave it for the argument `field`.
    pub(super) fn start(&self, field: &str) -> Result<StreamStart> {
        self.start_of(field).map_err(error::of)
    }

    /// Reads where to begin, as a client gave it for a field of an input.
    ///
    /// # Errors
    /// `INVALID` with the field named.
    pub(super) fn start_of(&self, field: &str) -> Result<StreamStart, AppError> {
        self.0.parse().map_err(|wrong| AppError::invalid(field, format!("{wrong}")))
    }

    /// Reads the text that a client gave for the argument `field`.
    pub(super) fn cursor(&self, field: &str) -> Result<Cursor> {
        self.read(field).map_err(error::of)
    }

    /// Reads the text that a client gave for a field of an input.
    ///
    /// # Errors
    /// `INVALID` with the field named.
    pub(super) fn read(&self, field: &str) -> Result<Cursor, AppError> {
        self.0.parse().map_err(|wrong| AppError::invalid(field, format!("{wrong}")))
    }
}

/// A count as GraphQL's Int, which ends at 2,147,483,647.
pub(super) fn int(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}
