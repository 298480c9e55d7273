//! Use cases: authorise, load, decide, append. The only writer of the log.
//!
//! [`App`] holds what every use case needs. Each use case is one method in a file named after it;
//! decisions themselves are pure and live in `casebook-domain`.

mod access;
mod app;
mod append;
mod audit;
mod backtest;
mod contact;
mod delivery;
mod error;
mod export;
mod forward;
mod intake;
mod operations;
mod outbox;
mod policy;
mod ports;
pub mod queries;
mod reads;
mod repeats;
mod settings;
mod stream;
mod trace;
mod triage;
mod webhooks;
mod work;

pub use access::{Access, Actor, Permission};
pub use app::{App, Parts};
pub use audit::{
    AuditEntry, AuditExport, AuditFormat, AuditRequest, AuditSubject, DecisionCheck, DecisionNews,
    Difference, LogCheck, LogProblem, ReplayStep, Rule, Side, VerifyDecisions,
};
pub use backtest::{Backtest, BacktestRun, PolicyName};
pub use casebook_projections::Projections;
pub use casebook_store::trace as traces;
pub use contact::{ContactRecord, ImportedContact};
pub use delivery::DeliveryTask;
pub use error::{AppError, Cause};
pub use export::{Cell, Export, ExportRequest, ExportWhat};
pub use forward::ForwardTask;
pub use intake::{
    Arrival, ReceiveEmail, Received, ReceivedAs, Transcript, TriageAnswer, TriageRequest,
};
pub use operations::{RebuildStarted, SkipEvent, Skipped};
pub use policy::{InForce, PolicyBook, Published};
pub use ports::*;
pub use reads::Looks;
pub use settings::{
    BacktestSettings, DeliverySettings, ForwardSettings, IntakeSettings, TriageSettings,
};
pub use stream::{
    EVENT_TYPES, EventData, EventFeed, EventPage, EventRequest, EventType, PublicEvent,
    StreamEvent, StreamStart,
};
pub use triage::{PromptPreview, TriageTask};
pub use webhooks::{
    ChangeWebhook, DeadLetter, Delivery, DeliveryPage, DeliveryPlace, OnWebhook, SubscribeWebhook,
    Subscribed, WebhookDone, WebhookInfo, WebhookKey, WebhookParts, WebhookSettings, WebhookTask,
};
pub use work::{
    ApproveReply, BulkItem, Done, OnTicket, Replacement, ReplacementTask, StartConversation,
    WakeTask,
};
