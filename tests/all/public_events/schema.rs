//! Holds a value against a JSON Schema: the words that our schemas use, and no others. Stricter
//! than a consumer should be: what a schema does not name is a misfit.

use serde_json::{Map, Value};

/// Words that say nothing about a value.
const SILENT: [&str; 6] = ["$schema", "$defs", "title", "description", "format", "minimum"];

/// Where and why a value does not fit; empty when it does.
pub fn misfits(root: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(root, root, value, "$", &mut found);
    found
}

fn fits(root: &Value, schema: &Value, value: &Value, path: &str) -> bool {
    let mut found = Vec::new();
    check(root, schema, value, path, &mut found);
    found.is_empty()
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let words = schema.as_object().expect("a schema is an object");
    for (word, says) in words {
        let ok = match word.as_str() {
            "$ref" => {
                let name = says.as_str().and_then(|name| name.strip_prefix("#/$defs/"));
                let name = name.unwrap_or_else(|| panic!("{says} points nowhere"));
                check(root, &root["$defs"][name], value, path, found);
                true
            }
            "type" => match says {
                Value::Array(types) => types.iter().any(|name| is(name, value)),
                name => is(name, value),
            },
            "const" => says == value,
            "enum" => says.as_array().expect("a list").contains(value),
            "oneOf" => {
                let of = says.as_array().expect("a list").iter();
                of.filter(|one| fits(root, one, value, path)).count() == 1
            }
            "anyOf" => {
                let mut of = says.as_array().expect("a list").iter();
                of.any(|one| fits(root, one, value, path))
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    check(root, says, item, &format!("{path}[]"), found);
                }
                true
            }
            "required" => {
                let names = says.as_array().expect("a list").iter().filter_map(Value::as_str);
                names.into_iter().all(|name| value.get(name).is_some())
            }
            "properties" => {
                properties(root, says.as_object().expect("a map"), value, path, found);
                true
            }
            silent if SILENT.contains(&silent) => true,
            other => panic!("the check does not know the word {other}"),
        };
        if !ok {
            found.push(format!("{path}: {word} {says}"));
        }
    }
    if words.get("format").is_some_and(|format| format == "date-time") && !is_instant(value) {
        found.push(format!("{path}: is no instant"));
    }
}

fn properties(
    root: &Value,
    known: &Map<String, Value>,
    value: &Value,
    path: &str,
    found: &mut Vec<String>,
) {
    for (name, value) in value.as_object().into_iter().flatten() {
        match known.get(name) {
            Some(schema) => check(root, schema, value, &format!("{path}.{name}"), found),
            None => found.push(format!("{path}.{name}: is not in the schema")),
        }
    }
}

fn is_instant(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    value.is_null() || text.parse::<casebook_domain::Timestamp>().is_ok()
}

fn is(name: &Value, value: &Value) -> bool {
    match name.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("null") => value.is_null(),
        other => panic!("the check does not know the type {other:?}"),
    }
}

#[test]
fn misfits_are_found() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["at"],
        "properties": {
            "at": { "type": "string", "format": "date-time" },
            "who": { "anyOf": [{ "$ref": "#/$defs/Who" }, { "type": "null" }] },
            "tags": { "type": "array", "items": { "enum": ["a", "b"] } },
        },
        "$defs": { "Who": { "oneOf": [{ "const": "ann" }, { "const": "bob" }] } },
    });
    let fit = serde_json::json!({ "at": "2026-04-08T09:30:00Z", "who": "ann", "tags": ["a"] });
    assert_eq!(misfits(&schema, &fit), Vec::<String>::new());
    for (name, value) in [
        ("at", serde_json::json!("yesterday")),
        ("at", serde_json::json!(7)),
        ("who", serde_json::json!("eve")),
        ("tags", serde_json::json!(["c"])),
        ("colour", serde_json::json!("red")),
    ] {
        let mut wrong = fit.clone();
        wrong[name] = value;
        assert!(!misfits(&schema, &wrong).is_empty(), "{wrong}");
    }
    assert!(!misfits(&schema, &serde_json::json!({})).is_empty());
}
