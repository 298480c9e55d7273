//! Bytes to text: declared charsets, undeclared ones guessed, NUL replaced.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Bytes that the guess of an undeclared charset looks at.
const GUESS_BYTES: usize = 64 * 1024;

/// Decodes `bytes` by the declared charset `label`, or by a guess where the label is missing,
/// unknown or plainly wrong. Infallible: what cannot be decoded becomes U+FFFD.
pub fn decode(bytes: &[u8], label: Option<&str>) -> String {
    let label = label.map(normal_label).filter(|label| !label.is_empty());
    let text = match label.as_deref() {
        None | Some("us-ascii" | "ascii" | "unknown-8bit" | "8bit" | "7bit" | "x-unknown") => {
            guess(bytes)
        }
        Some("utf-8" | "utf8") => decode_utf8(bytes),
        Some(label) => decode_labelled(bytes, label).unwrap_or_else(|| guess(bytes)),
    };
    without_nul(text)
}

/// Decodes bytes of which nothing is declared: UTF-8 where valid, else the likeliest old charset.
pub fn guess(bytes: &[u8]) -> String {
    if let Some(text) = iso_2022_jp(bytes) {
        return text;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => guess_encoding(bytes).decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The charset that 8-bit bytes seem to be in, by their letter statistics.
pub fn guess_encoding(bytes: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new();
    detector.feed(&bytes[..bytes.len().min(GUESS_BYTES)], true);
    let guess = detector.guess(None, false);
    if guess.is_single_byte() || !only_lone_bytes(bytes) {
        guess
    } else {
        encoding_rs::WINDOWS_1252
    }
}

/// Brings text that should have been ASCII back to the bytes of its declared charset.
pub fn encode<'a>(text: &'a str, label: &str) -> Cow<'a, [u8]> {
    if text.is_ascii() {
        return Cow::Borrowed(text.as_bytes());
    }
    match Encoding::for_label_no_replacement(normal_label(label).as_bytes()) {
        Some(encoding) => encoding.encode(text).0,
        None => Cow::Borrowed(text.as_bytes()),
    }
}

/// Replaces each NUL by U+FFFD, which every database takes.
pub fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

/// Whether 8-bit bytes stand, nearly always, one by one, as accents do among Latin letters. The characters of
/// East Asian charsets come in pairs and runs.
fn only_lone_bytes(bytes: &[u8]) -> bool {
    let paired = bytes.windows(2).filter(|pair| !pair[0].is_ascii() && !pair[1].is_ascii()).count();
    let wide = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    paired * 10 <= wide
}

/// Escape sequences of RFC 1468 in otherwise plain ASCII tell ISO-2022-JP apart for sure.
fn iso_2022_jp(bytes: &[u8]) -> Option<String> {
    let escaped = bytes.windows(3).any(|window| window == b"\x1b$B" || window == b"\x1b$@");
    (escaped && bytes.is_ascii())
        .then(|| encoding_rs::ISO_2022_JP.decode_without_bom_handling(bytes).0.into_owned())
}

/// UTF-8 as declared; bytes that hold not one valid sequence are in some other charset.
fn decode_utf8(bytes: &[u8]) -> String {
    match UTF_8.decode_with_bom_removal(bytes).0 {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => {
            let wide = text.chars().any(|c| !c.is_ascii() && c != '\u{FFFD}');
            if wide || !text.contains('\u{FFFD}') { text } else { guess(bytes) }
        }
    }
}

fn decode_labelled(bytes: &[u8], label: &str) -> Option<String> {
    if label.ends_with("utf-7") || label == "utf7" {
        return charset_decoder(b"utf-7").map(|decoder| decoder(bytes));
    }
    if label.starts_with("utf-32") || label.starts_with("ucs-4") {
        return Some(decode_utf32(bytes, label.ends_with("le")));
    }
    if label == "utf-16" && !bytes.starts_with(&[0xFF, 0xFE]) && !bytes.starts_with(&[0xFE, 0xFF]) {
        return Some(utf_16_by_zeros(bytes).decode_without_bom_handling(bytes).0.into_owned());
    }
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        return Some(encoding.decode_with_bom_removal(bytes).0.into_owned());
    }
    charset_decoder(label.as_bytes()).map(|decoder| decoder(bytes))
}

/// RFC 2781 section 4.3 says big endian where no byte order mark is given, but many senders write
/// little endian; the zero bytes of ASCII characters tell.
fn utf_16_by_zeros(bytes: &[u8]) -> &'static Encoding {
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    if zeros(1) > zeros(0) { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE }
}

fn decode_utf32(bytes: &[u8], little_endian: bool) -> String {
    bytes
        .chunks(4)
        .map(|chunk| {
            let Ok(unit) = <[u8; 4]>::try_from(chunk) else { return '\u{FFFD}' };
            let code =
                if little_endian { u32::from_le_bytes(unit) } else { u32::from_be_bytes(unit) };
            char::from_u32(code).unwrap_or('\u{FFFD}')
        })
        .filter(|&c| c != '\u{FEFF}')
        .collect()
}

/// Spellings that senders use for a charset, brought to the registered one.
fn normal_label(label: &str) -> String {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase().replace('_', "-");
    match label.as_str() {
        "latin-1" => "iso-8859-1".to_owned(),
        "iso-2022-jp-ms" | "cp50220" | "cp50221" | "cp50222" => "iso-2022-jp".to_owned(),
        "gb2312-80" | "gb-2312-80" | "gb18030-2000" | "cp936" | "ms936" => "gb18030".to_owned(),
        "shift-jis" | "cp932" => "shift_jis".to_owned(),
        "ks-c-5601-1987" | "ks-c-5601-1989" | "cp949" | "uhc" => "euc-kr".to_owned(),
        "ansi-x3.4-1968" | "ansi-x3.4-1986" | "iso646-us" | "default" => "us-ascii".to_owned(),
        "utf8mb4" | "utf-8-mac" | "cp65001" => "utf-8".to_owned(),
        other => match other.strip_prefix("win-").or_else(|| other.strip_prefix("windows")) {
            Some(page) if page.bytes().all(|b| b.is_ascii_digit()) => format!("windows-{page}"),
            _ => other.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_charsets_are_followed_and_nul_is_replaced() {
        assert_eq!(decode(b"Gr\xFC\xDFe", Some("ISO-8859-1")), "Grüße");
        assert_eq!(decode(b"Hi Mom +Jjo--!", Some("utf-7")), "Hi Mom \u{263A}-!");
        assert_eq!(decode(b"\xC4\xE3\xBA\xC3", Some("gb2312")), "你好");
        assert_eq!(decode(b"a\0b", Some("utf-8")), "a\u{FFFD}b");
    }

    #[test]
    fn undeclared_bytes_are_guessed() {
        assert_eq!(decode("Grüße".as_bytes(), None), "Grüße");
        assert_eq!(decode(b"Viele Gr\xFC\xDFe aus M\xFCnchen", None), "Viele Grüße aus München");
        assert_eq!(decode(b"\x1b$B$3$s\x1b(B", None), "こん");
        assert_eq!(decode(b"Gr\xFC\xDFe aus K\xF6ln", Some("x-no-such")), "Grüße aus Köln");
    }

    #[test]
    fn a_false_utf8_label_is_seen_through() {
        assert_eq!(decode(b"sch\xF6ne Gr\xFC\xDFe", Some("utf-8")), "schöne Grüße");
        assert_eq!(decode(b"\xC3\xB6 \xFF", Some("utf-8")), "ö \u{FFFD}");
    }
}
