//! What each HTML element means for the layout of text.

/// How an element breaks lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Flows with the text around it.
    Inline,
    /// Starts and ends a line.
    Block,
    /// Starts and ends a line, with a blank line around it unless its margins are zero.
    Paragraph,
    /// A table cell: set off by a space.
    Cell,
    /// One line break.
    Break,
    /// A horizontal rule.
    Rule,
    /// An item of a list.
    Item,
}

/// The layout of the element called `name` (lower case).
pub fn layout(name: &[u8]) -> Layout {
    match name {
        b"br" => Layout::Break,
        b"hr" => Layout::Rule,
        b"li" => Layout::Item,
        b"td" | b"th" => Layout::Cell,
        b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Layout::Paragraph,
        b"address" | b"article" | b"aside" | b"blockquote" | b"body" | b"caption" | b"center"
        | b"dd" | b"details" | b"dir" | b"div" | b"dl" | b"dt" | b"fieldset" | b"figcaption"
        | b"figure" | b"footer" | b"form" | b"header" | b"html" | b"legend" | b"main" | b"menu"
        | b"nav" | b"ol" | b"pre" | b"section" | b"summary" | b"table" | b"tbody" | b"tfoot"
        | b"thead" | b"tr" | b"ul" => Layout::Block,
        _ => Layout::Inline,
    }
}

/// Elements whose opening and closing is followed on a stack, because a mark on them (quoted,
/// hidden, signature) holds for all they contain.
const TRACKED: [&[u8]; 15] = [
    b"div",
    b"blockquote",
    b"table",
    b"td",
    b"section",
    b"article",
    b"center",
    b"pre",
    b"main",
    b"aside",
    b"xml",
    b"svg",
    b"template",
    b"object",
    b"footer",
];

/// The number of tracked elements.
pub const TRACKED_COUNT: usize = TRACKED.len();

/// The number of a tracked element; none for all others.
pub fn tracked(name: &[u8]) -> Option<u8> {
    let position = TRACKED.iter().position(|known| *known == name)?;
    u8::try_from(position).ok()
}

/// Whether the content of a tracked element is never shown as text.
pub fn never_shown(name: &[u8]) -> bool {
    matches!(name, b"xml" | b"svg" | b"template" | b"object")
}

/// Whether the tokenizer hands over the content of this element as raw text that is not for the
/// reader (`noscript` is raw text too, as browsers with scripting treat it).
pub fn raw_and_dropped(name: &[u8]) -> bool {
    matches!(
        name,
        b"script" | b"style" | b"title" | b"noscript" | b"iframe" | b"noembed" | b"noframes"
    )
}
