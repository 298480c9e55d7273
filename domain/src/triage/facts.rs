//! What triage knows about the message that it judges.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::contact::CustomerContext;

/// A message with everything around it that a classifier may see. All of it is personal data, so
/// `Debug` prints sizes only.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageFacts {
    /// What the tenant's directory knows about the person.
    pub customer: Option<CustomerContext>,
    /// Whether the directory knows the person at all (SOP CS-01 v2.4).
    pub is_existing_customer: bool,
    /// Subject without reply marks; `None` when it says nothing.
    pub subject: Option<String>,
    /// What the person wrote now, without quoted history.
    pub new_text: String,
    /// The whole text with quotes; stands in where `new_text` is blank.
    pub full_text: String,
    /// Earlier messages of the thread, oldest first.
    pub earlier: Vec<Earlier>,
    /// The signature block, where it was split from the text.
    pub signature: Option<String>,
    /// Language tag of the message, where it is known.
    pub language: Option<String>,
}

/// An earlier message of the same thread.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Whether we sent it.
    pub ours: bool,
    /// Its new text.
    pub text: String,
}

impl MessageFacts {
    /// The text to judge: what is new, else everything.
    pub fn text(&self) -> &str {
        if self.new_text.trim().is_empty() { &self.full_text } else { &self.new_text }
    }

    /// The name in the directory, when the person is in it.
    pub fn known_name(&self) -> Option<String> {
        let customer = self.customer.as_ref().filter(|_| self.is_existing_customer)?;
        customer.full_name()
    }
}

impl fmt::Debug for MessageFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageFacts")
            .field("is_existing_customer", &self.is_existing_customer)
            .field("text_bytes", &self.text().len())
            .field("earlier", &self.earlier.len())
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Earlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Earlier")
            .field("ours", &self.ours)
            .field("text_bytes", &self.text.len())
            .finish()
    }
}
