//! What differs between two policies.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Policy;

/// Fields that identify an element of a list, so that it is compared with its namesake.
const IDENTITIES: [&str; 3] = ["code", "name", "path"];

/// One place in which two policies differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where, for example `categories[delivery].description`.
    pub path: String,
    /// The old value; `None` when it is new.
    pub before: Option<Value>,
    /// The new value; `None` when it is gone.
    pub after: Option<Value>,
}

impl Policy {
    /// What has to change in this policy to make it `other`, ordered by path; empty when both
    /// have one version.
    pub fn diff(&self, other: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        compare("", Some(&self.value()), Some(&other.value()), &mut changes);
        changes
    }
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<Change>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                compare(&member(path, key), old.get(key), new.get(key), out);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => compare_lists(path, old, new, out),
        (before, after) => out.push(change(path, before, after)),
    }
}

fn compare_lists(path: &str, old: &[Value], new: &[Value], out: &mut Vec<Change>) {
    let (Some(old_keys), Some(new_keys)) = (labels(old), labels(new)) else {
        return compare_by_place(path, old, new, out);
    };
    let olds: BTreeMap<&str, &Value> = old_keys.iter().map(String::as_str).zip(old).collect();
    let news: BTreeMap<&str, &Value> = new_keys.iter().map(String::as_str).zip(new).collect();
    for key in olds.keys().chain(news.keys()).collect::<BTreeSet<_>>() {
        let place = format!("{path}[{key}]");
        compare(&place, olds.get(key).copied(), news.get(key).copied(), out);
    }
    let kept = |keys: &[String], among: &BTreeMap<&str, &Value>| -> Vec<Value> {
        let kept = keys.iter().filter(|key| among.contains_key(key.as_str()));
        kept.map(|key| Value::from(key.as_str())).collect()
    };
    let (old_order, new_order) = (kept(&old_keys, &news), kept(&new_keys, &olds));
    if old_order != new_order {
        let (before, after) = (Value::from(old_order), Value::from(new_order));
        out.push(change(&format!("{path} (order)"), Some(&before), Some(&after)));
    }
}

/// Lists whose elements have no names: place by place when as long as before, else as a whole.
fn compare_by_place(path: &str, old: &[Value], new: &[Value], out: &mut Vec<Change>) {
    if old.len() == new.len() {
        for (place, (old, new)) in old.iter().zip(new).enumerate() {
            compare(&format!("{path}[{place}]"), Some(old), Some(new), out);
        }
    } else {
        let (before, after) = (Value::from(old.to_vec()), Value::from(new.to_vec()));
        out.push(change(path, Some(&before), Some(&after)));
    }
}

/// A distinct label for each element: the text itself, or its identifying field.
fn labels(items: &[Value]) -> Option<Vec<String>> {
    let label = |item: &Value| match item {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => IDENTITIES
            .iter()
            .find_map(|field| map.get(*field).and_then(Value::as_str))
            .map(str::to_owned),
        _ => None,
    };
    let labels: Vec<String> = items.iter().map(label).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = labels.iter().collect();
    (distinct.len() == labels.len()).then_some(labels)
}

fn member(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn change(path: &str, before: Option<&Value>, after: Option<&Value>) -> Change {
    Change { path: path.to_owned(), before: before.cloned(), after: after.cloned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(before: &Value, after: &Value) -> Vec<String> {
        let mut changes = Vec::new();
        compare("", Some(before), Some(after), &mut changes);
        changes.into_iter().map(|change| change.path).collect()
    }

    #[test]
    fn elements_are_compared_with_their_namesakes() {
        let before = json!({"c": [{"code": "a", "n": 1}, {"code": "b", "n": 1}], "p": ["x", "y"]});
        let after = json!({"c": [{"code": "b", "n": 2}, {"code": "d", "n": 1}], "p": ["y", "x"]});
        assert_eq!(paths(&before, &after), ["c[a]", "c[b].n", "c[d]", "p (order)"]);
        assert!(paths(&before, &before).is_empty());
    }

    #[test]
    fn lists_without_names_are_compared_by_place_or_as_a_whole() {
        assert_eq!(paths(&json!({"n": [1, 2]}), &json!({"n": [1]})), ["n"]);
        assert_eq!(paths(&json!({"n": [1, 2]}), &json!({"n": [1, 3]})), ["n[1]"]);
        assert_eq!(paths(&json!({"n": ["a", "a"]}), &json!({"n": ["a"]})), ["n"]);
    }
}
