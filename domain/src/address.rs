//! Mail addresses: one normal form for comparing, one check for accepting.

use unicode_normalization::UnicodeNormalization;

/// Longest address in bytes (RFC 5321: a path of 256 with its angle brackets).
const ADDRESS_LIMIT_BYTES: usize = 254;
/// Longest part before the `@` in bytes (RFC 5321 section 4.5.3.1.1).
const LOCAL_LIMIT_BYTES: usize = 64;
/// Longest domain in bytes (RFC 5321 section 4.5.3.1.2).
const DOMAIN_LIMIT_BYTES: usize = 253;
/// Longest label of a domain in bytes (RFC 1035).
const LABEL_LIMIT_BYTES: usize = 63;

/// The form in which addresses are compared, hashed and looked up: trimmed, lower case, NFC.
///
/// International domains stay as they are written, and what follows a `+` stays: two such
/// addresses may belong to two people.
pub fn normalise(text: &str) -> String {
    text.trim().to_lowercase().nfc().collect::<String>().trim().to_owned()
}

/// A sound address in normal form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }
}

impl std::fmt::Debug for Address {
    /// Keeps the address out of logs: it is personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(..)")
    }
}

/// Why a text is not an address. The text itself is never part of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `@`, or nothing before it.
    #[error("an address has a name, an @ and a domain")]
    Shape,
    /// A part is longer than mail allows.
    #[error("the address is longer than 254 bytes, or its name longer than 64")]
    TooLong,
    /// White space or control characters, or a character that needs quotes.
    #[error("the address holds a character that is not allowed there")]
    Character,
    /// The domain is not a domain.
    #[error("what follows the @ is not a domain")]
    Domain,
}

/// Accepts an address as RFC 5321 and RFC 6531 write it, and brings it into normal form.
///
/// # Errors
/// [`AddressError`] names the rule that is broken.
pub fn parse_address(text: &str) -> Result<Address, AddressError> {
    let text = normalise(text);
    let at = text.rfind('@').ok_or(AddressError::Shape)?;
    let (local, domain) = (&text[..at], &text[at + 1..]);
    if local.is_empty() {
        return Err(AddressError::Shape);
    }
    if text.len() > ADDRESS_LIMIT_BYTES || local.len() > LOCAL_LIMIT_BYTES {
        return Err(AddressError::TooLong);
    }
    if !is_local(local) {
        return Err(AddressError::Character);
    }
    if !is_domain(domain) && !is_literal(domain) {
        return Err(AddressError::Domain);
    }
    Ok(Address { text, at })
}

/// Whether a text is a domain name: labels of letters, digits and inner hyphens.
pub fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_LIMIT_BYTES
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || is_mark(c))
    };
    text.len() <= DOMAIN_LIMIT_BYTES && text.split('.').all(label)
}

/// Combining marks occur in the labels of many scripts; they are neither letters nor ASCII.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// An address literal such as `[192.0.2.1]` or `[ipv6:2001:db8::1]`.
fn is_literal(domain: &str) -> bool {
    let Some(inner) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    inner.parse::<std::net::Ipv4Addr>().is_ok()
        || inner
            .strip_prefix("ipv6:")
            .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

/// A name is a quoted text, or atoms with single dots between them.
fn is_local(local: &str) -> bool {
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Some(inner) = quoted.filter(|_| local.len() >= 2) {
        return is_quoted(inner);
    }
    let atom = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(c)
            || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
    };
    local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

/// Inside quotes, `"` and `\` need a `\` before them; control characters never occur.
fn is_quoted(inner: &str) -> bool {
    let mut escaped = false;
    for c in inner.chars() {
        if c.is_control() || (c == '"' && !escaped) {
            return false;
        }
        escaped = c == '\\' && !escaped;
    }
    !escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_addresses_have_one_normal_form() {
        assert_eq!(normalise("  Ada.Byron@Example.ORG\r\n"), "ada.byron@example.org");
        assert_eq!(normalise("JOSE\u{301}@example.org"), "jos\u{e9}@example.org");
        assert_eq!(normalise("ada+box@example.org"), "ada+box@example.org");
        assert_eq!(normalise("A@MÜLLER.example"), "a@müller.example");
    }

    #[test]
    fn the_normal_form_is_stable() {
        for text in ["İ@example.org", " \u{a0}Ǆ@x.y ", "Σ@example.org", "\u{1e9e}@a"] {
            let once = normalise(text);
            assert_eq!(normalise(&once), once);
        }
    }

    #[test]
    fn sound_addresses_are_accepted_in_parts() {
        let address = parse_address(" Hello@ProtocolRaw.co.uk ").expect("sound");
        assert_eq!((address.local(), address.domain()), ("hello", "protocolraw.co.uk"));
        for text in [
            "a@b",
            "o'brien@example.com",
            "\"a b\"@example.com",
            "\"a\\\"@b\"@example.com",
            "dörte@müller.example",
            "x@[192.0.2.1]",
            "x@[IPv6:2001:db8::1]",
        ] {
            assert!(parse_address(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn unsound_addresses_are_refused_by_rule() {
        let long = format!("{}@example.com", "a".repeat(65));
        for (text, error) in [
            ("", AddressError::Shape),
            ("ada", AddressError::Shape),
            ("@example.com", AddressError::Shape),
            (long.as_str(), AddressError::TooLong),
            ("a b@example.com", AddressError::Character),
            ("a..b@example.com", AddressError::Character),
            ("a@b@example.com", AddressError::Character),
            ("\"a\"b\"@example.com", AddressError::Character),
            ("a\u{0}@example.com", AddressError::Character),
            ("a@", AddressError::Domain),
            ("a@-b.example", AddressError::Domain),
            ("a@b..example", AddressError::Domain),
            ("a@exa mple.com", AddressError::Domain),
            ("a@[300.1.1.1]", AddressError::Domain),
        ] {
            assert_eq!(parse_address(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_address_does_not_show_in_logs() {
        let address = parse_address("ada@example.org").expect("sound");
        assert!(!format!("{address:?}").contains("ada"));
    }
}
