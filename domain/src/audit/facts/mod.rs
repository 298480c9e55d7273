//! A state as auditors see it: named values, in a form of its own that does not follow how events
//! and aggregates are stored.

mod others;
mod ticket;

use serde::Serialize;
use serde_json::{Map, Value};

pub use others::{of_contact, of_conversation, of_policy, of_webhook};
pub use ticket::of_ticket;

/// Named values of one state.
#[derive(Clone, Default, PartialEq)]
pub struct Facts {
    values: Map<String, Value>,
    personal: &'static [&'static str],
}

impl Facts {
    /// Values by name; those named in `personal` tell something about a customer.
    pub(super) const fn new(values: Map<String, Value>, personal: &'static [&'static str]) -> Self {
        Self { values, personal }
    }

    /// The values by name.
    pub const fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// Whether the value at a path such as `/subject` tells something about a customer.
    pub fn is_personal(&self, path: &str) -> bool {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        self.personal.contains(&first)
    }

    /// All values in one object.
    pub fn to_value(&self) -> Value {
        Value::Object(self.values.clone())
    }
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// Collects values by name; what cannot be written as JSON, which no type here is, becomes null.
#[derive(Default)]
struct Collect(Map<String, Value>);

impl Collect {
    fn add(&mut self, name: &str, value: impl Serialize) {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.0.insert(name.to_owned(), value);
    }
}
