//! What an event changed: two states held against each other.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Facts;

/// One value that changed.
#[derive(Clone, PartialEq, Serialize)]
pub struct Change {
    /// Where it stands: names of fields, joined by `/`, beginning with one (as JSON Pointer has it).
    pub path: String,
    /// The value before; null when there was none.
    pub old: Value,
    /// The value after; null when there is none.
    pub new: Value,
    /// Whether the value tells something about a customer.
    pub personal: bool,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Change");
        shown.field("path", &self.path);
        if !self.personal {
            shown.field("old", &self.old).field("new", &self.new);
        }
        shown.finish_non_exhaustive()
    }
}

impl Change {
    /// The same change without values that tell something about a customer.
    #[must_use]
    pub fn withheld(mut self) -> Self {
        if self.personal {
            self.old = Value::Null;
            self.new = Value::Null;
        }
        self
    }
}

/// The differences between two states, by path. Objects are compared field by field, everything
/// else as a whole.
pub fn changes(before: &Facts, after: &Facts) -> Vec<Change> {
    let mut found = Vec::new();
    compare_objects("", before.values(), after.values(), &mut found);
    found
        .into_iter()
        .map(|(path, old, new)| Change { personal: after.is_personal(&path), path, old, new })
        .collect()
}

type Found = Vec<(String, Value, Value)>;

fn compare_objects(
    path: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    found: &mut Found,
) {
    for (name, new) in after {
        let old = before.get(name).unwrap_or(&Value::Null);
        compare(&format!("{path}/{name}"), old, new, found);
    }
    for (name, old) in before {
        if !after.contains_key(name) {
            compare(&format!("{path}/{name}"), old, &Value::Null, found);
        }
    }
}

fn compare(path: &str, old: &Value, new: &Value, found: &mut Found) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => compare_objects(path, old, new, found),
        (old, new) if old == new => {}
        (old, new) => found.push((path.to_owned(), old.clone(), new.clone())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(value: Value) -> Facts {
        let Value::Object(values) = value else { panic!("an object") };
        Facts::new(values, &["name"])
    }

    #[test]
    fn differences_are_named_by_their_path_and_personal_ones_can_be_withheld() {
        let before = facts(json!({ "a": 1, "b": { "c": [1], "d": 2 }, "gone": true }));
        let after =
            facts(json!({ "a": 1, "b": { "c": [1, 2], "d": 2 }, "name": { "first": "Ada" } }));
        let found = changes(&before, &after);
        let paths: Vec<_> = found.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["/b/c", "/name", "/gone"]);
        assert_eq!((&found[0].old, &found[0].new), (&json!([1]), &json!([1, 2])));
        assert!(found[1].personal && !found[0].personal && !found[2].personal);
        assert!(!format!("{:?}", found[1]).contains("Ada"));
        assert_eq!(found[1].clone().withheld().new, Value::Null);
        assert_eq!(changes(&after, &after), []);
    }

    #[test]
    fn a_part_of_something_personal_is_personal() {
        let before = facts(json!({ "name": { "first": "Ada" } }));
        let after = facts(json!({ "name": { "first": "Grace" } }));
        let found = changes(&before, &after);
        assert_eq!((found[0].path.as_str(), found[0].personal), ("/name/first", true));
    }
}
