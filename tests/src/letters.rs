//! Mails in one line: [`mail`] begins one, [`Mail::raw`] gives its bytes.

use bytes::Bytes;
use casebook_domain::Timestamp;

/// Address of the inbox that mails are written to when they do not say otherwise.
pub const INBOX: &str = "hello@protocolraw.co.uk";
/// Who writes when a mail does not say otherwise.
pub const CUSTOMER: &str = "ann@example.net";

/// A mail in the making.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Recipient on the envelope.
    pub envelope_to: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A mail from [`CUSTOMER`] to [`INBOX`] with the Message-ID `<id@example.net>`.
pub fn mail(id: &str) -> Mail {
    let fields = [
        ("From", format!("Ann Weaver <{CUSTOMER}>")),
        ("To", INBOX.to_owned()),
        ("Subject", "A question".to_owned()),
        ("Date", "Wed, 08 Apr 2026 09:00:00 +0000".to_owned()),
        ("Message-ID", format!("<{id}@example.net>")),
    ];
    let headers = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Mail {
        envelope_to: INBOX.to_owned(),
        headers,
        body: b"Which days do you deliver to Leeds?\r\n".to_vec(),
    }
}

impl Mail {
    /// Sets a header field, replacing what stood there; [`Self::add`] keeps it.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.without(name).add(name, value)
    }

    /// Adds a header field at the end.
    #[must_use]
    pub fn add(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header field at the top, as a relay does.
    #[must_use]
    pub fn relayed(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(0, (name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a header field out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Sets the author, as an address or with a name.
    #[must_use]
    pub fn from(self, author: &str) -> Self {
        self.header("From", author)
    }

    /// Sets the recipient in the header and on the envelope.
    #[must_use]
    pub fn to(mut self, address: &str) -> Self {
        address.clone_into(&mut self.envelope_to);
        self.header("To", address)
    }

    /// Sets the recipient on the envelope alone.
    #[must_use]
    pub fn envelope(mut self, address: &str) -> Self {
        address.clone_into(&mut self.envelope_to);
        self
    }

    /// Sets the subject.
    #[must_use]
    pub fn subject(self, text: &str) -> Self {
        self.header("Subject", text)
    }

    /// Sets the date of the header field.
    #[must_use]
    pub fn date(self, at: Timestamp) -> Self {
        let text = header_date(at);
        self.header("Date", &text)
    }

    /// Answers the mail `<id@example.net>`.
    #[must_use]
    pub fn answers(self, id: &str) -> Self {
        self.header("In-Reply-To", &format!("<{id}@example.net>"))
    }

    /// Refers to mails, oldest first.
    #[must_use]
    pub fn references(self, ids: &[&str]) -> Self {
        let ids: Vec<String> = ids.iter().map(|id| format!("<{id}@example.net>")).collect();
        self.header("References", &ids.join(" "))
    }

    /// Sets the text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.body(text.as_bytes())
    }

    /// Sets the bytes after the header.
    #[must_use]
    pub fn body(mut self, bytes: &[u8]) -> Self {
        self.body = bytes.to_vec();
        self
    }

    /// The mail's bytes.
    pub fn raw(&self) -> Bytes {
        let mut raw = Vec::new();
        for (name, value) in &self.headers {
            raw.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        raw.extend(b"\r\n");
        raw.extend(&self.body);
        raw.into()
    }
}

/// A date as header fields carry it, for instants between 1970 and 9999.
fn header_date(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = at.to_string();
    let month: usize = text[5..7].parse().expect("a month");
    format!("{} {} {} {} +0000", &text[8..10], MONTHS[month - 1], &text[..4], &text[11..19])
}
