//! Public events: every stored event has a place, forms are as documented, and nothing personal
//! leaves unasked.

mod document;
mod follow;
mod lived;
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use casebook_app::{EVENT_TYPES, EventType, StreamEvent};
use casebook_domain::event::Event;
use casebook_projections::Recorded;
use serde_json::Value;
use uuid::Uuid;

use lived::{life, payload, type_of};

/// Stored events that have no public form, on purpose.
const UNTOLD: [&str; 16] = [
    "ContactWrote",
    "EventSkipped",
    "PersonalDataRead",
    "WebhookAttemptFailed",
    "WebhookChanged",
    "WebhookDeadLettered",
    "WebhookDeliveriesMade",
    "WebhookDisabled",
    "WebhookPaused",
    "WebhookRedelivered",
    "WebhookRemoved",
    "WebhookReplayed",
    "WebhookResumed",
    "WebhookSecretRotated",
    "WebhookSubscribed",
    "WebhookSummed",
];

fn told(event: &Recorded<Event>) -> Option<StreamEvent> {
    StreamEvent::new(Uuid::nil(), event.clone())
}

fn json(event: &StreamEvent, personal: bool) -> Value {
    serde_json::from_str(&event.json(personal)).expect("JSON")
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Whether a generated file is as committed; writes it anew where it is not.
fn is_committed(path: &Path, text: &str) -> bool {
    if std::fs::read_to_string(path).is_ok_and(|committed| committed == text) {
        return true;
    }
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
    std::fs::write(path, text).expect("the file is written");
    false
}

#[test]
fn the_schemas_are_as_committed() {
    let folder = docs().join("schemas");
    let mut changed: Vec<&str> = Vec::new();
    for kind in EVENT_TYPES {
        let text = serde_json::to_string_pretty(&kind.schema()).expect("JSON") + "\n";
        if !is_committed(&folder.join(format!("{}.json", kind.name)), &text) {
            changed.push(kind.name);
        }
    }
    assert!(changed.is_empty(), "changed and written anew, review and commit: {changed:?}");
    let known: BTreeSet<String> =
        EVENT_TYPES.iter().map(|kind| format!("{}.json", kind.name)).collect();
    let files = std::fs::read_dir(&folder).expect("the folder");
    let files: BTreeSet<String> = files
        .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, known, "a schema of a type that is no more");
}

#[test]
fn every_event_of_a_lived_history_fits_its_schema() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for recorded in life() {
        let stored = type_of(&recorded.event);
        let Some(event) = told(&recorded) else {
            assert!(UNTOLD.contains(&stored.as_str()), "{stored} has no public form");
            continue;
        };
        let name = event.public(false).type_name;
        let kind = EventType::named(name).expect("a type of the list");
        assert_eq!(kind.stored, stored, "{name}");
        *seen.entry(name).or_default() += 1;
        let of_type = kind.schema();
        for personal in [false, true] {
            let value = json(&event, personal);
            let misfits = schema::misfits(&of_type, &value);
            assert!(misfits.is_empty(), "{name}: {misfits:?}\n{value:#}");
        }
    }
    let missing: Vec<&str> =
        EVENT_TYPES.iter().map(|kind| kind.name).filter(|name| !seen.contains_key(name)).collect();
    assert!(missing.is_empty(), "no event of these types was checked: {missing:?}");
}

/// Names of all stored events, from the committed forms, which a test of `casebook-domain` holds
/// against the types.
fn stored() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/schemas");
    let mut names = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the folder") {
        let path = file.expect("a file").path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("_event.json")) {
            let text = std::fs::read_to_string(&path).expect("a schema");
            let schema: Value = serde_json::from_str(&text).expect("JSON");
            let variants = schema["oneOf"].as_array().expect("a list of events");
            let name = |variant: &Value| variant["required"][0].as_str().map(str::to_owned);
            names.extend(variants.iter().map(|variant| name(variant).expect("a name")));
        }
    }
    names
}

#[test]
fn every_stored_event_is_told_or_left_out_on_purpose() {
    let told: BTreeSet<&str> = EVENT_TYPES.iter().map(|kind| kind.stored).collect();
    let untold = BTreeSet::from(UNTOLD);
    let both: Vec<_> = told.intersection(&untold).collect();
    assert!(both.is_empty(), "told, and said not to be: {both:?}");
    let known: BTreeSet<String> = told.union(&untold).map(|&name| name.to_owned()).collect();
    assert_eq!(known, stored(), "events that are told or left out, and those that are stored");
}

#[test]
fn the_chapter_names_what_is_left_out() {
    let text = std::fs::read_to_string(docs().join("events.md")).expect("the chapter");
    let (_, rest) = text.split_once("**What is not told.**").expect("the paragraph");
    let table = rest.split("\n\n").nth(1).expect("its table");
    let first = |line: &str| line.split('|').nth(1).unwrap_or_default().to_owned();
    let cells: String = table.lines().map(first).collect();
    let named: BTreeSet<&str> = cells.split('`').skip(1).step_by(2).collect();
    assert_eq!(named, BTreeSet::from(UNTOLD));
}

/// Every text that a stored event marks as personal.
fn personal_texts(value: &Value, inside: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if inside => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| personal_texts(item, inside, found)),
        Value::Object(map) => {
            for (name, value) in map {
                personal_texts(value, inside || name == "$p", found);
            }
        }
        _ => {}
    }
}

#[test]
fn nothing_personal_leaves_unasked() {
    let (mut texts, mut told_on_demand) = (0, 0);
    for recorded in life() {
        let Some(event) = told(&recorded) else { continue };
        let plain = json(&event, false);
        assert!(plain["data"].get("personal").is_none(), "{plain}");
        let mut personal = BTreeSet::new();
        personal_texts(&payload(&recorded.event), false, &mut personal);
        let (plain, full) = (plain.to_string(), json(&event, true).to_string());
        for text in personal.iter().filter(|text| text.len() > 3) {
            let quoted = Value::String(text.clone()).to_string();
            let quoted = quoted.trim_matches('"');
            assert!(!plain.contains(quoted), "{text:?} in {plain}");
            texts += 1;
            told_on_demand += usize::from(full.contains(quoted));
        }
    }
    assert!(told_on_demand * 2 > texts && texts > 500, "{told_on_demand} of {texts}");
}
