//! Content-Type and Content-Disposition: a value with parameters, RFC 2231 forms included.

use std::collections::BTreeMap;

use super::charset;
use super::transfer;
use super::words;

/// A structured value such as `text/plain; charset=utf-8`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// What stands before the first `;`, in lower case without blanks.
    pub kind: String,
    params: BTreeMap<String, String>,
}

/// One piece of a parameter's value (RFC 2231 section 3).
struct Piece {
    number: u32,
    encoded: bool,
    text: String,
}

impl Value {
    /// A value without parameters.
    pub fn of(kind: &str) -> Self {
        Self { kind: kind.to_owned(), params: BTreeMap::new() }
    }

    /// The value of parameter `name` (lower case), decoded.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Reads a raw field value; `hint` is a charset for undeclared 8-bit bytes.
pub fn read(value: &[u8], hint: Option<&str>) -> Value {
    let text = words::unfold(value, hint);
    let (kind, rest) = text.split_once(';').unwrap_or((&text, ""));
    let kind = kind.split('(').next().unwrap_or_default();
    let mut pieces: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
    for (name, value) in split_params(rest) {
        let (base, piece) = piece(&name, value);
        let known = pieces.entry(base).or_default();
        if !known.iter().any(|other| other.number == piece.number && other.encoded == piece.encoded)
        {
            known.push(piece);
        }
    }
    let params = pieces.into_iter().map(|(name, pieces)| (name, join(pieces))).collect();
    Value { kind: kind.split_whitespace().collect::<String>().to_lowercase(), params }
}

/// Splits `name*1*=text` into its base name and its piece.
fn piece(name: &str, text: String) -> (String, Piece) {
    let (base, encoded) = name.strip_suffix('*').map_or((name, false), |base| (base, true));
    match base.rsplit_once('*').map(|(base, number)| (base, number.parse::<u32>())) {
        Some((base, Ok(number))) => (base.to_owned(), Piece { number, encoded, text }),
        _ => (base.to_owned(), Piece { number: 0, encoded, text }),
    }
}

fn join(mut pieces: Vec<Piece>) -> String {
    // An encoded first piece is preferred to a plain one of the same number.
    pieces.sort_by_key(|piece| (piece.number, !piece.encoded));
    pieces.dedup_by_key(|piece| piece.number);
    if !pieces.iter().any(|piece| piece.encoded) {
        let text: String = pieces.into_iter().map(|piece| piece.text).collect();
        return plain(&text);
    }
    let mut label = None;
    let mut bytes = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let mut text = piece.text.as_str();
        if at == 0
            && piece.encoded
            && let Some((charset, rest)) = text.split_once('\'')
        {
            label = Some(charset.to_owned()).filter(|charset| !charset.is_empty());
            text = rest.split_once('\'').map_or(rest, |(_, text)| text);
        }
        if piece.encoded { percent(text, &mut bytes) } else { bytes.extend(text.bytes()) }
    }
    words::collapse(&charset::decode(&bytes, label.as_deref()))
}

/// A parameter in the plain form: encoded words are not allowed there, but common.
fn plain(text: &str) -> String {
    words::collapse(&words::decode_words(text))
}

fn percent(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], transfer::hex_pair(bytes, at + 1)) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

/// Splits `a=b; c="d"` into pairs. An unquoted value reaches to the next `;`, blanks included.
fn split_params(mut rest: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    while let Some(equals) = rest.find('=') {
        let name_start = rest[..equals].rfind(';').map_or(0, |at| at + 1);
        let name = rest[name_start..equals].trim();
        let name = name.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
        let after = rest[equals + 1..].trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(inner) => quoted(inner),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (unquoted(&after[..end]), &after[end..])
            }
        };
        rest = next;
        if !name.is_empty() && out.len() < 200 {
            out.push((name, value));
        }
    }
    out
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let text = text.split_once(" (").map_or(text, |(value, _)| value);
    text.trim_end_matches('"').to_owned()
}

/// A quoted string and what follows it; a string that never ends reaches to the end.
fn quoted(inner: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.peek() {
                Some(&(_, next)) => {
                    out.push(next);
                    chars.next();
                }
                None => out.push('\\'),
            },
            '"' => return (out, &inner[at + 1..]),
            _ => out.push(c),
        }
    }
    (out, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &str) -> Option<String> {
        read(value.as_bytes(), None).param("name").map(str::to_owned)
    }

    #[test]
    fn plain_quoted_and_unquoted_values_are_read() {
        let value = read(b"Text/Plain ; charset=\"utf-8\"; Name=a b.txt; x", None);
        assert_eq!(value.kind, "text/plain");
        assert_eq!(value.param("charset"), Some("utf-8"));
        assert_eq!(value.param("name"), Some("a b.txt"));
        assert_eq!(name(r#"a/b; name="x \"y\".txt""#).as_deref(), Some(r#"x "y".txt"#));
        assert_eq!(name("a/b; name==?utf-8?q?=C3=A4.txt?=").as_deref(), Some("ä.txt"));
    }

    #[test]
    fn rfc2231_pieces_are_joined_before_decoding() {
        let value = "a/b; name*1*=%A4.txt; name*0*=utf-8'de'a%C3";
        assert_eq!(name(value).as_deref(), Some("aä.txt"));
        assert_eq!(
            name("a/b; name*0=long; name*1=\" name.txt\"").as_deref(),
            Some("long name.txt")
        );
        assert_eq!(name("a/b; name*=''x%20y").as_deref(), Some("x y"));
        assert_eq!(name("a/b; name=old; name*=utf-8''n%C3%A9w").as_deref(), Some("néw"));
    }
}
