//! The built-in provider under the three shipped policies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use casebook_domain::contact::CustomerContext;
use casebook_domain::policy::Policy;
use casebook_domain::triage::{Answer, MessageFacts, accept};
use casebook_triage::built_in::{BuiltIn, MODEL};
use casebook_triage::{AskErrorKind, Provider, Request};

/// A shipped policy with all files of its folder.
fn policy(tenant: &str) -> Policy {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tenants").join(tenant);
    let mut files = BTreeMap::new();
    for part in [folder.clone(), folder.join("knowledge")] {
        for entry in std::fs::read_dir(part).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_file() {
                let name = relative(&folder, &path);
                files.insert(name, std::fs::read_to_string(&path).expect("text"));
            }
        }
    }
    Policy::from_files(&files).expect("sound files")
}

fn relative(folder: &Path, path: &Path) -> String {
    let rest = path.strip_prefix(folder).expect("inside");
    rest.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn facts(text: &str) -> MessageFacts {
    MessageFacts { new_text: text.to_owned(), ..MessageFacts::default() }
}

/// What a fresh provider answers and the checks accept.
fn answer(policy: &Policy, facts: MessageFacts) -> Answer {
    let request = Request::new(Arc::new(policy.clone()), "v1".to_owned(), facts);
    let raw = BuiltIn::new().answer(&request).expect("answered");
    accept(policy, &request.facts, &raw).expect("accepted").answer
}

#[test]
fn given_plain_messages_then_each_tenants_categories_are_found() {
    for (tenant, cases) in [
        (
            "protocol-raw",
            [
                ("Hello, the parcel should have come on Tuesday. Where is it now?", "delivery"),
                ("Please cancel my subscription after the next box.", "subscription"),
                ("Three pouches had burst and were leaking when I opened the box.", "quality"),
                ("How many grams of raw should my 20 kg dog get a day?", "feeding"),
            ],
        ),
        (
            "ozean-licht",
            [
                (
                    "Ich kann mich mit meinem Passwort nicht mehr im Konto anmelden.",
                    "course_access",
                ),
                ("Könnt ihr mir bitte noch eine Rechnung für den Kurs schicken?", "payment"),
                ("Das Video stockt, und nach kurzer Zeit ist der Ton weg.", "technical"),
                ("Mit welcher Meditation soll ich als Anfängerin beginnen?", "spiritual"),
            ],
        ),
        (
            "kids-ascension",
            [
                ("Wie kann ich für unser zweites Kind ein Profil anlegen?", "access"),
                ("Wir möchten das Familienabo kündigen.", "payment"),
                ("Die App stürzt auf unserem Tablet dauernd ab.", "technical"),
                ("Ab welchem Alter passt dieser Kurs für mein Kind?", "content"),
            ],
        ),
    ] {
        let policy = policy(tenant);
        for (text, category) in cases {
            let found = answer(&policy, facts(text));
            assert_eq!(found.category, category, "{tenant}: {text}");
        }
    }
}

#[test]
fn given_a_question_that_an_article_answers_then_it_is_drafted_politely_and_unsigned() {
    let text = "How much should I feed a puppy of five months, in percent of its weight?\n\nThanks\nAda Hill";
    let found = answer(&policy("protocol-raw"), facts(text));
    let draft = found.draft_response.text();
    assert!(draft.starts_with("Hi Ada,\n\nThank you for your message.\n\n"), "{draft}");
    assert!(draft.contains("6 to 8 percent from four to six months"), "{draft}");
    assert_eq!(found.action.as_deref(), Some("send_reply"));
    assert_eq!(found.customer_name, Some("Ada Hill".into()));
}

#[test]
fn given_a_language_without_articles_then_there_is_no_draft() {
    let text = "Quelle quantité faut-il donner par jour à un chiot de quatre mois ? Il pèse 6 kg.";
    let found = answer(&policy("protocol-raw"), facts(text));
    assert_eq!(found.category, "feeding");
    assert_eq!(found.draft_response.text(), "");
}

#[test]
fn given_a_german_tenant_then_the_draft_is_german() {
    let text = "Wie kann ich unser Familienabo kündigen?\n\nLiebe Grüße\nJana";
    let found = answer(&policy("kids-ascension"), facts(text));
    let draft = found.draft_response.text();
    assert!(draft.starts_with("Hallo Jana,\n\nvielen Dank"), "{draft}");
    assert!(draft.contains("Kündigen kann man jederzeit"), "{draft}");
}

#[test]
fn given_a_known_customer_then_the_directorys_name_is_used() {
    let customer =
        CustomerContext { first_name: Some("Grace".to_owned()), ..CustomerContext::default() };
    let text = "Can I refreeze a pouch that has thawed in the fridge?\n\nBest\nAda";
    let facts =
        MessageFacts { customer: Some(customer), is_existing_customer: true, ..facts(text) };
    let found = answer(&policy("protocol-raw"), facts);
    assert!(found.draft_response.text().starts_with("Hi Grace,"));
    assert_eq!(found.customer_name, Some("Grace".into()));
}

#[test]
fn given_a_matter_for_a_person_then_it_escalates_without_a_draft() {
    let found = answer(&policy("protocol-raw"), facts("My dog is very unwell since this batch."));
    assert_eq!(found.category, "escalation");
    assert!(found.escalates() && found.draft_response.text().is_empty());
    assert_eq!(found.action.as_deref(), Some("escalate"));
}

#[test]
fn given_a_text_on_nothing_known_then_the_confidence_is_low() {
    let policy = policy("protocol-raw");
    for text in ["", "???", "Xyzzy plugh", "量子力学について教えてください"] {
        let found = answer(&policy, facts(text));
        assert!(found.confidence.hundredths() <= 40, "{text}: {}", found.confidence);
        assert!(found.draft_response.text().is_empty(), "{text}");
    }
}

#[tokio::test]
async fn given_the_same_question_then_every_provider_gives_the_same_answer() {
    let ask = || async {
        let policy = Arc::new(policy("protocol-raw"));
        let request = Request::new(policy, "v1".to_owned(), facts("Where is my box, please?"));
        let provider = BuiltIn::new();
        let first = provider.ask(&request).await.expect("answered");
        let second = provider.ask(&request).await.expect("answered");
        assert_eq!(first.raw, second.raw);
        first
    };
    let (one, other) = (ask().await, ask().await);
    assert_eq!(one.raw, other.raw);
    assert_eq!((one.model.as_str(), one.cost_micro_usd), (MODEL, 0));
}

#[test]
fn given_a_policy_without_examples_then_the_error_says_so() {
    let mut bare = policy("protocol-raw");
    bare.categories.iter_mut().for_each(|category| category.examples.clear());
    let request = Request::new(Arc::new(bare), "v1".to_owned(), facts("Hello"));
    let error = BuiltIn::new().answer(&request).expect_err("nothing to learn");
    assert_eq!(error.kind, AskErrorKind::InvalidRequest);
    assert!(error.message.contains("examples"));
}

#[test]
fn given_a_changed_policy_under_another_version_then_it_is_learnt_anew() {
    let provider = BuiltIn::new();
    let mut changed = policy("protocol-raw");
    let ask = |policy: &Policy, version: &str| {
        let facts = facts("Do you ship to Northern Ireland?");
        let request = Request::new(Arc::new(policy.clone()), version.to_owned(), facts);
        provider.answer(&request).expect("answered")
    };
    assert!(ask(&changed, "v1").contains("\"category\":\"delivery\""));
    for category in &mut changed.categories {
        if category.code == "delivery" {
            category.code = "shipping".to_owned();
        }
    }
    assert!(ask(&changed, "v2").contains("\"category\":\"shipping\""));
}
