//! What a server said, without what it said about people.

/// Longest text that is kept, in characters.
const CHARS_MAX: usize = 160;

/// The server's words as one short line of printable ASCII. Words that hold an address, or a name
/// before the `@` of one of the `private` addresses, become `...`.
pub fn public(spoken: &str, private: &[&str]) -> String {
    let names = private.iter().filter_map(|address| address.rsplit_once('@'));
    let names: Vec<String> = names.map(|(name, _)| name.to_lowercase()).collect();
    let mut line = String::new();
    for word in spoken.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let personal = word.contains('@') || names.contains(&bare) || !word.is_ascii();
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(if personal { "..." } else { word });
    }
    line.chars().take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::public;

    #[test]
    fn people_are_left_out() {
        let spoken = "550 5.1.1 <kim.lee@x.example>: user Kim.Lee unknown\r\n in  table";
        let expected = "550 5.1.1 ... user ... unknown in table";
        assert_eq!(public(spoken, &["kim.lee@x.example"]), expected);
        assert_eq!(public("250 2.0.0 Ok: queued as 4F2", &[]), "250 2.0.0 Ok: queued as 4F2");
        assert_eq!(public(&"word ".repeat(100), &[]).len(), 160);
    }
}
