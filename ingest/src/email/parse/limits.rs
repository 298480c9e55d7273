//! How much of one mail is looked at, so that hostile mail costs bounded time and memory.

/// Limits on one mail. What lies beyond a limit is left out and named in the mail's problems; the
/// raw mail keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole mail that are read (`size_limit`).
    pub mail_bytes: usize,
    /// MIME parts, multiparts included (`parts_limit`).
    pub parts: usize,
    /// Multiparts inside one another (`nesting_limit`).
    pub nesting: usize,
    /// Bytes of the header fields of one part (`header_limit`).
    pub header_bytes: usize,
    /// Header fields of one part (`header_limit`).
    pub header_fields: usize,
    /// Bytes of one header field's value (`header_limit`).
    pub field_bytes: usize,
    /// Addresses or identifiers that one list of the result holds (`list_limit`).
    pub list_entries: usize,
    /// Bytes of text kept, after decoding (`text_limit`).
    pub text_bytes: usize,
    /// Bytes of HTML that are turned into text (`text_limit`).
    pub html_bytes: usize,
    /// Attachments listed in the result (`attachments_limit`).
    pub attachments: usize,
    /// Characters of one attachment's name (cut without a problem code).
    pub name_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mail_bytes: 64 * 1024 * 1024,
            parts: 20_000,
            nesting: 2_000,
            header_bytes: 1024 * 1024,
            header_fields: 2_000,
            field_bytes: 64 * 1024,
            list_entries: 1_000,
            text_bytes: 1024 * 1024,
            html_bytes: 2 * 1024 * 1024,
            attachments: 1_000,
            name_chars: 1_000,
        }
    }
}
