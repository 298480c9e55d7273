use std::collections::BTreeMap;

use super::*;
use crate::channel::Channel;

const POLICY: &str = r#"
tenant = "shop"
name = "default"
languages = ["en", "de"]
domains = ["shop.example"]
gates = "gates.toml"
knowledge = ["knowledge/*.md"]

[sending]
brand = "The Shop"
personas = ["Ann", "Bob"]
subject_prefix = "[Support]"

[subjects]
placeholders = ["(no subject)", "(none)", "(empty)", "(pending)", "(kein Betreff)"]
fallback = { en = "Your {category}", de = "{category}" }

[prompt]
file = "prompt.md"
known_customer = "CUSTOMER STATUS: known."
unknown_customer = "CUSTOMER STATUS: unknown."

[[categories]]
code = "delivery"
customer_name = { en = "delivery", de = "Ihre Lieferung" }
description = "Parcels on their way"
examples = ["Where is my box?"]

[[categories]]
code = "escalation"
customer_name = { en = "enquiry", de = "Ihre Anfrage" }
description = "Needs a person"
role = "escalation"

[[categories]]
code = "other"
customer_name = { en = "question", de = "Ihre Frage" }
description = "Anything else"
role = "fallback"

[[actions]]
code = "reply"
label = "Reply"

[[inboxes]]
name = "hello"
channel = "email"
addresses = ["Hello@shop.example"]

[[inboxes]]
name = "chat"
channel = "web_widget"
subject_prefix = ""
personas = ["Cleo"]

[routing]
default_team = "general"
teams = [{ code = "general", name = "General" }]
"#;

const GATES: &str = r#"
[[gates]]
code = "legal_threat"
reason = "Legal threat mentioned"
rules = [{ any = ["lawyer"] }]
"#;

