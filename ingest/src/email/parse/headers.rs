//! Header blocks: where fields begin and end. Values stay raw bytes; other modules decode them.

use super::limits::Limits;
use super::problems::Problems;

/// One header field as it stands in the mail.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Field name as written.
    pub name: &'a [u8],
    /// Raw value, folds included.
    pub value: &'a [u8],
}

/// The header fields of a mail or a part, in order.
#[derive(Clone, Debug, Default)]
pub struct Headers<'a> {
    /// The fields kept.
    pub fields: Vec<Field<'a>>,
}

impl<'a> Headers<'a> {
    /// Raw values of all fields called `name` (any case), in order.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| field.value)
    }

    /// Raw value of the first field called `name`.
    pub fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| field.value)
    }

    /// Value of the first field called `name`, unfolded, in lower case, invalid UTF-8 replaced.
    pub fn token(&self, name: &str) -> Option<String> {
        self.first(name).map(lower)
    }
}

/// `value` unfolded, trimmed and in lower case.
pub fn lower(value: &[u8]) -> String {
    String::from_utf8_lossy(value).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The end of the line that begins at `start`, and where the next line begins.
pub fn line_end(raw: &[u8], start: usize) -> (usize, usize) {
    let rest = raw.get(start..).unwrap_or_default();
    match rest.iter().position(|&byte| byte == b'\n') {
        Some(at) => {
            let end = start + at;
            let text_end = if at > 0 && raw[end - 1] == b'\r' { end - 1 } else { end };
            (text_end, end + 1)
        }
        None => (raw.len(), raw.len()),
    }
}

/// Reads the header block of a whole message, which may begin with blank lines or an envelope
/// line. Returns the fields and where the body begins.
pub fn read_message<'a>(
    raw: &'a [u8],
    limits: &Limits,
    problems: &mut Problems,
) -> (Headers<'a>, usize) {
    read_message_at(raw, 0, &|_| false, limits, problems)
}

/// Like [`read_message`], for a message that begins at `start` and has ended where `stop` says so
/// of a line.
pub fn read_message_at<'a>(
    raw: &'a [u8],
    start: usize,
    stop: &dyn Fn(&[u8]) -> bool,
    limits: &Limits,
    problems: &mut Problems,
) -> (Headers<'a>, usize) {
    let mut start = start;
    if raw[start..].starts_with(b"\xEF\xBB\xBF") {
        start += 3;
    }
    while start < raw.len() {
        let (end, next) = line_end(raw, start);
        let line = &raw[start..end];
        let blank = line.iter().all(u8::is_ascii_whitespace);
        let envelope = line.starts_with(b"From ") || line.starts_with(b">From ");
        if (!blank && !envelope) || stop(line) {
            break;
        }
        start = next;
    }
    let (headers, body) = read(raw, start, stop, limits, problems);
    if headers.fields.is_empty() && start < raw.len() {
        problems.note("no_header");
        return (headers, start);
    }
    (headers, body)
}

/// Reads the header block that begins at `start` and ends at a blank line, or before a line of
/// which `stop` says that the part has ended. Returns the fields and where the body begins. Lines that are no field are taken as a continuation where they follow
/// one: senders that lose the leading blank of a fold are more common than any other cause.
pub fn read<'a>(
    raw: &'a [u8],
    start: usize,
    stop: &dyn Fn(&[u8]) -> bool,
    limits: &Limits,
    problems: &mut Problems,
) -> (Headers<'a>, usize) {
    let mut headers = Headers::default();
    let mut open: Option<(&'a [u8], usize, usize)> = None;
    let mut at = start;
    while at < raw.len() {
        let (end, next) = line_end(raw, at);
        let line = &raw[at..end];
        if line.is_empty() || line == b"\r" {
            at = next;
            break;
        }
        if stop(line) {
            break;
        }
        if at - start > limits.header_bytes || headers.fields.len() >= limits.header_fields {
            problems.note("header_limit");
            at = next;
            continue;
        }
        // A blank before the very first field is a slip, not a fold.
        let indent = if open.is_none() && headers.fields.is_empty() {
            line.len() - line.trim_ascii_start().len()
        } else {
            0
        };
        match field_name(&line[indent..]) {
            Some((name, value_at)) => {
                let value_at = value_at + indent;
                close(raw, &mut headers, open.take(), limits, problems);
                open = Some((name, at + value_at, end));
            }
            None => {
                if !matches!(line[0], b' ' | b'\t') {
                    problems.note("malformed_header");
                }
                if let Some(field) = &mut open {
                    field.2 = end;
                }
            }
        }
        at = next;
    }
    close(raw, &mut headers, open, limits, problems);
    (headers, at)
}

fn close<'a>(
    raw: &'a [u8],
    headers: &mut Headers<'a>,
    open: Option<(&'a [u8], usize, usize)>,
    limits: &Limits,
    problems: &mut Problems,
) {
    let Some((name, start, end)) = open else { return };
    let mut value = &raw[start..end];
    if value.len() > limits.field_bytes {
        problems.note("header_limit");
        value = &value[..limits.field_bytes];
    }
    headers.fields.push(Field { name, value: value.trim_ascii() });
}

/// The name of the field that `line` begins, and where its value begins.
fn field_name(line: &[u8]) -> Option<(&[u8], usize)> {
    if matches!(line.first(), None | Some(b' ' | b'\t')) {
        return None;
    }
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    let plain = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic());
    plain.then_some((name, colon + 1))
}
