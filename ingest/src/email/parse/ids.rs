//! Message identifiers (RFC 5322 section 3.6.4), without their angle brackets.

use super::words;

/// The identifiers in a field, in order. Where no bracket is found, every word with an `@` counts,
/// or the only word there is.
pub fn list(value: &str, limit: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = value;
    while let Some(open) = rest.find('<')
        && found.len() < limit
    {
        let inner = &rest[open + 1..];
        let end = inner.find(['>', '<']).unwrap_or(inner.len());
        let id = normal(&inner[..end]);
        if !id.is_empty() && inner[end..].starts_with('>') {
            found.push(id);
        }
        rest = &inner[end..];
    }
    if found.is_empty() {
        let bare: Vec<&str> = value.split_whitespace().collect();
        let single = bare.len() == 1;
        let plain = bare.iter().filter(|word| single || word.contains('@'));
        found.extend(plain.map(|word| normal(word)).filter(|id| !id.is_empty()).take(limit));
    }
    found
}

/// The identifier of a Message-ID field.
pub fn single(value: &str) -> Option<String> {
    if value.contains('<') {
        return list(value, 1).into_iter().next().or_else(|| whole(value));
    }
    whole(value)
}

fn whole(value: &str) -> Option<String> {
    Some(normal(value)).filter(|id| !id.is_empty())
}

fn normal(text: &str) -> String {
    words::collapse(text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_optional() {
        assert_eq!(list("<a@b> <c@d>", 9), ["a@b", "c@d"]);
        assert_eq!(list("a@b c@d", 9), ["a@b", "c@d"]);
        assert_eq!(list("Your mail of Monday <a@b>", 9), ["a@b"]);
        assert_eq!(list("see my last mail", 9), Vec::<String>::new());
        assert_eq!(single("<1 @ local .machine>"), Some("1 @ local .machine".to_owned()));
        assert_eq!(single(" a@b "), Some("a@b".to_owned()));
        assert_eq!(single("<>"), None);
    }

    #[test]
    fn lists_are_bounded() {
        assert_eq!(list(&"<a@b>".repeat(100), 3).len(), 3);
    }
}
