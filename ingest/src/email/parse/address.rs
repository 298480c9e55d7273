//! Address lists (RFC 5322 section 3.4) as they are found: quoted names, comments, groups, encoded
//! words, missing brackets, missing `@`.

use casebook_domain::mail::Mailbox;

use super::words;

/// Reads an address list. Entries without any `@` keep their word as name and have an empty
/// address, so that nobody is mistaken for a local user.
pub fn list(value: &str, limit: usize) -> Vec<Mailbox> {
    let mut reader =
        Reader { rest: value, entry: Entry::default(), found: Vec::new(), stray_quotes: false };
    while reader.found.len() < limit && reader.step() {}
    reader.close();
    reader.found.truncate(limit);
    reader.found
}

#[derive(Default)]
struct Entry {
    /// Words outside brackets and comments, in order; quoted ones are marked.
    words: Vec<(String, bool)>,
    /// Whether the next word joins the last one without a blank.
    joined: bool,
    comments: Vec<String>,
    angle: Option<String>,
}

struct Reader<'a> {
    rest: &'a str,
    entry: Entry,
    found: Vec<Mailbox>,
    /// Set once a quote was found that never ends: quotes are plain characters from then on.
    stray_quotes: bool,
}

impl Reader<'_> {
    /// Takes one token; `false` at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        match first {
            '"' => self.quoted(),
            '(' => self.comment(),
            '<' => self.angle(),
            ',' | ';' => {
                self.skip(1);
                self.close();
            }
            ':' if self.names_a_group() => {
                self.skip(1);
                self.entry = Entry::default();
            }
            c if c.is_whitespace() => {
                self.skip(c.len_utf8());
                self.entry.joined = false;
            }
            _ => self.word(),
        }
        true
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn names_a_group(&self) -> bool {
        let entry = &self.entry;
        entry.angle.is_none()
            && !entry.words.is_empty()
            && !entry.words.iter().any(|(word, quoted)| !quoted && word.contains('@'))
    }

    fn quoted(&mut self) {
        let closed = if self.stray_quotes { None } else { delimited(&self.rest[1..], '"') };
        let Some((text, length)) = closed else {
            self.stray_quotes = true;
            self.skip(1);
            return;
        };
        self.push_word(text, true);
        self.skip(1 + length);
    }

    fn comment(&mut self) {
        let mut depth = 0usize;
        let mut escaped = false;
        let mut text = String::new();
        let mut length = self.rest.len();
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => text.push(c),
            }
            if depth == 0 {
                length = at + c.len_utf8();
                break;
            }
        }
        self.entry.comments.push(phrase(&[(text, false)]));
        self.skip(length);
    }

    fn angle(&mut self) {
        let inner = &self.rest[1..];
        let end = inner.find(['>', '<']).unwrap_or_else(|| inner.find(',').unwrap_or(inner.len()));
        let spec = address_spec(&inner[..end]);
        let closed = inner[end..].starts_with('>');
        // A second bracket in one entry: the last one with an address counts.
        if self.entry.angle.is_none() || spec.contains('@') {
            self.entry.angle = Some(spec);
        }
        self.skip(1 + end + usize::from(closed));
    }

    fn word(&mut self) {
        if let Some(length) = words::word_length(self.rest) {
            let encoded = self.rest[..length].to_owned();
            self.push_word(encoded, false);
            self.skip(length);
            return;
        }
        let end = word_end(self.rest);
        let word = self.rest[..end].to_owned();
        self.push_word(word, false);
        self.skip(end);
    }

    fn push_word(&mut self, word: String, quoted: bool) {
        let joins = self.entry.joined && (word.starts_with('@') || !quoted);
        match self.entry.words.last_mut() {
            Some((last, _)) if joins && (word.starts_with('@') || last.ends_with(['@', '.'])) => {
                last.push_str(&word);
            }
            _ => self.entry.words.push((word, quoted)),
        }
        self.entry.joined = true;
    }

    /// Ends the entry and keeps what it says.
    fn close(&mut self) {
        let entry = std::mem::take(&mut self.entry);
        if let Some(mailbox) = entry.into_mailbox() {
            self.found.push(mailbox);
        }
    }
}

impl Entry {
    fn into_mailbox(self) -> Option<Mailbox> {
        let comment = self.comments.iter().find(|comment| !comment.is_empty()).cloned();
        let (address, name) = match self.angle {
            Some(address) => (address, phrase(&self.words)),
            None => self.words_alone(comment.is_some())?,
        };
        let name = Some(name).filter(|name| !name.is_empty()).or(comment);
        if address.is_empty() && name.is_none() {
            return None;
        }
        Some(Mailbox { name, address: address.to_lowercase() })
    }

    /// Address and name of an entry without brackets.
    fn words_alone(&self, commented: bool) -> Option<(String, String)> {
        if self.words.is_empty() {
            return None;
        }
        let glued = glue(&self.words);
        if let Some(at) = glued.iter().position(|(word, quoted)| !quoted && word.contains('@')) {
            let address = address_spec(&words::decode_words(&glued[at].0));
            let named = |(word, quoted): &&(String, bool)| *quoted || !word.contains('@');
            let others: Vec<_> = glued.iter().filter(named).cloned().collect();
            return Some((address, phrase(&others)));
        }
        let text = phrase(&self.words);
        // An address hidden in an encoded word or in quotes is still an address.
        if let [single] = text.split(' ').collect::<Vec<_>>().as_slice()
            && (commented || single.contains('@'))
        {
            return Some(((*single).to_owned(), String::new()));
        }
        Some((String::new(), text))
    }
}

