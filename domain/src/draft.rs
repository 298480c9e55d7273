//! How a draft was used: the reply held against what was proposed (SOP CS-01, "Draft Usage
//! Tracking"; the definition below is version 1).

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the definition in this module.
pub const DEFINITION: u32 = 1;

/// Similarity above which a changed draft counts as slightly edited, in thousandths.
const MINOR_ABOVE: u32 = 700;
/// Similarity below which a draft counts as replaced, in thousandths.
const REPLACED_BELOW: u32 = 200;

/// How an agent used a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DraftUsage {
    /// Unchanged.
    SentAsIs,
    /// More than 70 % of the draft's words are in the reply.
    MinorEdits,
    /// 20 % to 70 % of them are.
    MajorRewrite,
    /// Less than 20 % of them are.
    Replaced,
    /// There was no draft.
    NoDraft,
}

impl DraftUsage {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SentAsIs => "sent_as_is",
            Self::MinorEdits => "minor_edits",
            Self::MajorRewrite => "major_rewrite",
            Self::Replaced => "replaced",
            Self::NoDraft => "no_draft",
        }
    }
}

/// A reply held against the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DraftComparison {
    /// How the draft was used.
    pub usage: DraftUsage,
    /// Words that both have, as a multiset.
    pub matching_words: u32,
    /// Words of the draft.
    pub draft_words: u32,
    /// Version of the definition.
    pub definition: u32,
}

impl DraftComparison {
    /// Share of the draft's words that are in the reply, in thousandths, rounded down.
    pub const fn similarity_thousandths(&self) -> Option<u32> {
        if self.draft_words == 0 {
            return None;
        }
        Some((self.matching_words as u64 * 1000 / self.draft_words as u64) as u32)
    }
}

/// Compares the approved text with the draft, both before `[Name]` and sign-off are filled in.
///
/// Line endings and white space at the ends of lines and of the text do not count. Otherwise the
/// similarity is the number of matching words (as a multiset) over the words of the draft; exactly
/// 70 % is a major rewrite, exactly 20 % is, too.
pub fn compare(draft: Option<&str>, reply: &str) -> DraftComparison {
    let Some(draft) = draft.filter(|draft| !draft.trim().is_empty()) else {
        return DraftComparison {
            usage: DraftUsage::NoDraft,
            matching_words: 0,
            draft_words: 0,
            definition: DEFINITION,
        };
    };
    let (matching, words) = overlap(draft, reply);
    let usage = if normalised(draft) == normalised(reply) {
        DraftUsage::SentAsIs
    } else {
        // Compared by cross-multiplication, so that exactly 70 % stays exact.
        let scaled = u64::from(matching) * 1000;
        if scaled > u64::from(words) * u64::from(MINOR_ABOVE) {
            DraftUsage::MinorEdits
        } else if scaled < u64::from(words) * u64::from(REPLACED_BELOW) {
            DraftUsage::Replaced
        } else {
            DraftUsage::MajorRewrite
        }
    };
    DraftComparison { usage, matching_words: matching, draft_words: words, definition: DEFINITION }
}

fn normalised(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = unified.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

/// Words of the draft that the reply has, each as often as both have it, and words of the draft.
fn overlap(draft: &str, reply: &str) -> (u32, u32) {
    let mut left: HashMap<&str, u32> = HashMap::new();
    for word in reply.split_whitespace() {
        *left.entry(word).or_default() += 1;
    }
    let (mut matching, mut words) = (0_u32, 0_u32);
    for word in draft.split_whitespace() {
        words = words.saturating_add(1);
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            matching = matching.saturating_add(1);
        }
    }
    (matching, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(draft: &str, reply: &str) -> DraftUsage {
        compare(Some(draft), reply).usage
    }

    #[test]
    fn given_other_line_endings_only_then_it_was_sent_as_it_was() {
        assert_eq!(usage("Hi Ada,\n\nyes.", "Hi Ada,\r\n\r\nyes.  \n"), DraftUsage::SentAsIs);
    }

    #[test]
    fn given_no_draft_then_that_wins_over_any_text() {
        assert_eq!(compare(None, "Hello").usage, DraftUsage::NoDraft);
        assert_eq!(compare(Some("  \n"), "Hello").usage, DraftUsage::NoDraft);
        assert_eq!(compare(None, "Hello").similarity_thousandths(), None);
    }

    #[test]
    fn the_limits_of_the_definition_are_exact() {
        let draft = "a b c d e f g h i j";
        assert_eq!(usage(draft, "a b c d e f g h"), DraftUsage::MinorEdits);
        assert_eq!(usage(draft, "a b c d e f g"), DraftUsage::MajorRewrite);
        assert_eq!(usage(draft, "a b"), DraftUsage::MajorRewrite);
        assert_eq!(usage(draft, "a"), DraftUsage::Replaced);
    }

    #[test]
    fn words_count_as_often_as_both_have_them() {
        let found = compare(Some("the the the cat"), "the cat sat");
        assert_eq!((found.matching_words, found.draft_words), (2, 4));
        assert_eq!(found.similarity_thousandths(), Some(500));
    }

    #[test]
    fn given_a_draft_with_long_additions_then_it_is_still_slightly_edited() {
        let draft = "Your box is on its way.";
        let reply = format!("{draft} {}", "And more words. ".repeat(50));
        assert_eq!(usage(draft, &reply), DraftUsage::MinorEdits);
    }
}
