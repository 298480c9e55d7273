//! One value of an exported row.

use serde_json::Value;

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
        casebook_domain::erase(&mut value);
        Self::of(value)
    }

    /// The cell of a text that holds JSON, exactly as it is.
    pub fn json(text: String) -> Self {
        // Outside of strings a line break is white space, and inside it cannot stand.
        Self::Json(if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_cells() {
        assert_eq!(Cell::of(Value::Null), Cell::Null);
        assert_eq!(Cell::of(json!("a")), Cell::Text("a".into()));
        assert_eq!(Cell::of(json!(0.91)), Cell::Json("0.91".into()));
        assert_eq!(Cell::json("{\"a\":\n1}".into()), Cell::Json("{\"a\": 1}".into()));
    }
}
