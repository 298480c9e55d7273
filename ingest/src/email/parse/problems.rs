//! The codes of what was wrong with a mail.

/// A set of problem codes, each kept once, in the order of their first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Notes `code`; a code already noted is not repeated.
    pub fn note(&mut self, code: &str) {
        if !self.0.iter().any(|known| known == code) {
            self.0.push(code.to_owned());
        }
    }

    /// The codes noted.
    pub fn into_codes(self) -> Vec<String> {
        self.0
    }
}
