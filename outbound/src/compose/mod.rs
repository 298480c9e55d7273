//! Writes mail: RFC 5322 with MIME, text as `format=flowed` in quoted-printable, so that the bytes
//! pass every server as they are.

mod field;
mod flowed;
mod thread;

use bytes::Bytes;
use casebook_app::{ComposeError, MailComposer, OutgoingMail};
use casebook_domain::Timestamp;
use jiff::tz::TimeZone;

use field::Fields;

/// Writes plain-text mail; the same mail always gives the same bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Composer;

impl MailComposer for Composer {
    fn compose(&self, mail: &OutgoingMail) -> Result<Bytes, ComposeError> {
        let mut fields = Fields::default();
        fields.mailbox("From", &mail.from)?;
        fields.mailbox("To", &mail.to)?;
        if let Some(reply_to) = &mail.reply_to {
            fields.mailbox("Reply-To", reply_to)?;
        }
        fields.text("Subject", &mail.subject);
        fields.plain("Date", &date(mail.date)?);
        if !(thread::usable(&mail.message_id) && mail.message_id.contains('@')) {
            return Err(ComposeError::MessageId);
        }
        fields.ids("Message-ID", &[mail.message_id.as_str()]);
        let parent = mail.in_reply_to.as_deref().filter(|id| thread::usable(id));
        fields.ids("In-Reply-To", parent.as_slice());
        fields.ids("References", &thread::references(&mail.references, parent));
        if mail.auto_submitted {
            fields.plain("Auto-Submitted", "auto-generated");
            // What Exchange looks at instead of RFC 3834.
            fields.plain("X-Auto-Response-Suppress", "All");
        }
        fields.plain("MIME-Version", "1.0");
        fields.plain("Content-Type", "text/plain; charset=utf-8; format=flowed");
        fields.plain("Content-Transfer-Encoding", "quoted-printable");
        let mut bytes = fields.finish().into_bytes();
        bytes.extend(quoted_printable::encode(flowed::flowed(&mail.text)));
        Ok(bytes.into())
    }
}

/// The instant as RFC 5322 section 3.3 writes it, in UTC.
fn date(instant: Timestamp) -> Result<String, ComposeError> {
    let instant = jiff::Timestamp::from_microsecond(instant.as_micros());
    let instant = instant.ok().filter(|instant| *instant >= jiff::Timestamp::UNIX_EPOCH);
    let zoned = instant.ok_or(ComposeError::Date)?.to_zoned(TimeZone::UTC);
    jiff::fmt::rfc2822::to_string(&zoned).map_err(|_| ComposeError::Date)
}
