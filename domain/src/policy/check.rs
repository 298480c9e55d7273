//! Finds what is wrong in a policy although its files could be read.

mod parts;

use std::collections::BTreeSet;
use std::fmt;

use super::Policy;

/// Largest canonical form in bytes. All articles are part of each prompt and the policy in force is
/// held in memory for every tenant, so a larger one is a mistake rather than a need.
pub const POLICY_LIMIT_BYTES: usize = 1024 * 1024;

/// One thing to correct before a policy can be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, for example `categories[delivery].customer_name`.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl Policy {
    /// Everything that keeps this policy from being published; empty when it is sound.
    pub fn check(&self) -> Vec<Problem> {
        let mut found = Problems::default();
        parts::identity(self, &mut found);
        parts::thresholds(self, &mut found);
        parts::categories(self, &mut found);
        parts::actions(self, &mut found);
        parts::sending(self, &mut found);
        parts::subjects(self, &mut found);
        parts::prompt(self, &mut found);
        parts::inboxes(self, &mut found);
        parts::routing(self, &mut found);
        parts::monitoring(self, &mut found);
        if let Err(error) = self.gates.compile() {
            found.add("gates", error.to_string());
        }
        let bytes = self.canonical_json().len();
        if bytes > POLICY_LIMIT_BYTES {
            found.add(
                "knowledge",
                format!(
                    "the policy has {bytes} bytes, the limit is {POLICY_LIMIT_BYTES}; shorten it"
                ),
            );
        }
        found.0
    }
}

/// Problems found so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { path: path.into(), message: message.into() });
    }

    /// Adds a problem unless the condition holds.
    fn expect(&mut self, holds: bool, path: &str, message: &str) {
        if !holds {
            self.add(path, message);
        }
    }

    /// A code: lower-case letters, digits, `-` and `_`, beginning with a letter.
    fn code(&mut self, path: &str, code: &str) {
        let mut bytes = code.bytes();
        let sound = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
        self.expect(
            sound,
            path,
            "use lower-case letters, digits, - and _, beginning with a letter",
        );
    }

    /// A text of one line that is not blank.
    fn line(&mut self, path: &str, text: &str) {
        self.expect(
            !text.trim().is_empty() && !text.contains(char::is_control),
            path,
            "write one line of text that is not blank",
        );
    }

    /// A share or confidence.
    fn ratio(&mut self, path: &str, value: f64) {
        self.expect((0.0..=1.0).contains(&value), path, "use a number between 0 and 1");
    }

    /// Texts that must differ from one another.
    fn distinct<'a>(&mut self, path: &str, texts: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for text in texts {
            if !seen.insert(text) {
                self.add(path, format!("`{text}` occurs twice; keep one"));
            }
        }
    }
}
