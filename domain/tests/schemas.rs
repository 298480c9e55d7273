//! The form of each stored event is committed under `domain/schemas/` and changes only on purpose.
//!
//! When a form changes, this test writes the new schema and fails once: commit the file together
//! with a raised event version and the upcaster that lifts the old form.

use std::path::{Path, PathBuf};

use casebook_domain::access::AccessEvent;
use casebook_domain::contact::ContactEvent;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::operations::OperationsEvent;
use casebook_domain::policy::Policy;
use casebook_domain::policy_log::PolicyEvent;
use casebook_domain::ticket::TicketEvent;
use casebook_domain::webhook::WebhookEvent;
use schemars::{Schema, schema_for};

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(format!("{name}.json"))
}

fn is_committed(name: &str, schema: &Schema) -> bool {
    let text = serde_json::to_string_pretty(schema).expect("a schema is JSON") + "\n";
    let path = place(name);
    if std::fs::read_to_string(&path).is_ok_and(|committed| committed == text) {
        return true;
    }
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
    std::fs::write(&path, text).expect("the schema is written");
    false
}

#[test]
fn the_forms_of_stored_events_are_as_committed() {
    let schemas = [
        ("access_event", schema_for!(AccessEvent)),
        ("contact_event", schema_for!(ContactEvent)),
        ("conversation_event", schema_for!(ConversationEvent)),
        ("operations_event", schema_for!(OperationsEvent)),
        ("policy", schema_for!(Policy)),
        ("policy_event", schema_for!(PolicyEvent)),
        ("ticket_event", schema_for!(TicketEvent)),
        ("webhook_event", schema_for!(WebhookEvent)),
    ];
    let changed: Vec<&str> = schemas
        .iter()
        .filter(|(name, schema)| !is_committed(name, schema))
        .map(|(name, _)| *name)
        .collect();
    assert!(changed.is_empty(), "changed and written anew, review and commit: {changed:?}");
}
