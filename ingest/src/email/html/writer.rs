//! Writes text in lines: collapses white space, keeps one blank line at most, prefixes quotes.

/// Levels of quoting that are still told apart; hostile nesting must not grow the output.
const MAX_LEVELS: usize = 4;

/// A text under construction.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    /// Line ends owed before the next visible character: 0, 1 or 2.
    line_ends: usize,
    space: bool,
    /// A no-break space stands alone in its line so far: how editors write an empty line.
    empty_line: bool,
    level: usize,
    last: Option<char>,
}

impl Writer {
    /// The finished text.
    pub fn finish(self) -> String {
        self.out
    }

    /// Whether no visible character was written yet.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// The last visible character.
    pub fn last(&self) -> Option<char> {
        self.last
    }

    /// Makes sure that at least `count` line ends stand before what follows.
    pub fn line_end(&mut self, count: usize) {
        let count = if self.empty_line { 2 } else { count };
        self.line_ends = self.line_ends.max(count);
        self.space = false;
        self.empty_line = false;
    }

    /// A line break as written by `<br>`: several add up to one blank line.
    pub fn line_break(&mut self) {
        self.line_ends = (self.line_ends + 1).min(2);
        self.space = false;
    }

    /// A space, unless the line is empty or one is there already.
    pub fn space(&mut self) {
        self.space = true;
    }

    /// The quoting level of what follows.
    pub fn set_level(&mut self, level: usize) {
        let level = level.min(MAX_LEVELS);
        if level != self.level {
            self.level = level;
            self.line_end(1);
        }
    }

    /// Text whose white space collapses.
    pub fn flowing(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.space = true;
                self.empty_line |= c == '\u{a0}' && self.line_ends > 0;
            } else {
                self.visible(c);
            }
        }
    }

    /// Text whose line ends and spaces count.
    pub fn preformatted(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' => self.line_break(),
                '\r' => {}
                c if c.is_whitespace() => self.literal_space(),
                c => self.visible(c),
            }
        }
    }

    fn literal_space(&mut self) {
        if self.line_ends > 0 || self.out.is_empty() {
            self.space = true;
        } else {
            self.out.push(' ');
        }
    }

    fn visible(&mut self, c: char) {
        let c = match c {
            // Invisible: zero-width space, byte order mark, soft hyphen, joiners, marks.
            '\u{200b}' | '\u{feff}' | '\u{ad}' | '\u{2060}' | '\u{34f}' | '\u{200e}'
            | '\u{200f}' => return,
            '\0' => '\u{fffd}',
            c => c,
        };
        self.begin();
        self.out.push(c);
        self.last = Some(c);
    }

    fn begin(&mut self) {
        let first = self.out.is_empty();
        if first || self.line_ends > 0 {
            if !first {
                for _ in 0..self.line_ends {
                    self.out.push('\n');
                }
            }
            for _ in 0..self.level {
                self.out.push_str("> ");
            }
        } else if self.space && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
        self.line_ends = 0;
        self.space = false;
        self.empty_line = false;
    }
}
