//! Columns that hold structured values as JSON text.

use casebook_domain::contact::CustomerContext;
use casebook_domain::mail::{Attachment, BounceReport, Mailbox};
use casebook_domain::ticket::{GateCheck, ModelRun};
use casebook_domain::triage::Check;
use casebook_store::{Row, StoreError, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::field::meaningless;

/// A structured value as JSON text. Values of the domain always have such a form.
pub(crate) fn json_value<T: Serialize>(value: &T) -> Value {
    // NUL inside a JSON string is six plain characters, so the text itself never holds one.
    Value::Text(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()))
}

pub(crate) fn read_json<T: DeserializeOwned>(row: &Row, name: &str) -> Result<T, StoreError> {
    serde_json::from_str(row.text(name)?).map_err(|_| meaningless(name, "is not of its JSON form"))
}

/// Types stored as JSON text.
macro_rules! json_fields {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::columns::Field for $type {
            const KIND: casebook_store::Kind = casebook_store::Kind::Text;

            fn value(&self) -> casebook_store::Value {
                $crate::columns::json_value(self)
            }

            fn read(
                row: &casebook_store::Row,
                name: &str,
            ) -> Result<Self, casebook_store::StoreError> {
                $crate::columns::read_json(row, name)
            }
        }
    )*};
}

json_fields!(
    Vec<String>,
    Mailbox,
    Vec<Mailbox>,
    Vec<Attachment>,
    BounceReport,
    GateCheck,
    ModelRun,
    Vec<Check>,
    CustomerContext,
);

pub(crate) use json_fields;
