//! Text as `format=flowed` (RFC 3676): paragraphs are broken into short lines that a reader joins
//! again, so that the text fits every screen and is quoted cleanly.

/// Longest line, in characters, the space that marks a soft break included (section 4.2).
const LINE_CHARS_MAX: usize = 76;
/// Shortest room for text beside quote marks, in characters.
const ROOM_CHARS_MIN: usize = 24;
/// The line that stands before a signature and is never joined with another (section 4.3).
const SIGNATURE: &str = "-- ";

/// The text in lines that end with CRLF. Spaces at the end of a line are dropped, because they
/// would mark a soft break.
pub fn flowed(text: &str) -> String {
    let text = normal(text);
    let mut out = String::with_capacity(text.len() + text.len() / 32 + 2);
    for line in text.trim_end_matches([' ', '\t', '\n']).split('\n') {
        write_paragraph(&mut out, line);
    }
    out
}

/// Every kind of line break as `\n`; other control characters as U+FFFD, tabs excepted.
fn normal(text: &str) -> String {
    let breaks = ['\r', '\u{85}', '\u{2028}', '\u{2029}'];
    let visible = |c: char| if c.is_control() && !"\n\t".contains(c) { '\u{FFFD}' } else { c };
    text.replace("\r\n", "\n").replace(breaks, "\n").chars().map(visible).collect()
}

fn write_paragraph(out: &mut String, line: &str) {
    if line == SIGNATURE {
        out.push_str("-- \r\n");
        return;
    }
    let line = line.trim_end_matches([' ', '\t']);
    let depth = line.len() - line.trim_start_matches('>').len();
    let (marks, rest) = line.split_at(depth);
    // The space that people write after quote marks is the one that readers take away.
    let quoted = if depth > 0 { rest.strip_prefix(' ') } else { None };
    let room = LINE_CHARS_MAX.saturating_sub(depth + 1).max(ROOM_CHARS_MIN);
    for piece in pieces(quoted.unwrap_or(rest), room) {
        out.push_str(marks);
        if quoted.is_some() || needs_stuffing(piece) {
            out.push(' ');
        }
        out.push_str(piece);
        out.push_str("\r\n");
    }
}

/// Whether a line would be read as something else without a space before it (section 4.4).
fn needs_stuffing(line: &str) -> bool {
    line.starts_with([' ', '>']) || line.starts_with("From ")
}

/// Cuts a paragraph after spaces into lines of at most `room` characters; a word that is longer
/// has a line of its own.
fn pieces(paragraph: &str, room: usize) -> Vec<&str> {
    let (mut pieces, mut start, mut end, mut length) = (Vec::new(), 0, 0, 0);
    for word in words(paragraph) {
        let chars = word.chars().count();
        let line = &paragraph[start..end];
        if length + chars > room && !line.trim().is_empty() && line != SIGNATURE {
            pieces.push(line);
            (start, length) = (end, 0);
        }
        end += word.len();
        length += chars;
    }
    pieces.push(&paragraph[start..]);
    pieces
}

/// Words, each with all the spaces behind it, which together are the whole paragraph.
fn words(paragraph: &str) -> impl Iterator<Item = &str> {
    let mut rest = paragraph;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let word = rest.find(' ').unwrap_or(rest.len());
        let spaces = rest[word..].len() - rest[word..].trim_start_matches(' ').len();
        let (first, others) = rest.split_at(word + spaces);
        rest = others;
        Some(first)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Joins flowed lines as section 4.1 tells readers to.
    fn joined(wire: &str) -> String {
        let mut out: Vec<String> = Vec::new();
        let mut open: Option<usize> = None;
        for line in wire.strip_suffix("\r\n").expect("an end of line").split("\r\n") {
            let depth = line.len() - line.trim_start_matches('>').len();
            let content = &line[depth..];
            let content = content.strip_prefix(' ').unwrap_or(content);
            match (open, out.last_mut()) {
                (Some(quote), Some(last)) if quote == depth && content != SIGNATURE => {
                    last.push_str(content);
                }
                _ => out.push(format!("{}{content}", ">".repeat(depth))),
            }
            open = (content.ends_with(' ') && content != SIGNATURE).then_some(depth);
        }
        out.join("\n")
    }

    /// What a reader shall get: the text without spaces at line ends and after quote marks.
    fn expected(text: &str) -> String {
        let line = |line: &str| {
            if line == SIGNATURE {
                return line.to_owned();
            }
            let line = line.trim_end_matches([' ', '\t']);
            let rest = line.trim_start_matches('>');
            let depth = line.len() - rest.len();
            let rest = if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
            format!("{}{rest}", ">".repeat(depth))
        };
        let text = normal(text);
        let text = text.trim_end_matches([' ', '\t', '\n']);
        text.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn long_paragraphs_are_broken_softly() {
        let text = "A word and another one. ".repeat(10);
        let wire = flowed(&text);
        let lines: Vec<&str> = wire.lines().collect();
        assert!(lines.len() > 2 && lines.iter().all(|line| line.chars().count() <= 77));
        assert!(lines[..lines.len() - 1].iter().all(|line| line.ends_with(' ')));
        assert_eq!(joined(&wire), text.trim_end());
    }

    #[test]
    fn lines_that_mean_something_else_are_stuffed() {
        assert_eq!(flowed("From here\n  indented"), " From here\r\n   indented\r\n");
        let wire = flowed(&format!("{} > 3 and From you", "x".repeat(74)));
        assert_eq!(wire.lines().nth(1), Some(" > 3 and From you"));
    }

    #[test]
    fn quotes_keep_their_marks_on_every_line() {
        assert_eq!(flowed("> short\n>\nme"), "> short\r\n>\r\nme\r\n");
        let wire = flowed(&format!(">> {}", "quoted words ".repeat(12)));
        assert!(wire.lines().count() > 2 && wire.lines().all(|line| line.starts_with(">> ")));
    }

    #[test]
    fn the_signature_mark_is_neither_lost_nor_made() {
        assert_eq!(flowed("Bye  \n-- \nKim"), "Bye\r\n-- \r\nKim\r\n");
        let wire = flowed(&format!("{} -- {}", "x".repeat(75), "y".repeat(75)));
        assert!(wire.lines().all(|line| line != "-- "), "{wire}");
    }

    #[test]
    fn odd_line_ends_and_controls_are_mended() {
        assert_eq!(
            flowed("a\rb\r\nc\u{2028}d\0e\u{1b}\n\n"),
            "a\r\nb\r\nc\r\nd\u{FFFD}e\u{FFFD}\r\n"
        );
        assert_eq!(flowed(""), "\r\n");
    }

    proptest! {
        #[test]
        fn readers_get_back_what_was_written(text in "([ >a-eü🐈-]{0,40}(From |-- |\n|\r\n| )?){0,30}") {
            let wire = flowed(&text);
            prop_assert_eq!(joined(&wire), expected(&text));
            prop_assert!(wire.split_inclusive("\r\n").all(|line| !line.trim_end().contains('\r')));
        }
    }
}
