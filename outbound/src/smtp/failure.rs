//! What went wrong, and what that means for the mail.

use std::error::Error as _;

use casebook_app::TransportError;
use lettre::transport::smtp::Error;

use super::words;

/// Codes by which a server speaks about the login or its protection, not about the mail (RFC 4954
/// section 6): an operator can mend that.
const ACCESS_CODES: [u16; 4] = [530, 534, 535, 538];
/// The server goes away (RFC 5321 section 3.8).
const CLOSING: u16 = 421;

/// Why a conversation with the server ended early.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server refused a step of the mail itself.
    Refused {
        /// Reply code.
        code: u16,
        /// Code and text.
        spoken: String,
    },
    /// No connection that could carry mail came about; the text says why.
    Unready(String),
    /// The connection broke.
    Broken,
    /// The server answered something that makes no sense.
    Garbled,
    /// The server did not answer in time.
    Late,
    /// The server cannot take this mail; the text says why.
    Unfit(&'static str),
}

impl Failure {
    /// What lettre reports about one command.
    pub fn of(error: &Error) -> Self {
        if let Some(code) = error.status() {
            let text = error.source().map(ToString::to_string).unwrap_or_default();
            return Self::Refused { code: code.into(), spoken: format!("{code} {text}") };
        }
        if error.is_timeout() {
            return Self::Late;
        }
        let incomplete = error.source().is_some_and(|e| e.to_string() == "incomplete response");
        match error.is_response() || error.is_client() {
            true if !incomplete => Self::Garbled,
            _ => Self::Broken,
        }
    }

    /// Whether a kept connection may have failed because it was kept too long.
    pub fn stale(&self) -> bool {
        match self {
            Self::Refused { code, .. } => *code == CLOSING,
            Self::Broken | Self::Garbled | Self::Late => true,
            Self::Unready(_) | Self::Unfit(_) => false,
        }
    }

    /// Whether the connection is still good for another mail.
    pub fn leaves_open(&self) -> bool {
        match self {
            Self::Refused { code, .. } => *code != CLOSING,
            Self::Unfit(_) => true,
            _ => false,
        }
    }

    /// The failure as the use cases see it; `sent` tells whether the whole mail was on its way.
    pub fn into_error(self, sent: bool, private: &[&str]) -> TransportError {
        let unanswered = |reason: &str| match sent {
            true => TransportError::uncertain(format!("{reason} after the whole mail was sent")),
            false => TransportError::temporary(reason),
        };
        match self {
            Self::Refused { code, spoken } => {
                let spoken = words::public(&spoken, private);
                if code >= 500 && !ACCESS_CODES.contains(&code) {
                    TransportError::permanent(spoken)
                } else {
                    TransportError::temporary(spoken)
                }
            }
            Self::Unready(reason) => TransportError::temporary(words::public(&reason, private)),
            Self::Broken => unanswered("the connection broke"),
            Self::Garbled => unanswered("the server's answer made no sense"),
            Self::Late => unanswered("the server did not answer in time"),
            Self::Unfit(reason) => TransportError::permanent(reason),
        }
    }
}
