//! JSON Schemas of public events, made from their Rust types.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::types::EventType;

/// The schema of what a type's events tell, its definitions inside.
pub(super) fn of_data<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// The schema of a whole event of a type (CloudEvents 1.0, JSON format), around that of its data.
pub(super) fn of_event(of: &EventType, mut data: Value) -> Value {
    let definitions = data.as_object_mut().and_then(|map| {
        map.remove("$schema");
        map.remove("$defs")
    });
    let text = |words: &str| json!({ "type": "string", "description": words });
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": of.name,
        "description": of.summary,
        "type": "object",
        "required": [
            "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "tenant",
            "position", "data",
        ],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": text("Identifier of the event, a UUID."),
            "source": text("Who tells: `/casebook/` and the tenant."),
            "type": { "const": of.name },
            "subject": text("What it is about: the kind of a stream, a slash, and its identifier."),
            "time": {
                "type": "string",
                "format": "date-time",
                "description": "When it was recorded; never decreases along positions.",
            },
            "datacontenttype": { "const": "application/json" },
            "tenant": text("The tenant that owns it."),
            "position": text("Its place in the log: the cursor to go on from."),
            "actor": text("Who caused it: the kind of actor, a colon, and a name."),
            "correlationid": text("The conversation in which it was caused, a UUID."),
            "data": data,
        },
    });
    if let (Some(map), Some(definitions)) = (schema.as_object_mut(), definitions) {
        map.insert("$defs".to_owned(), definitions);
    }
    schema
}
