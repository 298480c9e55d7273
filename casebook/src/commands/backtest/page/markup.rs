//! A page in the making. Markup comes from this program alone: whatever else is written is escaped.

use std::fmt::{self, Display, Write};

/// HTML text.
#[derive(Default)]
pub struct Page(String);

/// Writes text with everything escaped that means something in HTML, in content and in attributes.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // Control characters are not allowed in HTML.
                c if c.is_control() && c != '\n' && c != '\t' => self.0.push(' '),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

impl Page {
    /// Markup of this program.
    pub fn raw(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Any text.
    pub fn text(&mut self, text: impl Display) {
        // Writing into a string cannot fail.
        let _ = write!(Escaped(&mut self.0), "{text}");
    }

    /// A number with its thousands set apart.
    pub fn number(&mut self, value: u64) {
        let digits = value.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                self.0.push('\u{202f}');
            }
            self.0.push(digit);
        }
    }

    /// An attribute; its name is this program's.
    pub fn attribute(&mut self, name: &'static str, value: impl Display) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        self.text(value);
        self.raw("\"");
    }

    /// The page.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_no_markup_is_escaped() {
        let mut page = Page::default();
        page.raw("<td");
        page.attribute("title", "\"><script>alert('x')</script>");
        page.raw(">");
        page.text("a & b\u{7}<i>");
        assert_eq!(
            page.into_string(),
            "<td title=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\">\
             a &amp; b &lt;i&gt;"
        );
    }

    #[test]
    fn thousands_are_set_apart() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1000, "1\u{202f}000"), (1_234_567, "1\u{202f}234\u{202f}567")]
        {
            let mut page = Page::default();
            page.number(value);
            assert_eq!(page.into_string(), text);
        }
    }
}
