//! Types that a column can hold.

use casebook_domain::Timestamp;
use casebook_domain::channel::Channel;
use casebook_domain::conversation::{Direction, SetAside};
use casebook_domain::draft::DraftUsage;
use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, NoteId, TicketId};
use casebook_domain::mail::Automatic;
use casebook_domain::ticket::{Priority, Status, Urgency};
use casebook_store::{Kind, Row, StoreError, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;

/// A type that one column holds.
pub trait Field: Sized {
    /// How the value is stored.
    const KIND: Kind;
    /// Whether the column may be NULL.
    const NULLABLE: bool = false;

    /// The stored form.
    fn value(&self) -> Value;

    /// Reads the column `name`.
    ///
    /// # Errors
    /// [`StoreError::Column`] when the stored value is not of this type.
    fn read(row: &Row, name: &str) -> Result<Self, StoreError>;
}

/// The error for a column whose value has the right kind but no meaning; names no value.
pub(crate) fn meaningless(name: &str, problem: &'static str) -> StoreError {
    StoreError::Column { column: name.to_owned(), problem }
}

impl<F: Field> Field for Option<F> {
    const KIND: Kind = F::KIND;
    const NULLABLE: bool = true;

    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::value)
    }

    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        if *row.value(name)? == Value::Null { Ok(None) } else { F::read(row, name).map(Some) }
    }
}

impl Field for String {
    const KIND: Kind = Kind::Text;

    /// NUL cannot be stored as text in PostgreSQL and becomes U+FFFD.
    fn value(&self) -> Value {
        Value::Text(without_nul(self))
    }

    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        row.text(name).map(Into::into)
    }
}

fn without_nul(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text.to_owned() }
}

impl Field for f64 {
    const KIND: Kind = Kind::Real;

    fn value(&self) -> Value {
        Value::Real(*self)
    }

    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        row.real(name)
    }
}

impl Field for bool {
    const KIND: Kind = Kind::Int;

    fn value(&self) -> Value {
        Value::Int(i64::from(*self))
    }

    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        row.int(name).map(|number| number != 0)
    }
}

impl Field for u64 {
    const KIND: Kind = Kind::Int;

    fn value(&self) -> Value {
        Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        Self::try_from(row.int(name)?).map_err(|_| meaningless(name, "is negative"))
    }
}

impl Field for u32 {
    const KIND: Kind = Kind::Int;

    fn value(&self) -> Value {
        Value::Int(i64::from(*self))
    }

    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        Self::try_from(row.int(name)?).map_err(|_| meaningless(name, "is out of range"))
    }
}

impl Field for Timestamp {
    const KIND: Kind = Kind::Int;

    fn value(&self) -> Value {
        Value::Int(self.as_micros())
    }

    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        row.int(name).map(Self::from_micros)
    }
}

impl Field for Priority {
    const KIND: Kind = Kind::Int;

    fn value(&self) -> Value {
        Value::Int(i64::from(self.number()))
    }

    fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
        let number = u8::try_from(row.int(name)?).ok();
        number.and_then(Self::from_number).ok_or_else(|| meaningless(name, "is not a priority"))
    }
}

/// The name under which serde writes a variant without content.
pub(crate) fn serde_name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        // Only enums of plain variants come here; anything else would be seen as not readable.
        _ => String::new(),
    }
}

/// The variant with this name.
pub(crate) fn from_serde_name<T: DeserializeOwned>(name: &str) -> Option<T> {
    T::deserialize(StrDeserializer::<serde::de::value::Error>::new(name)).ok()
}

/// Types stored as text: written by one expression, read by another.
macro_rules! text_fields {
    ($($type:ty: $write:expr, $read:expr;)*) => {$(
        impl $crate::columns::Field for $type {
            const KIND: casebook_store::Kind = casebook_store::Kind::Text;

            fn value(&self) -> casebook_store::Value {
                let write: fn(&Self) -> String = $write;
                casebook_store::Value::Text(write(self))
            }

            fn read(
                row: &casebook_store::Row,
                name: &str,
            ) -> Result<Self, casebook_store::StoreError> {
                let read: fn(&str) -> Option<Self> = $read;
                let problem = concat!("is not a ", stringify!($type));
                read(row.text(name)?).ok_or_else(|| $crate::columns::meaningless(name, problem))
            }
        }
    )*};
}

text_fields! {
    ContactId: ToString::to_string, |text| text.parse().ok();
    ConversationId: ToString::to_string, |text| text.parse().ok();
    DecisionId: ToString::to_string, |text| text.parse().ok();
    MessageId: ToString::to_string, |text| text.parse().ok();
    TicketId: ToString::to_string, |text| text.parse().ok();
    Status: |status| status.name().to_owned(), |text| text.parse().ok();
    Channel: |channel| channel.name().to_owned(), |text| text.parse().ok();
    Direction: serde_name, from_serde_name;
    SetAside: serde_name, from_serde_name;
    Automatic: serde_name, from_serde_name;
    NoteId: ToString::to_string, |text| text.parse().ok();
    DraftUsage: serde_name, from_serde_name;
    Urgency: serde_name, from_serde_name;
}

pub(crate) use text_fields;
