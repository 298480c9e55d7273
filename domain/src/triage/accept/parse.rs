//! Reads the raw answer strictly: one JSON object with exactly the seven fields.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::checks::Checks;
use crate::triage::FIELDS;

/// Longest raw answer in bytes; an honest one has a few thousand.
pub const RAW_LIMIT_BYTES: usize = 256 * 1024;
/// How many places of a text are tried as the beginning of an object.
const START_LIMIT: usize = 32;

/// The seven fields as the model wrote them.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    pub category: String,
    pub confidence: f64,
    pub draft_response: String,
    pub action: Option<String>,
    pub escalation_reason: Option<String>,
    pub suggested_subject: Option<String>,
    pub customer_name: Option<String>,
}

/// Reads the fields; what is wrong stands in the checks. Notes name our fields only, never what
/// the model wrote.
pub(super) fn fields(raw: &str, checks: &mut Checks) -> Option<Fields> {
    let (object, text) = object(raw, checks)?;
    if let Some(problem) = shape_problem(&object) {
        checks.refused("fields", problem);
        return None;
    }
    // The map has lost what was written twice; reading the text again finds it.
    match serde_json::from_str(text) {
        Ok(fields) => {
            checks.passed("fields");
            Some(fields)
        }
        Err(_) => {
            checks.refused("fields", "a field occurs twice");
            None
        }
    }
}

/// The one object of the answer and its text.
fn object<'a>(raw: &'a str, checks: &mut Checks) -> Option<(Map<String, Value>, &'a str)> {
    let text = raw.trim_start_matches('\u{feff}').trim();
    if raw.len() > RAW_LIMIT_BYTES {
        checks.refused("json", format!("longer than {RAW_LIMIT_BYTES} bytes"));
        return None;
    }
    if let Ok(Value::Object(map)) = serde_json::from_str(text) {
        checks.passed("json");
        return Some((map, text));
    }
    let mut found = objects_within(text);
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => {
            checks.repaired("json", "text around the object was left out");
            Some(only)
        }
        (Some(_), false) => {
            checks.refused("json", "more than one object");
            None
        }
        (None, _) => {
            checks.refused("json", "not a JSON object");
            None
        }
    }
}

/// The objects that stand in a text, one after the other.
fn objects_within(text: &str) -> Vec<(Map<String, Value>, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for _ in 0..START_LIMIT {
        let Some(rest) = text.get(at..) else { break };
        let Some(open) = rest.find('{') else { break };
        let Some(candidate) = rest.get(open..) else { break };
        let mut values = serde_json::Deserializer::from_str(candidate).into_iter::<Value>();
        let length = match values.next() {
            Some(Ok(Value::Object(map))) => {
                let length = values.byte_offset();
                found.push((map, candidate.get(..length).unwrap_or(candidate)));
                length
            }
            _ => 1,
        };
        at += open + length;
    }
    found
}

/// What keeps an object from being an answer.
fn shape_problem(object: &Map<String, Value>) -> Option<String> {
    let wrong = |fit: fn(&str, Option<&Value>) -> bool| {
        let names = FIELDS.iter().filter(|name| !fit(name, object.get(**name)));
        names.copied().collect::<Vec<_>>().join(", ")
    };
    let missing = wrong(|_, value| value.is_some());
    if !missing.is_empty() {
        return Some(format!("missing: {missing}"));
    }
    let mistyped = wrong(has_type);
    if !mistyped.is_empty() {
        return Some(format!("of the wrong type: {mistyped}"));
    }
    let unknown = object.len().saturating_sub(FIELDS.len());
    (unknown > 0).then(|| format!("{unknown} unknown fields"))
}

fn has_type(name: &str, value: Option<&Value>) -> bool {
    match (name, value) {
        ("confidence", Some(value)) => value.is_number(),
        ("category" | "draft_response", Some(value)) => value.is_string(),
        (_, Some(value)) => value.is_string() || value.is_null(),
        (_, None) => false,
    }
}
