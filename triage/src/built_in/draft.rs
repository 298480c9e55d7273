//! A reply from the articles, where one of them answers.

use casebook_domain::policy::Policy;

use super::corpus::{Paragraph, paragraphs};
use super::features::Vocabulary;
use super::language::language;
use super::vector::Vector;

/// Least nearness of a paragraph to the message, as a cosine.
const NEARNESS_MIN: f64 = 0.16;
/// How near a second paragraph of the same article must be, as a share of the first one's.
const SECOND_SHARE: f64 = 0.75;

/// What stands around the paragraphs, by language: greeting without a name, greeting before a
/// name, first sentence, last sentence.
const FRAMES: [(&str, [&str; 4]); 3] = [
    (
        "en",
        [
            "Hello,",
            "Hi ",
            "Thank you for your message.",
            "If this does not answer your question, just reply and a colleague will look into it.",
        ],
    ),
    (
        "de",
        [
            "Hallo,",
            "Hallo ",
            "vielen Dank für die Nachricht.",
            "Falls damit noch etwas offen ist, genügt eine kurze Antwort, und jemand aus dem Team sieht es sich an.",
        ],
    ),
    (
        "fr",
        [
            "Bonjour,",
            "Bonjour ",
            "Merci pour votre message.",
            "Si cela ne répond pas à votre question, il suffit de répondre et un collègue s'en occupera.",
        ],
    ),
];

/// The articles, ready to be searched.
pub(super) struct Library {
    paragraphs: Vec<(Paragraph, Vector, Option<String>)>,
}

impl Library {
    /// Reads the articles of a policy.
    pub(super) fn of(policy: &Policy, vocabulary: &Vocabulary) -> Self {
        let read = |paragraph: Paragraph| {
            let vector = vocabulary.vector(&format!("{} {}", paragraph.title, paragraph.text));
            let tag = language(&paragraph.text, None, &policy.languages);
            (paragraph, vector, tag)
        };
        Self { paragraphs: paragraphs(policy).into_iter().map(read).collect() }
    }

    /// A reply in the message's language to a person of this first name; `None` when no article
    /// in that language is near enough.
    pub(super) fn draft(
        &self,
        policy: &Policy,
        message: &[Vector],
        tag: &str,
        first_name: Option<&str>,
    ) -> Option<String> {
        let (_, [greeting, before_name, opening, ending]) =
            FRAMES.iter().find(|(known, _)| *known == tag)?;
        let near = |vector: &Vector| message.iter().map(|m| m.dot(vector)).fold(0.0, f64::max);
        let mut found: Vec<(usize, &Paragraph, f64)> = self
            .paragraphs
            .iter()
            .enumerate()
            .filter(|(_, (_, _, known))| known.as_deref() == Some(tag))
            .map(|(at, (paragraph, vector, _))| (at, paragraph, near(vector)))
            .collect();
        found.sort_by(|a, b| b.2.total_cmp(&a.2));
        let (_, best, nearness) = *found.first().filter(|(_, _, n)| *n >= NEARNESS_MIN)?;
        let mut chosen: Vec<(usize, &Paragraph, f64)> = found
            .into_iter()
            .filter(|(_, p, n)| p.article == best.article && *n >= nearness * SECOND_SHARE)
            .take(2)
            .collect();
        chosen.sort_by_key(|(at, _, _)| *at);
        let greeting = match first_name {
            Some(name) => format!("{before_name}{name},"),
            None => (*greeting).to_owned(),
        };
        let letter = |parts: &[&str]| {
            let body = parts.join("\n\n");
            format!("{greeting}\n\n{opening}\n\n{body}\n\n{ending}")
        };
        let both: Vec<&str> = chosen.iter().map(|(_, p, _)| p.text.as_str()).collect();
        let fits = |text: &String| fits(policy, text);
        Some(letter(&both)).filter(fits).or_else(|| Some(letter(&[&best.text])).filter(fits))
    }
}

fn fits(policy: &Policy, text: &str) -> bool {
    let limit = usize::try_from(policy.drafts.max_words).unwrap_or(usize::MAX);
    limit == 0 || text.split_whitespace().count() <= limit
}
