//! Cuts the sign-off from a draft, because the persona's own is added when the reply is sent
//! (SOP CS-01 v2.4, sign-off stripping).
//!
//! Only the last few lines are looked at, and only lines that hold nothing but closing material:
//! formulas, names of personas, the brand, `[Name]`, a team, our own address. Greeting and body
//! stay as they are, whatever words they use.

use super::super::closing::{FILLERS, FORMULAS, SLOT_WORD, words};
use crate::policy::Policy;

/// How many of the last lines that are not blank may belong to a sign-off.
const LAST_LINES: usize = 6;
/// Most words of a line that may be an unknown signer's name.
const NAME_WORDS: usize = 3;

/// What a line is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Blank,
    /// A closing formula, perhaps with a name.
    Formula,
    /// A persona, the brand or a slot for the name.
    Signer,
    /// Material that belongs to a sign-off only below a formula or signer.
    Below,
    /// A short line that may be an unknown signer's name below a formula.
    NameLike,
    Other,
}

/// A draft with its sign-off cut off; the same text when it has none.
pub fn strip_sign_off(policy: &Policy, draft: &str) -> String {
    let vocabulary = Vocabulary::of(policy);
    let lines: Vec<&str> = draft.trim_end().lines().collect();
    let kept = lines.get(..body_lines(&vocabulary, &lines)).unwrap_or(&lines);
    let body = kept.join("\n");
    let body = without_dashes(body.trim_end());
    vocabulary.cut_inline(body).trim_end().to_owned()
}

/// How many lines stand above the sign-off.
fn body_lines(vocabulary: &Vocabulary, lines: &[&str]) -> usize {
    let mut cut = lines.len();
    let mut seen = 0;
    let mut names_below = false;
    for (index, line) in lines.iter().enumerate().rev() {
        let kind = vocabulary.classify(line);
        match kind {
            Line::Blank => continue,
            Line::Other => break,
            Line::Formula => (cut, names_below) = (index, false),
            // A name-like line below a signer without a formula is no sign-off of ours.
            Line::Signer if !names_below => cut = index,
            Line::NameLike => names_below = true,
            Line::Signer | Line::Below => {}
        }
        seen += 1;
        if seen == LAST_LINES {
            break;
        }
    }
    cut
}

/// Drops lines of dashes at the end, which introduced the sign-off.
fn without_dashes(text: &str) -> &str {
    let mut rest = text;
    while let Some((before, last)) = rest.rsplit_once('\n') {
        let dashes = |c: char| matches!(c, '-' | '–' | '—' | '_' | '*' | '~' | ' ');
        if last.is_empty() || !last.chars().all(dashes) {
            break;
        }
        rest = before.trim_end();
    }
    rest
}

/// The phrases that sign-offs under one policy are made of, as folded words, longest first.
struct Vocabulary {
    phrases: Vec<(Vec<String>, Part)>,
    own: Vec<String>,
}

/// What a phrase says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Formula,
    Signer,
    Filler,
}

impl Vocabulary {
    fn of(policy: &Policy) -> Self {
        let mut phrases: Vec<(Vec<String>, Part)> = Vec::new();
        let mut add = |text: &str, part: Part| {
            let words = words(text);
            let part = if words == [SLOT_WORD] { Part::Signer } else { part };
            if !words.is_empty() && !phrases.iter().any(|(known, _)| *known == words) {
                phrases.push((words, part));
            }
        };
        add("[Name]", Part::Signer);
        add(&policy.sending.brand, Part::Signer);
        policy.drafts.sign_offs.iter().for_each(|text| add(text, Part::Formula));
        FORMULAS.iter().for_each(|text| add(text, Part::Formula));
        signers(policy).for_each(|text| add(text, Part::Signer));
        FILLERS.iter().for_each(|text| add(text, Part::Filler));
        phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        let drafts = &policy.drafts;
        let own = drafts.link_domains.iter().chain(&drafts.addresses);
        Self { phrases, own: own.map(|text| text.to_lowercase()).collect() }
    }

    fn classify(&self, line: &str) -> Line {
        if line.trim().is_empty() {
            return Line::Blank;
        }
        let words = words(line);
        if words.is_empty() || self.is_own_contact(line) {
            return Line::Below;
        }
        match self.parts(&words) {
            Some(parts) if parts.contains(&Part::Formula) => Line::Formula,
            Some(parts) if parts.contains(&Part::Signer) => Line::Signer,
            Some(_) => Line::Below,
            None if is_name_like(line, words.len()) => Line::NameLike,
            None => Line::Other,
        }
    }

