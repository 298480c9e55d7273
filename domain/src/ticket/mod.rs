//! The ticket: all state of one piece of work.

mod command;
mod event;
mod standing;
mod state;
mod status;

pub use command::{GateRun, JoinTicket, OpenTicket, TicketCommand, TicketError};
pub use event::*;
pub use standing::Standing;
pub use state::Ticket;
pub use status::{Priority, Status};
