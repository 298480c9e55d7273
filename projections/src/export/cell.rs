//! One value of an exported row.

use serde_json::{Value, json};

/// One value, ready for JSON lines and CSV alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// No value.
    Null,
    /// A text.
    Text(String),
    /// A number, a truth value, or something structured, as JSON on one line.
    Json(String),
}

impl Cell {
    /// The cell of a JSON value.
    pub fn of(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(text),
            other => Self::Json(other.to_string()),
        }
    }

    /// The cell of a JSON value, in which personal values are as if they had been erased.
    pub fn without_personal(mut value: Value) -> Self {
        erase(&mut value);
        Self::of(value)
    }

    /// The cell of a text that holds JSON, exactly as it is.
    pub fn json(text: String) -> Self {
        // Outside of strings a line break is white space, and inside it cannot stand.
        Self::Json(if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text })
    }
}

/// Gives every personal value, plain or sealed, the form of one that has been erased.
fn erase(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(erase),
        Value::Object(fields) if fields.len() == 1 && personal(fields) => {
            *value = json!({ "$x": 1 });
        }
        Value::Object(fields) => fields.values_mut().for_each(erase),
        _ => {}
    }
}

fn personal(fields: &serde_json::Map<String, Value>) -> bool {
    fields.contains_key("$p") || fields.contains_key("$s")
}

#[cfg(test)]
mod tests {
    use casebook_domain::Personal;

    use super::*;

    #[test]
    fn values_become_cells() {
        assert_eq!(Cell::of(Value::Null), Cell::Null);
        assert_eq!(Cell::of(json!("a")), Cell::Text("a".into()));
        assert_eq!(Cell::of(json!(0.91)), Cell::Json("0.91".into()));
        assert_eq!(Cell::json("{\"a\":\n1}".into()), Cell::Json("{\"a\": 1}".into()));
    }

    #[test]
    fn personal_values_are_erased_wherever_they_stand() {
        let name = serde_json::to_value(Personal::new("Ada")).expect("JSON");
        let value = json!({ "to": [{ "name": name }], "sealed": { "$s": "x" }, "kept": 1 });
        let Cell::Json(text) = Cell::without_personal(value) else { panic!("an object") };
        let gone = serde_json::to_string(&Personal::<String>::Erased(1)).expect("JSON");
        assert_eq!(text, format!("{{\"kept\":1,\"sealed\":{gone},\"to\":[{{\"name\":{gone}}}]}}"));
    }
}
