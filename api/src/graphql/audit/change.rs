//! What an event changed.

use async_graphql::{Json, SimpleObject};
use casebook_domain::audit;
use serde_json::Value;

/// One value that an event changed.
#[derive(SimpleObject)]
pub(in crate::graphql) struct AuditChange {
    /// Where the value stands: names joined by `/`, beginning with one (as JSON Pointer has it).
    path: String,
    /// The value before; null when there was none, or when it is withheld.
    old: Option<Json<Value>>,
    /// The value after; null when there is none, or when it is withheld.
    new: Option<Json<Value>>,
    /// Whether the value tells something about a customer.
    personal: bool,
}

impl From<audit::Change> for AuditChange {
    fn from(change: audit::Change) -> Self {
        let some = |value: Value| (!value.is_null()).then_some(Json(value));
        Self {
            path: change.path,
            old: some(change.old),
            new: some(change.new),
            personal: change.personal,
        }
    }
}
