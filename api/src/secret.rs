//! Secrets of the configuration: never shown, compared in constant time.

use std::fmt;

use serde::Deserialize;
use subtle::ConstantTimeEq;

/// A secret. `Debug` hides it; there is no `Display` and no `Serialize`.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// Whether nothing was set. A blank secret counts as none, so that it opens nothing.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Whether `given` is the secret. The time tells nothing but the length.
    pub(crate) fn matches(&self, given: &[u8]) -> bool {
        !self.is_blank() && bool::from(self.0.as_bytes().ct_eq(given))
    }

    /// Whether two secrets are the same.
    pub(crate) fn is_equal(&self, other: &Self) -> bool {
        self.matches(other.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_matches_and_nothing_shows_it() {
        let secret = Secret::new("open sesame");
        assert!(secret.matches(b"open sesame"));
        assert!(!secret.matches(b"open sesam"));
        assert!(!secret.matches(b""));
        assert!(!format!("{secret:?}").contains("sesame"));
    }

    #[test]
    fn a_blank_secret_opens_nothing() {
        assert!(!Secret::new("").matches(b""));
        assert!(!Secret::new(" ").matches(b" "));
    }
}
