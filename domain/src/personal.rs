//! Personal data inside events: kept apart by type, so that it can be sealed and erased per person.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A value that tells something about a person.
///
/// On the wire it is `{"$p": value}` when plain and `{"$x": 1}` when it has been erased. `Debug`
/// never prints the value, so personal data cannot reach logs by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Personal<T> {
    /// The value in the clear.
    #[serde(rename = "$p")]
    Plain(T),
    /// The value is gone for good; the number is the version of the erasure form.
    #[serde(rename = "$x")]
    Erased(u8),
}

impl<T> Personal<T> {
    /// Wraps a value in the clear.
    pub const fn new(value: T) -> Self {
        Self::Plain(value)
    }

    /// The value, unless it has been erased.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Erased(_) => None,
        }
    }

    /// Takes the value out, unless it has been erased.
    pub fn into_inner(self) -> Option<T> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Erased(_) => None,
        }
    }
}

impl Personal<String> {
    /// The text, or the empty text when it has been erased.
    pub fn text(&self) -> &str {
        self.get().map_or("", String::as_str)
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::Plain(value)
    }
}

impl From<&str> for Personal<String> {
    fn from(value: &str) -> Self {
        Self::Plain(value.to_owned())
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Personal(..)",
            Self::Erased(_) => "Personal(erased)",
        })
    }
}

/// Fields of events that tell something about a person although they are not written as personal:
/// forms of events never change. The credits somebody got, as the gates counted them.
const PERSONAL_FIELDS: [&str; 1] = ["recent_credits"];

/// Gives every personal value inside an event, plain or sealed, the form of one that was erased.
/// Says whether there was one.
pub fn erase(event: &mut Value) -> bool {
    match event {
        // Counted, so that none behind the first is left out.
        Value::Array(items) => items.iter_mut().map(erase).filter(|found| *found).count() > 0,
        Value::Object(fields) if is_personal(fields) => {
            *event = json!({ "$x": 1 });
            true
        }
        Value::Object(fields) => {
            let mut found = false;
            for (name, field) in fields {
                found |= match field {
                    Value::Array(items) if items.is_empty() => false,
                    Value::Array(_) if PERSONAL_FIELDS.contains(&name.as_str()) => {
                        *field = json!({ "$x": 1 });
                        true
                    }
                    other => erase(other),
                };
            }
            found
        }
        _ => false,
    }
}

fn is_personal(fields: &Map<String, Value>) -> bool {
    fields.len() == 1 && (fields.contains_key("$p") || fields.contains_key("$s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_form_is_tagged_and_debug_is_silent() {
        let name = Personal::new("Ada".to_owned());
        let wire = serde_json::to_string(&name).expect("serialise");
        assert_eq!(wire, r#"{"$p":"Ada"}"#);
        assert_eq!(serde_json::from_str::<Personal<String>>(&wire).expect("read"), name);
        assert!(!format!("{name:?}").contains("Ada"));
        let erased: Personal<String> = serde_json::from_str(r#"{"$x":1}"#).expect("read");
        assert_eq!(erased.get(), None);
    }

    #[test]
    fn personal_values_are_erased_wherever_they_stand() {
        let name = serde_json::to_value(Personal::new("Ada")).expect("JSON");
        let credits = json!([{ "reason": "late parcel" }]);
        let mut event = json!({ "to": [{ "name": name }], "sealed": { "$s": "x" }, "kept": 1,
            "facts": { "recent_credits": credits, "contact_times": [1] } });
        assert!(erase(&mut event));
        let gone = serde_json::to_value(Personal::<String>::Erased(1)).expect("JSON");
        let expected = json!({ "to": [{ "name": gone }], "sealed": gone, "kept": 1,
            "facts": { "recent_credits": gone, "contact_times": [1] } });
        assert_eq!(event, expected);
        assert!(!erase(&mut event), "nothing is left");
        assert!(!erase(&mut json!({ "recent_credits": [] })), "nobody got any");
    }
}