fn files() -> BTreeMap<String, String> {
    [
        ("policy.toml", POLICY),
        ("gates.toml", GATES),
        ("prompt.md", "For {{brand}}:\n{{categories}}\n{{actions}}\n{{knowledge}}\n"),
        ("knowledge/b.md", "# Boxes\n\nA {{brand}} box."),
        ("knowledge/a.md", "No heading"),
        ("strict/policy.toml", "extends = \"../policy.toml\"\nname = \"strict\"\n"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into()
}

fn files_with(path: &str, text: &str) -> BTreeMap<String, String> {
    let mut files = files();
    files.insert(path.to_owned(), text.to_owned());
    files
}

/// A small sound policy, also for the tests of other modules.
pub(crate) fn policy() -> Policy {
    Policy::from_files(&files()).expect("sound files")
}

fn problems(change: impl FnOnce(&mut Policy)) -> Vec<String> {
    let mut policy = policy();
    change(&mut policy);
    policy.check().into_iter().map(|problem| problem.path).collect()
}

#[test]
fn given_sound_files_then_the_policy_is_whole_and_without_problems() {
    let policy = policy();
    assert_eq!(policy.check(), []);
    assert_eq!(policy.thresholds, Thresholds::default());
    assert_eq!(policy.monitoring.open_tickets_warning, 20);
    assert_eq!(policy.escalation_code(), "escalation");
    assert_eq!(policy.fallback_category().map(|c| c.code.as_str()), Some("other"));
    let titles: Vec<_> = policy.knowledge.iter().map(KnowledgeText::title).collect();
    assert_eq!(titles, ["knowledge/a.md", "Boxes"]);
}

#[test]
fn given_an_extending_file_then_its_keys_lie_over_the_base() {
    let files = files();
    assert_eq!(entries(&files), ["policy.toml", "strict/policy.toml"]);
    let strict = Policy::from_entry(&files, "strict/policy.toml").expect("sound");
    assert_eq!(strict.name, "strict");
    assert_eq!(Policy { name: "default".to_owned(), ..strict.clone() }, policy());
    assert_ne!(strict.version(), policy().version());
}

#[test]
fn given_a_circle_of_files_then_it_is_named_and_ends() {
    let files = files_with("policy.toml", "extends = \"strict/policy.toml\"");
    let error = Policy::from_files(&files).expect_err("a circle");
    assert!(matches!(error, PolicyError::ExtendsTooDeep { .. }), "{error}");
}

#[test]
fn given_a_wrong_field_then_the_error_names_file_line_and_field() {
    let text = POLICY.replace("brand = \"The Shop\"", "brand = \"x\"\nbrnd = \"The Shop\"");
    let error = Policy::from_files(&files_with("policy.toml", &text)).expect_err("unknown field");
    let message = error.to_string();
    assert!(message.starts_with("policy.toml, line 11, column 1: "), "{message}");
    assert!(message.contains("brnd"), "{message}");

    let text = POLICY.replace("tenant = \"shop\"", "tenant = 3");
    let error = Policy::from_files(&files_with("policy.toml", &text)).expect_err("wrong type");
    assert!(error.to_string().starts_with("policy.toml, line 2, column 10: "), "{error}");
}

#[test]
fn given_missing_parts_then_the_error_says_which() {
    let mut without_prompt = files();
    without_prompt.remove("prompt.md");
    let error = Policy::from_files(&without_prompt).expect_err("no prompt");
    assert!(error.to_string().contains("`prompt.md` does not exist"), "{error}");

    let text = POLICY.replace("languages = [\"en\", \"de\"]", "");
    let error = Policy::from_files(&files_with("policy.toml", &text)).expect_err("no languages");
    assert_eq!(
        error,
        PolicyError::MissingField { file: "policy.toml".to_owned(), field: "languages" }
    );

    let error = Policy::from_files(&files_with("gates.toml", "gates = 1")).expect_err("no gates");
    assert!(error.to_string().starts_with("gates.toml: "), "{error}");
    assert!(Policy::from_files(&BTreeMap::new()).is_err());
}

#[test]
fn given_a_policy_then_its_json_gives_it_back_and_its_version_is_stable() {
    let policy = policy();
    let copy: Policy = serde_json::from_str(&policy.canonical_json()).expect("own form");
    assert_eq!(copy, policy);
    assert_eq!(copy.version(), policy.version());
    assert_eq!(policy.version().as_str().len(), 64);
    let mut changed = policy.clone();
    changed.thresholds.notify = 0.86;
    assert_ne!(changed.version(), policy.version());
}

#[test]
fn given_two_policies_then_the_difference_names_each_place() {
    let before = policy();
    let mut after = before.clone();
    after.thresholds.notify = 0.9;
    after.categories[0].description = "Boxes on their way".to_owned();
    after.gates.gates[0].rules[0].any.push("solicitor".to_owned());
    after.sending.subject_prefix = None;
    let paths: Vec<_> = before.diff(&after).into_iter().map(|change| change.path).collect();
    assert_eq!(
        paths,
        [
            "categories[delivery].description",
            "gates.gates[legal_threat].rules[0].any[solicitor]",
            "sending.subject_prefix",
            "thresholds.notify",
        ]
    );
    assert!(before.diff(&before).is_empty());
}

#[test]
fn given_faults_that_files_can_hold_then_check_finds_each() {
    assert_eq!(problems(|p| p.thresholds.notify = 1.5), ["thresholds.notify"]);
    assert_eq!(problems(|p| p.thresholds.notify = f64::NAN), ["thresholds.notify"]);
    assert_eq!(problems(|p| p.sending.personas.clear()), ["sending.personas"]);
    assert_eq!(problems(|p| p.categories[2].role = CategoryRole::Ordinary), ["categories"]);
    assert_eq!(problems(|p| p.actions.push(p.actions[0].clone())), ["actions"]);
    assert_eq!(problems(|p| p.gates.gates.push(p.gates.gates[0].clone())), ["gates"]);
    assert_eq!(
        problems(|p| p.inboxes[0].addresses = vec!["a@elsewhere.example".to_owned()]),
        ["inboxes[hello].addresses"]
    );
    assert_eq!(problems(|p| p.inboxes[1].name = "hello".to_owned()), ["inboxes"]);
    assert_eq!(problems(|p| p.forward_to = Some("hello@shop.example".to_owned())), ["forward_to"]);
    assert_eq!(problems(|p| p.routing.default_team = "x".to_owned()), ["routing.default_team"]);
    assert_eq!(problems(|p| p.prompt.system.push_str("{{secrets}}")), ["prompt.system"]);
    assert_eq!(problems(|p| drop(p.subjects.fallback.0.remove("de"))), ["subjects.fallback"]);
    assert_eq!(
        problems(|p| drop(p.categories[0].customer_name.0.remove("de"))),
        ["categories[delivery].customer_name"]
    );
    let long = |p: &mut Policy| p.knowledge[0].text = "x".repeat(check::POLICY_LIMIT_BYTES);
    assert_eq!(problems(long), ["knowledge"]);
}

#[test]
fn given_an_address_then_its_inbox_and_tenant_are_found() {
    let policy = policy();
    let found = policy.inbox_for_address(" HELLO@Shop.Example ").map(|inbox| inbox.name.as_str());
    assert_eq!(found, Some("hello"));
    assert!(policy.inbox_for_address("info@shop.example").is_none());
    assert!(policy.owns_domain_of("info@SHOP.example"));
    assert!(!policy.owns_domain_of("info@myshop.example"));
}

#[test]
fn given_an_inbox_then_its_own_rules_for_replies_come_first() {
    let policy = policy();
    let mail = policy.sending_for(policy.inbox("hello"));
    assert_eq!((mail.subject_prefix, mail.undo_delay_seconds), (Some("[Support]"), 10));
    let chat = policy.sending_for(policy.inbox("chat"));
    assert_eq!(policy.inbox("chat").map(|inbox| inbox.channel), Some(Channel::WebWidget));
    assert_eq!((chat.subject_prefix, chat.undo_delay_seconds), (None, 0));
    assert_eq!(chat.personas, ["Cleo"]);
    assert!(chat.resolve_on_send && mail.resolve_on_send);
}

#[test]
fn given_a_forward_address_then_the_inbox_decides_before_the_tenant() {
    let mut policy = policy();
    assert_eq!(policy.forward_address(policy.inbox("hello")), None);
    policy.forward_to = Some("all@example.org".to_owned());
    policy.inboxes[0].forward_to = Some("one@example.org".to_owned());
    assert_eq!(policy.forward_address(policy.inbox("hello")), Some("one@example.org"));
    assert_eq!(policy.forward_address(policy.inbox("chat")), Some("all@example.org"));
    assert_eq!(policy.forward_address(None), Some("all@example.org"));
}

#[test]
fn given_variables_then_the_prompt_is_filled_in_once() {
    let prompt = policy().system_prompt();
    assert!(prompt.starts_with("For The Shop:\n- delivery: Parcels on their way\n"), "{prompt}");
    assert!(prompt.contains("- reply: Reply"), "{prompt}");
    assert!(prompt.contains("A {{brand}} box."), "an article is not read for variables");
}

/// Every policy in `tenants/` is composed and sound.
#[test]
fn given_the_shipped_tenants_then_each_policy_is_sound() {
    let tenants = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tenants");
    let mut seen = Vec::new();
    for tenant in std::fs::read_dir(tenants).expect("tenants").map(|entry| entry.expect("entry")) {
        let mut files = BTreeMap::new();
        read_folder(&tenant.path(), "", &mut files);
        for entry in entries(&files) {
            let policy = Policy::from_entry(&files, entry).expect("composed");
            assert_eq!(policy.check(), [], "{entry}");
            assert_eq!(policy.tenant.as_str(), tenant.file_name().to_string_lossy());
            seen.push(format!("{}/{}", policy.tenant, policy.name));
        }
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            "kids-ascension/default",
            "ozean-licht/default",
            "protocol-raw/default",
            "protocol-raw/sop-literal"
        ]
    );
}

fn read_folder(folder: &std::path::Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry")) {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("type").is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, std::fs::read_to_string(entry.path()).expect("text"));
        }
    }
}
