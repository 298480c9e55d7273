//! What another policy would have made of recorded messages.
//!
//! Pure: recorded inputs and a policy give verdicts ([`Contender`]); verdicts, taken in the order
//! of the log, make the two sides of each ticket ([`Ledger`]); both sides and what humans then did
//! make the totals ([`Totals`]). A model is never asked: its recorded raw answers are accepted
//! again, and where a message had a gate instead of an answer and now has none, that is said.

mod contender;
mod ledger;
mod names;
mod side;
mod totals;

pub use contender::{
    AnswerVerdict, Contender, MessageVerdict, PastAnswer, PastMessage, PastReply, ReplyVerdict,
};
pub use ledger::{Human, HumanStep, Ledger, Seen, TicketChange};
pub use side::{DraftChange, Forecast, Outcome};
pub use totals::{CategoryTotal, Confusion, GateTotal, Pair, PriorityTotal, Totals};

#[cfg(test)]
mod tests;
