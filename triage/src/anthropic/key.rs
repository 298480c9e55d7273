//! The key of the account.

use std::fmt;

use reqwest::header::HeaderValue;
use thiserror::Error;

/// A key that is never printed.
#[derive(Clone)]
pub struct ApiKey(HeaderValue);

/// A text cannot be a key. The text itself is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the API key is empty or holds characters that cannot stand in a header")]
pub struct InvalidKey;

impl ApiKey {
    /// Takes a key; white space around it, as files have it, is dropped.
    ///
    /// # Errors
    /// [`InvalidKey`] when it is empty or holds control or non-ASCII characters.
    pub fn new(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidKey);
        }
        let mut value = HeaderValue::from_str(text).map_err(|_| InvalidKey)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// The value of the header, marked as sensitive.
    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_trimmed_checked_and_never_printed() {
        let key = ApiKey::new(" sk-test-1\n").expect("sound");
        assert_eq!(key.header(), "sk-test-1");
        assert!(!format!("{key:?} {:?}", key.header()).contains("sk-test"));
        assert!(ApiKey::new("  ").is_err() && ApiKey::new("a\nb").is_err());
        assert!(ApiKey::new("schlüssel").is_err());
    }
}
