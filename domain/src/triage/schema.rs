//! The form in which a model is asked to answer.

use serde_json::{Value, json};

use crate::policy::Policy;

/// Names of the seven fields of an answer (SOP CS-01 v2.4), in the order in which they are asked.
pub const FIELDS: [&str; 7] = [
    "category",
    "confidence",
    "draft_response",
    "action",
    "escalation_reason",
    "suggested_subject",
    "customer_name",
];

/// JSON schema of an answer under a policy.
///
/// Ranges and lengths are left out, because structured output knows no such keywords; what they
/// would say is checked by [`super::accept`].
pub fn answer_schema(policy: &Policy) -> Value {
    let categories: Vec<&str> = policy.categories.iter().map(|c| c.code.as_str()).collect();
    let actions: Vec<&str> = policy.actions.iter().map(|a| a.code.as_str()).collect();
    let action = match actions.as_slice() {
        [] => json!({ "type": "null" }),
        codes => json!({ "type": "string", "enum": codes }),
    };
    let text_or_null = json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] });
    json!({
        "type": "object",
        "properties": {
            "category": { "type": "string", "enum": categories },
            "confidence": { "type": "number", "description": "From 0.00 to 1.00." },
            "draft_response": { "type": "string" },
            "action": action,
            "escalation_reason": text_or_null,
            "suggested_subject": text_or_null,
            "customer_name": text_or_null,
        },
        "required": FIELDS,
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::testing::protocol_raw;

    #[test]
    fn the_schema_asks_for_exactly_seven_fields_and_closed_sets() {
        let policy = protocol_raw();
        let schema = answer_schema(&policy);
        let properties = schema["properties"].as_object().expect("object");
        assert_eq!(properties.len(), FIELDS.len());
        assert!(FIELDS.iter().all(|field| properties.contains_key(*field)));
        assert_eq!(schema["required"], json!(FIELDS));
        assert_eq!(schema["additionalProperties"], json!(false));
        let categories = schema["properties"]["category"]["enum"].as_array().expect("enum");
        assert_eq!(categories.len(), policy.categories.len());
    }

    #[test]
    fn the_schema_uses_no_keyword_that_structured_output_refuses() {
        let text = answer_schema(&protocol_raw()).to_string();
        for keyword in ["minimum", "maximum", "minLength", "maxLength", "pattern", "$ref"] {
            assert!(!text.contains(keyword), "{keyword}");
        }
    }
}
