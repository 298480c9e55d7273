//! Mbox files, mboxo and mboxrd alike, streamed.
//!
//! A mail begins at a line `From ADDRESS DATE` that is the first of the file or follows a blank
//! line; a body line that merely starts with "From " has no date and splits nothing. A line of `>`s
//! and "From " loses one `>`: right for mboxrd always, and for mboxo wherever its writer added it.

use std::io::BufRead;

use super::{FileError, Item};

/// Bytes at the start of a file that [`is_mbox`] looks at.
pub const HEAD_BYTES: usize = 1024;

/// Whether a file that begins with `head` is an mbox.
pub fn is_mbox(head: &[u8]) -> bool {
    let start = head.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let line = head[start..].split(|&byte| byte == b'\n').next().unwrap_or_default();
    is_envelope(line)
}

/// Whether `line` has the shape `From ADDRESS ... hh:mm ... YYYY`.
fn is_envelope(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let words: Vec<&[u8]> =
        rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    // An address may be missing or hold blanks; the date decides.
    let time = words.iter().position(|word| is_time(word));
    let Some(time) = time.filter(|&at| at >= 2) else { return false };
    let day = is_number(words[time - 1], 1..=2) || is_number(words[time - 1], 4..=4);
    let month = words[..time].iter().any(|word| is_month(word));
    let year = words.iter().any(|word| is_number(word, 4..=4));
    day && month && year
}

fn is_time(word: &[u8]) -> bool {
    let mut parts = word.split(|&byte| byte == b':');
    let pair = |part: Option<&[u8]>| part.is_some_and(|part| is_number(part, 1..=2));
    pair(parts.next()) && pair(parts.next()) && parts.all(|part| is_number(part, 2..=2))
}

fn is_number(word: &[u8], digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&word.len()) && word.iter().all(u8::is_ascii_digit)
}

fn is_month(word: &[u8]) -> bool {
    const MONTHS: [&[u8; 3]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    word.len() == 3 && MONTHS.iter().any(|month| word.eq_ignore_ascii_case(*month))
}

/// An mbox that is being read.
pub struct Mbox<R> {
    input: R,
    name: String,
    limit_bytes: u64,
    number: usize,
    line: Vec<u8>,
    /// Whether the envelope line of the next mail has been read.
    at_mail: bool,
    done: bool,
}

impl<R: BufRead> Mbox<R> {
    /// Reads `input`, which begins with an envelope line. `name` stands before `#` in the sources.
    pub fn new(input: R, name: String, limit_bytes: u64) -> Self {
        Self { input, name, limit_bytes, number: 0, line: Vec::new(), at_mail: false, done: false }
    }

    /// The next mail; `None` at the end of the file.
    pub fn next(&mut self) -> Option<Item> {
        if self.done {
            return None;
        }
        let content = self.read_mail()?;
        self.number += 1;
        Some(Item { source: format!("{}#{}", self.name, self.number), content })
    }

    fn read_mail(&mut self) -> Option<Result<Vec<u8>, FileError>> {
        let mut mail = Vec::new();
        let mut state = State { too_large: false, after_blank: true, started: self.at_mail };
        self.at_mail = false;
        loop {
            match self.read_line() {
                Ok(true) => {}
                Ok(false) => {
                    self.done = true;
                    break;
                }
                Err(error) => {
                    self.done = true;
                    return Some(Err(error.into()));
                }
            }
            if state.after_blank && is_envelope(&self.line) {
                if state.started {
                    self.at_mail = true;
                    break;
                }
                state.started = true;
                state.after_blank = false;
                continue;
            }
            state.after_blank = matches!(self.line.as_slice(), b"\n" | b"\r\n");
            if state.started || !state.after_blank {
                state.started = true;
                self.keep_line(&mut mail, &mut state);
            }
        }
        if !state.started {
            return None;
        }
        if state.too_large {
            return Some(Err(FileError::TooLarge { limit_bytes: self.limit_bytes }));
        }
        drop_separator(&mut mail);
        Some(Ok(mail))
    }

    fn keep_line(&self, mail: &mut Vec<u8>, state: &mut State) {
        let quoted = self.line.iter().take_while(|&&byte| byte == b'>').count();
        let line = if quoted > 0 && self.line[quoted..].starts_with(b"From ") {
            &self.line[1..]
        } else {
            &self.line[..]
        };
        if state.too_large || (mail.len() + line.len()) as u64 > self.limit_bytes {
            state.too_large = true;
            mail.clear();
            mail.shrink_to_fit();
            return;
        }
        mail.extend_from_slice(line);
    }

    /// Reads a line into `self.line`, or a piece of one that is longer than the limit.
    fn read_line(&mut self) -> std::io::Result<bool> {
        self.line.clear();
        let limit = self.limit_bytes.saturating_add(1);
        let read = std::io::Read::take(&mut self.input, limit).read_until(b'\n', &mut self.line)?;
        Ok(read > 0)
    }
}

struct State {
    too_large: bool,
    after_blank: bool,
    started: bool,
}

/// The blank line before the next envelope line belongs to the file, not to the mail.
fn drop_separator(mail: &mut Vec<u8>) {
    if mail.ends_with(b"\r\n\r\n") {
        mail.truncate(mail.len() - 2);
    } else if mail.ends_with(b"\n\n") {
        mail.truncate(mail.len() - 1);
    }
}
