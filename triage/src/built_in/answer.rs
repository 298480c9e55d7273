//! Everything that a policy teaches, and the answer that follows from it.

use casebook_domain::policy::{CategoryRole, Policy};
use casebook_domain::triage::{MessageFacts, name_from_sign_off};
use serde_json::json;

use super::calibration::Calibration;
use super::classifier::Classifier;
use super::corpus::{examples, paragraphs, sentences};
use super::draft::Library;
use super::features::Vocabulary;
use super::language::language;
use super::subject::suggest;
use super::vector::Vector;

/// Most sentences of a message that are looked at one by one.
const SENTENCES_LIMIT: usize = 24;
/// Least confidence in the category with which a draft is offered.
const DRAFT_CONFIDENCE: f64 = 0.5;
/// Nearness below which a message counts as being about nothing known.
const FOREIGN: f64 = 0.04;
/// Why a message of the escalation category needs a person.
const REASON: &str = "Resembles messages that a person must take at once";
/// Codes of actions that are recommended when the policy has them.
const ESCALATE: &str = "escalate";
const SEND_REPLY: &str = "send_reply";

/// What one policy teaches.
pub(super) struct Learnt {
    vocabulary: Vocabulary,
    classifier: Classifier,
    calibration: Calibration,
    library: Library,
}

impl Learnt {
    /// Learns a policy; `None` when fewer than two categories have examples.
    pub(super) fn from(policy: &Policy) -> Option<Self> {
        let examples = examples(policy);
        let articles = paragraphs(policy);
        let texts = examples.iter().map(|(text, _)| text.as_str());
        let vocabulary = Vocabulary::learn(
            texts.chain(articles.iter().map(|paragraph| paragraph.text.as_str())),
        );
        let vectors: Vec<(Vector, usize)> =
            examples.iter().map(|(text, class)| (vocabulary.vector(text), *class)).collect();
        let classifier = Classifier::learn(vectors)?;
        let calibration = Calibration::learn(classifier.held_out());
        let library = Library::of(policy, &vocabulary);
        Some(Self { vocabulary, classifier, calibration, library })
    }

    /// The answer to a message, as JSON.
    pub(super) fn answer(&self, policy: &Policy, facts: &MessageFacts) -> String {
        let text = message_text(facts);
        let parts: Vec<&str> = sentences(&text).take(SENTENCES_LIMIT).collect();
        let vectors: Vec<Vector> = parts.iter().map(|part| self.vocabulary.vector(part)).collect();
        let whole = self.vocabulary.vector(&text);
        let judgement = self.classifier.judge(&whole, &vectors);
        let confidence = self.calibration.confidence(&judgement);
        let first = judgement.classes.first().map_or(0, |(class, _)| *class);
        let known = judgement.nearest >= FOREIGN;
        let category = policy
            .categories
            .get(first)
            .filter(|_| known)
            .or_else(|| policy.fallback_category())
            .or_else(|| policy.categories.first());
        let role = category.map(|category| category.role).unwrap_or_default();
        let escalates = role == CategoryRole::Escalation;
        let name = facts
            .known_name()
            .or_else(|| name_from_sign_off(&facts.new_text, facts.signature.as_deref()));
        let drafts = role == CategoryRole::Ordinary && confidence >= DRAFT_CONFIDENCE;
        let mut all = vectors;
        all.push(whole);
        let draft =
            drafts.then(|| self.draft(policy, facts, &text, &all, name.as_deref())).flatten();
        let action = match (escalates, draft.is_some()) {
            (true, _) => policy.action(ESCALATE),
            (false, true) => policy.action(SEND_REPLY),
            (false, false) => None,
        };
        json!({
            "category": category.map(|category| category.code.as_str()).unwrap_or_default(),
            "confidence": confidence,
            "draft_response": draft.unwrap_or_default(),
            "action": action.map(|action| action.code.as_str()),
            "escalation_reason": escalates.then_some(REASON),
            "suggested_subject": self.subject(&parts, &all),
            "customer_name": name,
        })
        .to_string()
    }

    fn draft(
        &self,
        policy: &Policy,
        facts: &MessageFacts,
        text: &str,
        vectors: &[Vector],
        name: Option<&str>,
    ) -> Option<String> {
        let tag = language(text, facts.language.as_deref(), &policy.languages)?;
        let known = facts.customer.as_ref().filter(|_| facts.is_existing_customer);
        let directory = known.and_then(|customer| customer.first_name.as_deref());
        let first = directory.or_else(|| name.and_then(|name| name.split_whitespace().next()));
        let first = first.map(str::trim).filter(|first| first.chars().all(is_of_name));
        self.library.draft(policy, vectors, &tag, first.filter(|first| !first.is_empty()))
    }

    /// A subject from the sentence that is nearest to an example.
    fn subject(&self, parts: &[&str], vectors: &[Vector]) -> Option<String> {
        let seen = parts.iter().zip(vectors);
        let rated = seen.filter_map(|(part, vector)| {
            let subject = suggest(part)?;
            Some((subject, self.classifier.judge(vector, &[]).nearest))
        });
        let best = rated.fold(None, |best: Option<(String, f64)>, next| match best {
            Some(best) if best.1 >= next.1 => Some(best),
            _ => Some(next),
        });
        best.map(|(subject, _)| subject)
    }
}

/// Subject and text, the sign-off's name aside: names say nothing about the matter.
fn message_text(facts: &MessageFacts) -> String {
    match facts.subject.as_deref() {
        Some(subject) => format!("{subject}\n{}", facts.text()),
        None => facts.text().to_owned(),
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.')
}
