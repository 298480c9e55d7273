//! Content-Transfer-Encoding (RFC 2045 section 6), read leniently: bad input is skipped or kept,
//! never refused.

use std::borrow::Cow;

/// Decodes a part's body by the name of its transfer encoding.
pub fn decode<'a>(body: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    match encoding {
        "base64" => Cow::Owned(base64(body)),
        "quoted-printable" => Cow::Owned(quoted_printable(body)),
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => {
            uuencoded(body).map_or(Cow::Borrowed(body), Cow::Owned)
        }
        _ => Cow::Borrowed(body),
    }
}

/// Base64 without regard to line breaks, stray characters and missing padding. Data after padding
/// is read on, because some senders join several encoded pieces.
pub fn base64(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0u32, 0u8);
    for &byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (bits, held) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(((bits >> held) & 0xFF) as u8);
        }
    }
    out
}

/// Quoted-printable; an escape that is none stays as it stands.
pub fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let byte = body[at];
        if byte != b'=' {
            out.push(byte);
            at += 1;
            continue;
        }
        if let Some(value) = hex_pair(body, at + 1) {
            out.push(value);
            at += 3;
        } else if let Some(next) = soft_break(body, at + 1) {
            at = next;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    out
}

/// The byte that two hex digits at `at` stand for.
pub fn hex_pair(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |index: usize| bytes.get(index).and_then(|&b| char::from(b).to_digit(16));
    Some((digit(at)? * 16 + digit(at + 1)?) as u8)
}

/// Where the line after a soft line break goes on; blanks before the break are padding.
fn soft_break(body: &[u8], at: usize) -> Option<usize> {
    let rest = &body[at..];
    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    match rest.get(blanks) {
        Some(b'\n') => Some(at + blanks + 1),
        None => Some(body.len()),
        Some(_) => None,
    }
}

/// The content of the first `begin` block; `None` when there is none.
fn uuencoded(body: &[u8]) -> Option<Vec<u8>> {
    let mut lines = body.split(|&byte| byte == b'\n').map(|line| line.trim_ascii_end());
    lines.find(|line| line.starts_with(b"begin "))?;
    let mut out = Vec::with_capacity(body.len() / 4 * 3);
    for line in lines.take_while(|line| *line != b"end") {
        let Some((&length, data)) = line.split_first() else { continue };
        let length = usize::from(length.wrapping_sub(b' ') & 0x3F);
        let before = out.len();
        for chunk in data.chunks(4) {
            let unit = |index: usize| -> u32 {
                u32::from(chunk.get(index).copied().unwrap_or(b' ').wrapping_sub(b' ') & 0x3F)
            };
            let bits = unit(0) << 18 | unit(1) << 12 | unit(2) << 6 | unit(3);
            out.extend_from_slice(&[(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
        }
        out.truncate(before + length.min(out.len() - before));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_survives_breaks_junk_and_missing_padding() {
        assert_eq!(base64(b"SGVs\r\nbG8g!d29ybGQ"), b"Hello world");
        assert_eq!(base64(b"SGk=SGk="), b"HiHi");
    }

    #[test]
    fn quoted_printable_keeps_what_is_no_escape() {
        assert_eq!(quoted_printable(b"a=20b=\r\nc=ZZ=3d= \nd="), b"a bc=ZZ=d");
    }

    #[test]
    fn uuencode_is_read() {
        let body = b"begin 644 cat.txt\n#0V%T\n`\nend\n";
        assert_eq!(decode(body, "x-uuencode").as_ref(), b"Cat");
    }
}
