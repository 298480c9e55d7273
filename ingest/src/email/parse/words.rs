//! Encoded words (RFC 2047) and raw bytes in header values.

use super::charset;
use super::transfer;

/// Bytes of a charset's name that are considered.
const CHARSET_BYTES: usize = 64;

/// Decodes a raw header value for display: unfolded, encoded words decoded wherever they stand,
/// white space collapsed, NUL replaced. `hint` is a charset for raw 8-bit bytes.
pub fn text(value: &[u8], hint: Option<&str>) -> String {
    collapse(&decode_words(&unfold(value, hint)))
}

/// Raw header bytes as text: line breaks of folds removed, 8-bit bytes decoded as UTF-8 where
/// valid, else by `hint`, else by a guess.
pub fn unfold(value: &[u8], hint: Option<&str>) -> String {
    let decoded = match std::str::from_utf8(value) {
        Ok(text) if !value.contains(&0x1b) => text.to_owned(),
        Ok(_) => charset::guess(value),
        Err(_) => charset::decode(value, hint),
    };
    let joined =
        if decoded.contains(['\r', '\n']) { decoded.replace(['\r', '\n'], "") } else { decoded };
    charset::without_nul(joined)
}

/// White space runs become one space; none at the ends.
pub fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// An encoded word found in a text: what it decodes to as bytes, its charset, and its length.
struct Word {
    charset: String,
    bytes: Vec<u8>,
    length: usize,
}

/// Replaces the encoded words in `text`. White space between two encoded words is dropped, and
/// neighbours of one charset are decoded as one run, because senders cut inside characters.
pub fn decode_words(text: &str) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut run: Option<(String, Vec<u8>)> = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some(word) = word_at(rest) {
            at += word.length;
            run = match run.take() {
                Some((charset, mut bytes)) if charset == word.charset => {
                    bytes.extend_from_slice(&word.bytes);
                    Some((charset, bytes))
                }
                other => {
                    flush(other, &mut out);
                    Some((word.charset, word.bytes))
                }
            };
            continue;
        }
        let blanks = rest.len() - rest.trim_start().len();
        if run.is_some() && blanks > 0 && word_at(&rest[blanks..]).is_some() {
            at += blanks;
            continue;
        }
        flush(run.take(), &mut out);
        let step = if blanks > 0 { blanks } else { plain_length(rest) };
        out.push_str(&rest[..step]);
        at += step;
    }
    flush(run, &mut out);
    out
}

/// How far plain text reaches: past its first character, to the next possible word or blank.
fn plain_length(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    let stop = |&(at, c): &(usize, char)| c.is_whitespace() || rest[at..].starts_with("=?");
    chars.find(stop).map_or(rest.len(), |(at, _)| at)
}

fn flush(run: Option<(String, Vec<u8>)>, out: &mut String) {
    if let Some((charset, bytes)) = run {
        out.push_str(&charset::decode(&bytes, Some(&charset)));
    }
}

/// The encoded word that `text` begins with.
fn word_at(text: &str) -> Option<Word> {
    let (charset, encoding, payload, length) = word_parts(text)?;
    // RFC 2231 section 5: a language may follow the charset.
    let charset = charset.split('*').next().unwrap_or_default().to_ascii_lowercase();
    let bytes = match encoding {
        'b' | 'B' => transfer::base64(payload.as_bytes()),
        'q' | 'Q' => {
            let payload = payload.replace('_', " ");
            transfer::quoted_printable(&charset::encode(&payload, &charset))
        }
        _ => return None,
    };
    Some(Word { charset, bytes, length })
}

/// Length in bytes of the encoded word that `text` begins with.
pub fn word_length(text: &str) -> Option<usize> {
    word_parts(text).map(|(_, _, _, length)| length)
}

/// Charset, encoding letter, encoded text and total length of the word at the start of `text`.
fn word_parts(text: &str) -> Option<(&str, char, &str, usize)> {
    let inner = text.strip_prefix("=?")?;
    let charset_end = inner.bytes().take(CHARSET_BYTES).position(|byte| byte == b'?')?;
    let charset = &inner[..charset_end];
    if charset.is_empty() || !charset.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let rest = &inner[charset_end + 1..];
    let letter = rest.chars().next().filter(|letter| matches!(letter, 'b' | 'B' | 'q' | 'Q'))?;
    let payload = rest[1..].strip_prefix('?')?;
    let end = payload_end(payload.as_bytes())?;
    let length = text.len() - payload.len() + end + 2;
    Some((charset, letter, &payload[..end], length))
}

/// Where the closing `?=` stands. It is not searched beyond the start of the next word, so that
/// many openings without an end cost no more than one.
fn payload_end(payload: &[u8]) -> Option<usize> {
    for (at, pair) in payload.windows(2).enumerate() {
        match pair {
            // In "=?utf-8?q??=41?=" the first pair is a question mark and the start of an escape.
            b"?=" if transfer::hex_pair(payload, at + 2).is_none() => return Some(at),
            b"?=" if !closes_later(&payload[at + 2..]) => return Some(at),
            b"=?" if payload.get(at + 2) != Some(&b'=') => return None,
            _ => {}
        }
    }
    None
}

/// Whether a `?=` follows before anything that cannot be in a word.
fn closes_later(rest: &[u8]) -> bool {
    let word = rest.iter().take(CHARSET_BYTES).take_while(|byte| !byte.is_ascii_whitespace());
    let word: Vec<u8> = word.copied().collect();
    let close = word.windows(2).position(|pair| pair == b"?=");
    let open = word.windows(2).position(|pair| pair == b"=?");
    close.is_some_and(|close| open.is_none_or(|open| close <= open + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_join_even_inside_a_character() {
        let value = b"=?utf-8?B?w7w=?= =?utf-8?Q?=C3?=\r\n =?utf-8?Q?=A4_x?= and =?us-ascii?q?y?=";
        assert_eq!(text(value, None), "üä x and y");
    }

    #[test]
    fn words_without_blanks_around_them_and_raw_bytes_are_read() {
        assert_eq!(text(b"Re:=?iso-8859-1?Q?Gr=FC=DFe?=!", None), "Re:Grüße!");
        assert_eq!(text(b"Gr\xFC\xDFe", Some("iso-8859-1")), "Grüße");
        assert_eq!(text(b"=?broken =?utf-8?q?ok?=", None), "=?broken ok");
        assert_eq!(text(b"=?iso-8859-1?Q?Fr\xF6sche_=FC?=", None), "Frösche ü");
    }

    #[test]
    fn japanese_and_utf7_words_are_read() {
        assert_eq!(text(b"=?ISO-2022-JP?B?GyRCJDMkcxsoQg==?=", None), "こん");
        assert_eq!(text(b"=?UTF-7?Q?Fr+APY-sche?=", None), "Frösche");
    }
}
