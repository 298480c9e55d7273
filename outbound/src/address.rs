//! Addresses in the form in which they travel.

use lettre::Address;

/// An address that can stand in an envelope and in a header field: its domain in ASCII form (RFC
/// 5891), no control characters. `None` when it is malformed.
pub fn travelling(address: &str) -> Option<Address> {
    if address.chars().any(char::is_control) {
        return None;
    }
    let parsed: Address = address.trim().parse().ok()?;
    if parsed.domain().is_ascii() {
        return Some(parsed);
    }
    let domain = idna::domain_to_ascii(parsed.domain()).ok()?;
    Address::new(parsed.user(), domain).ok()
}

#[cfg(test)]
mod tests {
    use super::travelling;

    fn text(address: &str) -> Option<String> {
        travelling(address).map(|address| address.to_string())
    }

    #[test]
    fn domains_travel_in_ascii() {
        assert_eq!(text("kim@bücher.example").as_deref(), Some("kim@xn--bcher-kva.example"));
        assert_eq!(text("kim@desk.example").as_deref(), Some("kim@desk.example"));
        assert_eq!(text("müller@desk.example").as_deref(), Some("müller@desk.example"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let bad = ["", "kim", "kim@", "@x.example", "a b@x.example", "a@x.example> SIZE=1"];
        for bad in bad.into_iter().chain(["a@x.example\r\nDATA", "a\0@x.example", "a@b@c d"]) {
            assert_eq!(text(bad), None, "{bad:?}");
        }
    }
}