/// Where the word that `text` begins with ends: at a blank, a special character, an encoded word, or
/// the colon of a group, which no address holds before its `@`.
fn word_end(text: &str) -> usize {
    let mut domain = text.starts_with('@');
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' | '(' | '<' | ',' | ';' => return at,
            ':' if !domain => return at,
            '=' if text[at..].starts_with("=?") => return at,
            c if c.is_whitespace() => return at,
            _ => domain |= c == '@',
        }
    }
    text.len()
}

/// Joins what obsolete syntax allows to be spaced out: `jdoe @ example . org`.
fn glue(parts: &[(String, bool)]) -> Vec<(String, bool)> {
    let mut out: Vec<(String, bool)> = Vec::with_capacity(parts.len());
    for (word, quoted) in parts {
        match out.last_mut() {
            Some((last, last_quoted))
                if !*quoted
                    && !*last_quoted
                    && (word.starts_with('@') || last.ends_with('@'))
                    && word.matches('@').count() + last.matches('@').count() == 1 =>
            {
                last.push_str(word);
            }
            Some((last, false))
                if last.contains('@')
                    && !quoted
                    && (last.ends_with('.') || word.starts_with('.')) =>
            {
                last.push_str(word);
            }
            _ => out.push((word.clone(), *quoted)),
        }
    }
    out
}

/// The display name that words make, decoded.
fn phrase(parts: &[(String, bool)]) -> String {
    let joined = parts.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ");
    let text = words::collapse(&words::decode_words(&joined));
    let stripped = text.trim_matches(['"', '\'']).trim();
    let quoted = text.len() >= 2 && text.starts_with(['"', '\'']) && text.ends_with(['"', '\'']);
    if quoted { stripped.to_owned() } else { text }
}

/// An address as written between brackets: without source route, comments and blanks.
fn address_spec(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let (mut depth, mut quoted) = (0usize, false);
    for c in inner.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                out.push(c);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            c if c.is_whitespace() && !quoted => {}
            _ => out.push(c),
        }
    }
    let text = if out.contains("=?") { words::decode_words(&out) } else { out };
    let text = match text.strip_prefix('@').and_then(|route| route.split_once(':')) {
        Some((_, address)) => address.to_owned(),
        None => text,
    };
    let text = text.strip_prefix("mailto:").unwrap_or(&text);
    if text.contains(":;") {
        // "undisclosed-recipients:;" is an empty group, even between brackets.
        return String::new();
    }
    text.trim_matches(['\'', ' ', ';']).trim_end_matches(['.', '>']).to_owned()
}

/// The text up to an unescaped `end`, and the bytes it took, `end` included.
fn delimited(text: &str, end: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            out.push(c);
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == end {
            return Some((out, at + c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<(String, String)> {
        list(value, 100)
            .into_iter()
            .map(|mailbox| (mailbox.name.unwrap_or_default(), mailbox.address))
            .collect()
    }

    fn one(name: &str, address: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), address.to_owned())]
    }

    #[test]
    fn names_come_from_phrases_quotes_comments_and_encoded_words() {
        assert_eq!(read("Ann Bee <Ann@Example.org>"), one("Ann Bee", "ann@example.org"));
        assert_eq!(read(r#""Bee, Ann \"A\"" <a@b.c>"#), one(r#"Bee, Ann "A""#, "a@b.c"));
        assert_eq!(read("a@b.c (Ann Bee)"), one("Ann Bee", "a@b.c"));
        assert_eq!(read("=?utf-8?q?B=C3=BCrling,_Ann?= <a@b.c>"), one("Bürling, Ann", "a@b.c"));
        assert_eq!(read(r#""=?utf-8?q?J=C3=B6rg?=" <a@b.c>"#), one("Jörg", "a@b.c"));
        assert_eq!(read("Ann (home (sweet)) <a@b.c>"), one("Ann", "a@b.c"));
    }

    #[test]
    fn groups_routes_and_spaced_addresses_are_read() {
        let group = read("Team: Ann <a@b.c>, d@e.f;, undisclosed-recipients:;");
        assert_eq!(group, vec![("Ann".into(), "a@b.c".into()), (String::new(), "d@e.f".into())]);
        assert_eq!(read("<@x.y,@z:a@b.c>"), one("", "a@b.c"));
        assert_eq!(read("jdoe(work)@ example . org"), one("work", "jdoe@example.org"));
    }

    #[test]
    fn malformed_entries_keep_what_there_is() {
        assert_eq!(read("Postmaster"), one("Postmaster", ""));
        assert_eq!(read("MAILER-DAEMON (Mail System)"), one("Mail System", "mailer-daemon"));
        assert_eq!(read("Ann <>"), one("Ann", ""));
        assert_eq!(read("Ann <a@b.c"), one("Ann", "a@b.c"));
        assert_eq!(read("Ann a@b.c"), one("Ann", "a@b.c"));
        assert_eq!(read("<a@b.c>, , ;"), one("", "a@b.c"));
    }

    #[test]
    fn lists_are_bounded() {
        assert_eq!(list(&"a@b.c,".repeat(5_000), 7).len(), 7);
    }
}
