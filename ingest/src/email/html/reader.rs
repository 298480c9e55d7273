//! Follows the tokens of an HTML mail and writes its text.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::elements::{self, Layout, TRACKED_COUNT};
use super::marks::Marks;
use super::writer::Writer;

/// What the text is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To be read.
    Plain,
    /// To be split in new text, history and signature.
    Marking,
}

/// A line as Outlook's plain text has it above quoted headers.
const RULE: &str = "________________________________";
/// Longest field name of a From block, in bytes.
const MAX_LABEL: usize = 40;

/// An open element that is followed to its end.
struct Open {
    element: u8,
    quoted: bool,
    hidden: bool,
    preformatted: bool,
    wrapper: bool,
}

/// The state between two tokens.
pub struct Reader {
    mode: Mode,
    writer: Writer,
    stack: Vec<Open>,
    open_counts: [usize; TRACKED_COUNT],
    quoted: usize,
    hidden: usize,
    preformatted: usize,
    rest_quoted: bool,
    /// A line above was just opened; quoted history follows if a field name comes next.
    line_above: bool,
    quote_seen: bool,
    raw: bool,
    tag: Vec<u8>,
    attribute: Vec<u8>,
    alternative: String,
    marks: Marks,
}

impl Reader {
    /// A reader at the start of a mail.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            writer: Writer::default(),
            stack: Vec::new(),
            open_counts: [0; TRACKED_COUNT],
            quoted: 0,
            hidden: 0,
            preformatted: 0,
            rest_quoted: false,
            line_above: false,
            quote_seen: false,
            raw: false,
            tag: Vec::new(),
            attribute: Vec::new(),
            alternative: String::new(),
            marks: Marks::default(),
        }
    }

    /// Reads all of `html`.
    pub fn read(mut self, html: &str) -> String {
        let callback = |event: CallbackEvent<'_>, _: Span<()>| -> Option<()> {
            self.event(event);
            None
        };
        let mut emitter = CallbackEmitter::new(callback);
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(html, emitter) {
            let Ok(()) = token;
        }
        self.writer.finish()
    }

    fn event(&mut self, event: CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag.clear();
                self.tag.extend_from_slice(name);
                self.attribute.clear();
                self.alternative.clear();
                self.marks = Marks::default();
            }
            CallbackEvent::AttributeName { name } => {
                self.attribute.clear();
                self.attribute.extend_from_slice(name);
                self.marks.attribute(&self.tag, name, b"");
            }
            CallbackEvent::AttributeValue { value } => self.attribute_value(value),
            CallbackEvent::CloseStartTag { .. } => self.start(),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } => self.text(&String::from_utf8_lossy(value)),
            CallbackEvent::Comment { .. }
            | CallbackEvent::Doctype { .. }
            | CallbackEvent::Error(_) => {}
        }
    }

    fn attribute_value(&mut self, value: &[u8]) {
        self.marks.attribute(&self.tag, &self.attribute, value);
        if self.attribute == b"alt" && self.tag == b"img" && value.len() <= 16 {
            self.alternative = String::from_utf8_lossy(value).into_owned();
        }
    }

    fn start(&mut self) {
        self.raw = elements::raw_and_dropped(&self.tag);
        let marks = self.marks;
        match elements::layout(&self.tag) {
            Layout::Inline if self.tag == b"img" => self.picture(),
            Layout::Inline => {}
            Layout::Block => self.writer.line_end(1),
            Layout::Paragraph => self.writer.line_end(if marks.tight { 1 } else { 2 }),
            Layout::Cell => self.writer.space(),
            Layout::Break => self.writer.line_break(),
            Layout::Rule => self.rule(),
            Layout::Item => {
                self.writer.line_end(1);
                self.shown("- ");
                self.writer.space();
            }
        }
        if self.mode == Mode::Marking {
            self.note_marks(marks);
        }
        if let Some(element) = elements::tracked(&self.tag) {
            self.open(element, marks);
        }
    }

    fn note_marks(&mut self, marks: Marks) {
        if marks.rest_quoted {
            self.rest_quoted = true;
            self.set_level();
        }
        self.line_above |= marks.line_above && self.tag == b"div";
        if marks.signature && self.level() == 0 && self.hidden == 0 && !self.writer.is_empty() {
            self.writer.line_end(1);
            self.writer.flowing("--");
            self.writer.line_end(1);
        }
    }

    fn open(&mut self, element: u8, marks: Marks) {
        let is_quote = self.tag == b"blockquote";
        let by_hand = is_quote
            && marks.gmail_quote
            && !self.quote_seen
            && self.quoted == 0
            && self.writer.last() != Some(':');
        let quoted = (is_quote && !by_hand) || marks.quoted || marks.gmail_wrapper;
        let open = Open {
            element,
            quoted: quoted && self.mode == Mode::Marking,
            hidden: marks.hidden || elements::never_shown(&self.tag),
            preformatted: self.tag == b"pre",
            wrapper: marks.gmail_wrapper,
        };
        self.quoted += usize::from(open.quoted);
        self.hidden += usize::from(open.hidden);
        self.preformatted += usize::from(open.preformatted);
        self.quote_seen |= quoted;
        if let Some(count) = self.open_counts.get_mut(usize::from(element)) {
            *count += 1;
        }
        self.stack.push(open);
        self.set_level();
    }

    fn end(&mut self, name: &[u8]) {
        self.raw = false;
        match elements::layout(name) {
            Layout::Block | Layout::Item => self.writer.line_end(1),
            Layout::Paragraph => self.writer.line_end(1),
            Layout::Cell => self.writer.space(),
            Layout::Break => self.writer.line_break(),
            Layout::Inline | Layout::Rule => {}
        }
        let Some(element) = elements::tracked(name) else { return };
        if self.open_counts.get(usize::from(element)).copied().unwrap_or(0) == 0 {
            return;
        }
        while let Some(open) = self.stack.pop() {
            self.close(&open);
            if open.element == element {
                break;
            }
        }
        if name == b"blockquote" {
            self.release_wrapper();
        }
        self.set_level();
    }

    fn close(&mut self, open: &Open) {
        self.quoted = self.quoted.saturating_sub(usize::from(open.quoted));
        self.hidden = self.hidden.saturating_sub(usize::from(open.hidden));
        self.preformatted = self.preformatted.saturating_sub(usize::from(open.preformatted));
        if let Some(count) = self.open_counts.get_mut(usize::from(open.element)) {
            *count = count.saturating_sub(1);
        }
    }

    /// After a quote directly inside Gmail's wrapper an answer may follow.
    fn release_wrapper(&mut self) {
        if let Some(open) = self.stack.last_mut()
            && open.wrapper
            && open.quoted
        {
            open.quoted = false;
            self.quoted = self.quoted.saturating_sub(1);
        }
    }

    fn level(&self) -> usize {
        self.quoted + usize::from(self.rest_quoted)
    }

    fn set_level(&mut self) {
        let level = self.level();
        self.writer.set_level(level);
    }

    fn rule(&mut self) {
        self.writer.line_end(1);
        if self.mode == Mode::Marking && !self.writer.is_empty() {
            self.shown(RULE);
        }
        self.writer.line_end(1);
    }

    /// Of pictures only emoji are text.
    fn picture(&mut self) {
        let alternative = std::mem::take(&mut self.alternative);
        if !alternative.is_empty() && alternative.chars().all(|c| u32::from(c) >= 0x2190) {
            self.shown(&alternative);
        }
    }

    fn text(&mut self, text: &str) {
        if self.raw || self.hidden > 0 {
            return;
        }
        if self.line_above && !text.trim().is_empty() {
            self.line_above = false;
            if starts_with_label(text) {
                self.rest_quoted = true;
                self.set_level();
            }
        }
        self.shown(text);
    }

    fn shown(&mut self, text: &str) {
        if self.hidden > 0 {
        } else if self.preformatted > 0 {
            self.writer.preformatted(text);
        } else {
            self.writer.flowing(text);
        }
    }
}

/// Whether a text starts like a field of a mail header in any language.
fn starts_with_label(text: &str) -> bool {
    let text = text.trim_start();
    text.char_indices()
        .take_while(|(at, _)| *at <= MAX_LABEL)
        .any(|(at, c)| at > 0 && matches!(c, ':' | '：'))
}
