//! Line ends as SMTP demands them.

use std::borrow::Cow;

/// The mail with every line end as CRLF and without the last one, which the end of the mail brings
/// along. RFC 5321 section 2.3.8 forbids lone CR and LF, because servers that take them for line
/// ends can be made to see a second mail inside the first. A mail in correct form goes byte for
/// byte.
pub fn for_smtp(raw: &[u8]) -> Cow<'_, [u8]> {
    let correct = (0..raw.len()).all(|at| match raw[at] {
        b'\r' => raw.get(at + 1) == Some(&b'\n'),
        b'\n' => at > 0 && raw[at - 1] == b'\r',
        _ => true,
    });
    if correct {
        return Cow::Borrowed(raw.strip_suffix(b"\r\n").unwrap_or(raw));
    }
    let mut mended = Vec::with_capacity(raw.len() + raw.len() / 32);
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                mended.extend(b"\r\n");
            }
            b'\n' => mended.extend(b"\r\n"),
            other => mended.push(other),
        }
    }
    if mended.ends_with(b"\r\n") {
        mended.truncate(mended.len() - 2);
    }
    Cow::Owned(mended)
}

#[cfg(test)]
mod tests {
    use super::for_smtp;

    #[test]
    fn correct_mail_is_untouched() {
        assert!(matches!(for_smtp(b"A: b\r\n\r\n\xff\r\n"), std::borrow::Cow::Borrowed(_)));
        assert_eq!(&*for_smtp(b"A: b\r\n\r\nx\r\n"), b"A: b\r\n\r\nx");
        assert_eq!(&*for_smtp(b"A: b\r\n\r\nx"), b"A: b\r\n\r\nx");
        assert_eq!(&*for_smtp(b""), b"");
    }

    #[test]
    fn lone_line_ends_are_mended() {
        assert_eq!(&*for_smtp(b"a\nb\rc\r\nd\n\n.\nQUIT\n"), b"a\r\nb\r\nc\r\nd\r\n\r\n.\r\nQUIT");
        assert_eq!(&*for_smtp(b"a\r\r\nb\r"), b"a\r\n\r\nb");
    }
}
