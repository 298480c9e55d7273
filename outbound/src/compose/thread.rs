//! What ties a mail to its thread (RFC 5322 section 3.6.4).

/// Longest identifier that is repeated, in bytes.
const ID_BYTES_MAX: usize = 300;
/// Most identifiers in References.
const IDS_MAX: usize = 20;
/// Most bytes in References; some servers cut or refuse longer fields.
const BYTES_MAX: usize = 2000;

/// Whether an identifier of somebody else's making can be written between angle brackets.
pub fn usable(id: &str) -> bool {
    let graphic = id.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    !id.is_empty() && id.len() <= ID_BYTES_MAX && graphic
}

/// The thread, oldest first and each once, ending with the mail that is answered. A long thread
/// keeps its first mail, by which readers group it, and the newest ones.
pub fn references<'a>(known: &'a [String], parent: Option<&'a str>) -> Vec<&'a str> {
    let mut ids: Vec<&str> = Vec::new();
    for id in known.iter().map(String::as_str) {
        if usable(id) && Some(id) != parent && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.extend(parent);
    let Some((first, others)) = ids.split_first() else { return ids };
    let mut bytes = first.len() + 3;
    let mut newest: Vec<&str> = Vec::new();
    for id in others.iter().rev().take(IDS_MAX - 1) {
        bytes += id.len() + 3;
        if bytes > BYTES_MAX {
            break;
        }
        newest.push(id);
    }
    newest.push(first);
    newest.reverse();
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answered_mail_comes_last_and_once() {
        let known = ["a@x", "b@x", "a@x", "bad id", "c@x"].map(str::to_owned);
        assert_eq!(references(&known, Some("b@x")), ["a@x", "c@x", "b@x"]);
        assert_eq!(references(&[], Some("p@x")), ["p@x"]);
        assert_eq!(references(&known[..1], None), ["a@x"]);
        assert!(references(&[], None).is_empty());
    }

    #[test]
    fn a_long_thread_keeps_its_ends() {
        let known: Vec<String> = (0..500).map(|n| format!("m{n}@x")).collect();
        let kept = references(&known, Some("last@x"));
        assert_eq!((kept.len(), kept[0], kept[19]), (IDS_MAX, "m0@x", "last@x"));
        assert_eq!(kept[18], "m499@x");
        let wide: Vec<String> = (0..50).map(|n| format!("{n}{}@x", "w".repeat(280))).collect();
        let kept = references(&wide, Some("last@x"));
        assert!(kept.iter().map(|id| id.len() + 3).sum::<usize>() <= BYTES_MAX);
        assert_eq!((kept[0], kept.last().copied()), (wide[0].as_str(), Some("last@x")));
    }

    #[test]
    fn identifiers_cannot_carry_anything_else() {
        for bad in ["", "a b@x", "a>\r\nBcc: b", "<a@x>", "ü@x", "a\0@x", "a\t@x"] {
            assert!(!usable(bad), "{bad:?}");
        }
        assert!(!usable(&"x".repeat(301)) && usable("no-at-sign") && usable("a(b)\"c@x"));
    }
}
