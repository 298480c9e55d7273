//! The texts of a policy that teach: examples, descriptions, articles.

use casebook_domain::policy::Policy;

/// A paragraph of an article.
pub(super) struct Paragraph {
    /// Number of its article in the policy.
    pub article: usize,
    /// Title of its article.
    pub title: String,
    /// Its text without marks of Markdown.
    pub text: String,
}

/// Example texts with the number of their category: the examples themselves, and each phrase of
/// the descriptions, which name what examples may have forgotten.
pub(super) fn examples(policy: &Policy) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (number, category) in policy.categories.iter().enumerate() {
        if category.examples.is_empty() {
            continue;
        }
        found.extend(category.examples.iter().map(|text| (text.clone(), number)));
        let phrases = category.description.split([',', ';', ':', '.']).map(str::trim);
        let phrases = phrases.filter(|phrase| phrase.chars().count() > 2);
        found.extend(phrases.map(|text| (text.to_owned(), number)));
    }
    found
}

/// The paragraphs of all articles, headings and lists aside.
pub(super) fn paragraphs(policy: &Policy) -> Vec<Paragraph> {
    let mut found = Vec::new();
    for (article, knowledge) in policy.knowledge.iter().enumerate() {
        let text = knowledge.text.replace("\r\n", "\n");
        for block in text.split("\n\n").map(str::trim) {
            if is_prose(block) {
                let title = knowledge.title().to_owned();
                found.push(Paragraph { article, title, text: plain(block) });
            }
        }
    }
    found
}

/// Whether a block of Markdown can stand in a letter as it is.
fn is_prose(block: &str) -> bool {
    !block.is_empty() && !block.starts_with(['#', '|', '`', '>', '-', '*', '<', '!'])
}

/// A block as one line without emphasis.
fn plain(block: &str) -> String {
    let line = block.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace("**", "").replace('`', "")
}

/// The sentences of a text, lines being ends too.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '\n' | ';');
    text.split(ends).map(str::trim).filter(|s| s.chars().filter(|c| c.is_alphabetic()).count() > 3)
}
