//! `docs/event-types.md`: every type with its fields and an example, written from the types.

use std::collections::BTreeMap;
use std::fmt::Write;

use casebook_app::{EVENT_TYPES, EventType};
use serde_json::{Value, json};

use super::{docs, is_committed, json as public, life, told};

const HEAD: &str = "# Types of public events

Written from the types by a test of `casebook-tests`; do not edit it. How events are read, and what
their envelope means, is in `docs/events.md`. The JSON Schema of each type lies in `docs/schemas/`.

Fields are those of `data`. What stands under `personal` is there only for those who may see it and
ask for it; a value there is null once it has been erased.
";

#[test]
fn the_list_of_types_is_as_committed() {
    let mut examples: BTreeMap<&str, Value> = BTreeMap::new();
    for recorded in life() {
        if let Some(event) = told(&recorded) {
            let name = event.public(false).type_name;
            examples.entry(name).or_insert_with(|| public(&event, true));
        }
    }
    let mut text = HEAD.to_owned();
    for kind in EVENT_TYPES {
        let mut example = examples.remove(kind.name).expect("an example");
        example["id"] = json!("0195c1a0-7d2e-7c55-9f0a-3b1f6a2c9e10");
        example["position"] = json!("0195b0007d2e7c559f0a3b1f6a2c9e10:42");
        example["time"] = json!("2026-04-08T09:30:00.000000Z");
        section(&mut text, kind, &example);
    }
    assert!(is_committed(&docs().join("event-types.md"), &text), "written anew, review and commit");
}

fn section(text: &mut String, kind: &EventType, example: &Value) {
    let schema = kind.schema();
    let mut rows = String::new();
    fields(&mut rows, &schema, &schema["properties"]["data"], "");
    let example = serde_json::to_string_pretty(example).expect("JSON");
    write!(
        text,
        "\n## `{}`\n\n{}\n\n| Field | Type | Meaning |\n| --- | --- | --- |\n{rows}\n\
         ```json\n{example}\n```\n",
        kind.name, kind.summary
    )
    .expect("text");
}

fn fields(rows: &mut String, root: &Value, schema: &Value, prefix: &str) {
    let schema = resolved(root, schema);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let meaning = field["description"].as_str().unwrap_or_default().replace('\n', " ");
        let inner = inside(root, field);
        let kind = kind(root, field);
        writeln!(rows, "| `{prefix}{name}` | {kind} | {meaning} |").expect("text");
        if let Some(inner) = inner {
            fields(rows, root, inner, &format!("{prefix}{name}."));
        }
    }
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

/// The object that a field holds, alone, or as items of a list.
fn inside<'a>(root: &'a Value, field: &'a Value) -> Option<&'a Value> {
    let found = match field["anyOf"].as_array() {
        Some(any) => any.iter().map(|one| resolved(root, one)).find(|one| one["type"] != "null")?,
        None => resolved(root, field),
    };
    let found = if found["type"] == "array" { resolved(root, &found["items"]) } else { found };
    found["properties"].is_object().then_some(found)
}

fn kind(root: &Value, field: &Value) -> String {
    let one = |schema: &Value| -> String {
        let schema = resolved(root, schema);
        if let Some(words) = schema["oneOf"].as_array().or(schema["enum"].as_array()) {
            let word = |word: &Value| word.get("const").unwrap_or(word).to_string();
            return words.iter().map(word).collect::<Vec<_>>().join(", ").replace('"', "`");
        }
        if schema["format"] == "date-time" {
            return "instant".to_owned();
        }
        match &schema["type"] {
            Value::Array(types) => {
                types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
            }
            Value::String(name) if name == "array" => "list".to_owned(),
            name => name.as_str().unwrap_or("any").to_owned(),
        }
    };
    match field["anyOf"].as_array() {
        Some(any) => any.iter().map(one).collect::<Vec<_>>().join(" or "),
        None => one(field),
    }
}