    /// The parts that make up all of the words; `None` when a word is left over.
    fn parts(&self, mut words: &[String]) -> Option<Vec<Part>> {
        let mut found = Vec::new();
        while !words.is_empty() {
            let (phrase, part) = self.phrases.iter().find(|(p, _)| words.starts_with(p))?;
            found.push(*part);
            words = words.get(phrase.len()..)?;
        }
        Some(found)
    }

    /// Whether a line is nothing but our own address or page.
    fn is_own_contact(&self, line: &str) -> bool {
        let line = line.trim().to_lowercase();
        !line.contains(char::is_whitespace) && self.own.iter().any(|own| line.contains(own))
    }

    /// Cuts `Kind regards, Sophie` from the end of the last line, after a finished sentence.
    fn cut_inline<'a>(&self, text: &'a str) -> &'a str {
        let start = text.rfind('\n').map_or(0, |at| at + 1);
        let Some(last) = text.get(start..) else { return text };
        let ends = last.char_indices().filter(|(_, c)| matches!(c, '.' | '!' | '?'));
        for (at, end) in ends {
            let after = start + at + end.len_utf8();
            let tail = text.get(after..).unwrap_or("");
            let Some(parts) = self.parts(&words(tail)) else { continue };
            if parts.contains(&Part::Formula) && parts.contains(&Part::Signer) {
                return text.get(..after).unwrap_or(text);
            }
        }
        text
    }
}

/// Everybody under whose name the tenant's replies are signed.
pub(in crate::triage) fn signers(policy: &Policy) -> impl Iterator<Item = &str> {
    let inboxes = policy.inboxes.iter().filter_map(|inbox| inbox.personas.as_ref()).flatten();
    policy.sending.personas.iter().chain(inboxes).map(String::as_str)
}

/// One to three capitalised words without the punctuation of a sentence.
fn is_name_like(line: &str, count: usize) -> bool {
    let line = line.trim().trim_end_matches(',');
    count <= NAME_WORDS
        && !line.contains(|c: char| c.is_ascii_digit() || ".!?:;@/".contains(c))
        && line.split_whitespace().all(|word| word.chars().next().is_some_and(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::testing::protocol_raw;

    const BODY: &str = "Hi Ada,\n\nThanks for writing. Your box leaves on Monday.";

    fn strip(draft: &str) -> String {
        strip_sign_off(&protocol_raw(), draft)
    }

    #[test]
    fn given_a_sign_off_in_any_form_then_only_greeting_and_body_stay() {
        for closing in [
            "Best regards,\n[Name]\nProtocol Raw",
            "Sophie\nProtocol Raw",
            "Kind regards",
            "Warm regards,\n\nTom",
            "**Best wishes,**\n*Lucy*",
            "All the best, Lucy | Protocol Raw",
            "Best,\nEmily Carter\nCustomer Care",
            "Thanks!\nThe Protocol Raw Team",
            "Cheers\n[Your Name]\nProtocol Raw\nhello@protocolraw.co.uk\nwww.protocolraw.co.uk",
            "Mit freundlichen Grüßen\nIhr Protocol Raw Team",
            "Cordialement,\nL'équipe Protocol Raw",
            "Bien à vous,\nSophie",
            "--\nTom\nProtocol Raw",
            "— Sophie",
            "[Name]",
            "Many thanks and best wishes,\r\nTom\r\n",
        ] {
            assert_eq!(strip(&format!("{BODY}\n\n{closing}")), BODY, "{closing}");
        }
    }

    #[test]
    fn given_closing_words_in_greeting_and_body_then_nothing_is_cut() {
        for draft in [
            "Hi Sophie,\n\nBest regards to your dog! Thanks for the photo of Tom.",
            "Hi Tom,\n\nThanks for your patience.\n\nBest is to thaw it overnight.",
            "Dear Lucy,\n\nWe will look into it and write again.",
            "Best regards,\nTom\n\nP.S. The box leaves on Monday.",
            "Hi Ada,\n\nYou can choose:\nChicken\nTurkey\nLamb",
            "Hi Ada,\n\nWe will find out. Thanks!",
        ] {
            assert_eq!(strip(draft), draft);
        }
    }

    #[test]
    fn given_a_sign_off_on_the_last_line_of_the_body_then_the_sentence_stays() {
        assert_eq!(strip("Hi Ada,\n\nIt is late. Kind regards, Tom"), "Hi Ada,\n\nIt is late.");
    }

    #[test]
    fn given_a_long_draft_then_only_the_last_lines_are_examined() {
        let draft = format!("Hi,\n\n{}", "Thanks\n".repeat(9));
        assert_eq!(strip(&draft).matches("Thanks").count(), 3);
    }
}
