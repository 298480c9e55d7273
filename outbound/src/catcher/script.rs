//! What a catcher can be told to do on a connection.

use std::time::Duration;

/// A point in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A connection was opened; the greeting is due.
    Connect,
    /// EHLO or HELO.
    Hello,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The first line of the mail has come.
    Content,
    /// The mail has come whole and is not kept yet.
    End,
    /// The mail is kept; the answer is due.
    Kept,
    /// RSET, between two mails.
    Reset,
}

/// What happens instead of the normal answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// These words, without the last line end; a first digit of 4 or 5 refuses the step.
    Say(String),
    /// The connection is closed.
    Close,
    /// No answer ever, until the client goes away.
    Silence,
    /// The normal answer, so much later.
    Delay(Duration),
}

/// Something that happens once, when the conversation first reaches a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// When.
    pub at: Step,
    /// What.
    pub act: Act,
}

impl Fault {
    /// Says `words` at a step.
    pub fn say(at: Step, words: &str) -> Self {
        Self { at, act: Act::Say(words.to_owned()) }
    }

    /// Closes the connection at a step.
    pub const fn close(at: Step) -> Self {
        Self { at, act: Act::Close }
    }

    /// Falls silent at a step.
    pub const fn silence(at: Step) -> Self {
        Self { at, act: Act::Silence }
    }

    /// Answers late at a step.
    pub const fn delay(at: Step, delay: Duration) -> Self {
        Self { at, act: Act::Delay(delay) }
    }
}

/// The faults of one connection, each used once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script(Vec<Fault>);

impl Script {
    /// A script of these faults.
    pub fn new(faults: impl IntoIterator<Item = Fault>) -> Self {
        Self(faults.into_iter().collect())
    }

    /// Takes out the first fault for a step.
    pub(super) fn next(&mut self, at: Step) -> Option<Act> {
        let place = self.0.iter().position(|fault| fault.at == at)?;
        Some(self.0.remove(place).act)
    }
}
