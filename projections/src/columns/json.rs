//! Columns that hold structured values as JSON text.

use casebook_domain::contact::CustomerContext;
use casebook_domain::mail::{Attachment, BounceReport, Mailbox};
use casebook_domain::ticket::{GateCheck, ModelRun};
use casebook_domain::triage::Check;
use casebook_store::{Kind, Row, StoreError, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Field;
use super::field::meaningless;

/// A structured value as JSON text. Values of the domain always have such a form.
fn json_value<T: Serialize>(value: &T) -> Value {
    // NUL inside a JSON string is six plain characters, so the text itself never holds one.
    Value::Text(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()))
}

fn read_json<T: DeserializeOwned>(row: &Row, name: &str) -> Result<T, StoreError> {
    serde_json::from_str(row.text(name)?).map_err(|_| meaningless(name, "is not of its JSON form"))
}

macro_rules! json_fields {
    ($($type:ty),* $(,)?) => {$(
        impl Field for $type {
            const KIND: Kind = Kind::Text;

            fn value(&self) -> Value {
                json_value(self)
            }

            fn read(row: &Row, name: &str) -> Result<Self, StoreError> {
                read_json(row, name)
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
