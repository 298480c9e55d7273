//! Names of all events.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use schemars::{JsonSchema, schema_for};
use serde_json::Value;

use crate::access::AccessEvent;
use crate::contact::ContactEvent;
use crate::conversation::ConversationEvent;
use crate::operations::OperationsEvent;
use crate::policy_log::PolicyEvent;
use crate::ticket::TicketEvent;
use crate::webhook::WebhookEvent;

/// Taken from the form of the events, so that none can be forgotten.
static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    [
        names::<AccessEvent>(),
        names::<ContactEvent>(),
        names::<ConversationEvent>(),
        names::<OperationsEvent>(),
        names::<PolicyEvent>(),
        names::<TicketEvent>(),
        names::<WebhookEvent>(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// Names of all events that this program knows, for example `TicketReceived`.
pub fn names_of_events() -> &'static BTreeSet<String> {
    &NAMES
}

/// An event is written under its name: each form has one property, which is required.
fn names<E: JsonSchema>() -> Vec<String> {
    let schema = schema_for!(E);
    let forms = schema.get("oneOf").and_then(Value::as_array);
    let name = |form: &Value| form["required"][0].as_str().map(str::to_owned);
    forms.into_iter().flatten().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_each_event_has_its_name() {
        for (names, number) in [
            (names::<AccessEvent>(), 1),
            (names::<ContactEvent>(), 3),
            (names::<WebhookEvent>(), 13),
        ] {
            assert_eq!(names.len(), number, "{names:?}");
        }
        for name in WebhookEvent::DECISIONS.iter().chain(&["TicketReceived", "PersonalDataRead"]) {
            assert!(names_of_events().contains(*name), "{name}");
        }
    }
}
