//! How mail programs mark quoted history and signatures in their HTML.
//!
//! Names are compared in lower case and without the `x_` that Outlook on the web puts before ids
//! and classes of mails it quotes.

/// What an element's attributes say about its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// All of the element is quoted history.
    pub quoted: bool,
    /// Gmail's wrapper: attribution and quotes, but answers may stand between the quotes.
    pub gmail_wrapper: bool,
    /// Gmail's class on a `blockquote`, which its composer also gives to a citation made by hand.
    pub gmail_quote: bool,
    /// From here to the end of the mail all is quoted history.
    pub rest_quoted: bool,
    /// A line above, as Outlook draws it over its From block.
    pub line_above: bool,
    /// The element is a signature.
    pub signature: bool,
    /// Not shown to the reader.
    pub hidden: bool,
    /// A paragraph without margins: the next line follows directly.
    pub tight: bool,
}

/// Classes, ids and names of elements that hold quoted history.
const QUOTED: [&str; 20] = [
    "yahoo_quoted",
    "yahoo-quoted",
    "protonmail_quote",
    "tutanota_quote",
    "zmail_extra",
    "moz-cite-prefix",
    "gmail_attr",
    "freshdesk_quote",
    "front-blockquote",
    "reply-intro",
    "olk_src_body_section",
    "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message",
    "isreplycontent",
    "isforwardcontent",
    "messagereplysection",
    "quoted_text",
    "mailquote",
    "skype_quote",
    "aol_quote",
];

/// Ids and classes of elements after which all is quoted history.
const REST_QUOTED: [&str; 5] =
    ["divrplyfwdmsg", "appendonsend", "zwchr", "stopspelling", "outlookmessageheader"];

/// Classes, ids and names of signature elements.
const SIGNATURE: [&str; 12] = [
    "gmail_signature",
    "moz-signature",
    "protonmail_signature_block",
    "yahoo-signature",
    "yahoo_signature",
    "signature",
    "mail-signature",
    "applemailsignature",
    "ms-outlook-mobile-signature",
    "composer_signature",
    "messagesignaturesection",
    "email-signature",
];

impl Marks {
    /// Takes in one attribute. `element` and `name` are lower case, `value` is as written.
    pub fn attribute(&mut self, element: &[u8], name: &[u8], value: &[u8]) {
        match name {
            b"class" | b"id" | b"name" => self.names(element, value),
            b"type" => self.quoted |= value.eq_ignore_ascii_case(b"cite"),
            b"data-marker" => {
                self.quoted |= value == b"__QUOTED_TEXT__" || value == b"__HEADERS__";
                self.rest_quoted |= value == b"__DIVIDER__";
            }
            b"style" => self.style(value),
            b"hidden" => self.hidden = true,
            _ => {}
        }
    }

    fn names(&mut self, element: &[u8], value: &[u8]) {
        // Names of interest are short; a class list of megabytes is not worth reading.
        let value = &value[..value.len().min(400)];
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        for token in value.split_ascii_whitespace() {
            let name = token.trim_start_matches("x_");
            if name.starts_with("gmail_quote") {
                self.gmail_wrapper |= element == b"div";
                self.gmail_quote = true;
            }
            self.quoted |= QUOTED.contains(&name)
                || name.starts_with("yahoo_quoted")
                || (name == "quote" && element == b"div");
            self.rest_quoted |= REST_QUOTED.contains(&name);
            self.signature |= SIGNATURE.contains(&name);
            self.tight |= name.starts_with("mso");
        }
    }

    fn style(&mut self, value: &[u8]) {
        let value = &value[..value.len().min(2_000)];
        let style: String = String::from_utf8_lossy(value)
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        self.hidden |= style.contains("display:none") || style.contains("mso-hide:all");
        self.line_above |= style.contains("border-top:solid")
            || style.contains("border-top:1ptsolid")
            || style.contains("border-top:1.0ptsolid")
            || style.contains("border-style:solidnonenone");
        self.tight |= style.contains("margin:0") || style.contains("margin-top:0");
    }
}
