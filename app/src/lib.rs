//! Use cases: authorise, load, decide, append. The only writer of the log.
//!
//! [`App`] holds what every use case needs. Each use case is one method in a file named after it;
//! decisions themselves are pure and live in `casebook-domain`.

mod access;
mod app;
mod append;
mod audit;
mod contact;
mod delivery;
mod error;
mod forward;
mod intake;
mod outbox;
mod policy;
mod ports;
pub mod queries;
mod settings;
mod triage;

mod work;

pub use access::{Access, Actor, Permission};
pub use app::{App, Parts};
pub use audit::{LogCheck, LogProblem, ReplayStep};
pub use casebook_projections::Projections;
pub use contact::{ContactRecord, ImportedContact};
pub use delivery::DeliveryTask;
pub use error::{AppError, Cause};
pub use forward::ForwardTask;
pub use intake::{
    Arrival, ReceiveEmail, Received, ReceivedAs, Transcript, TriageAnswer, TriageRequest,
};
pub use policy::{InForce, PolicyBook, PolicyVersionInfo, Published};
pub use ports::*;
pub use settings::{DeliverySettings, ForwardSettings, IntakeSettings, TriageSettings};
pub use triage::{PromptPreview, TriageTask};
pub use work::{
    ApproveReply, BulkItem, Done, OnTicket, Replacement, ReplacementTask, StartConversation,
    WakeTask,
};
