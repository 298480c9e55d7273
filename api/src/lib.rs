//! The HTTP edge: GraphQL, intake routes, files, figures, probes.
//!
//! [`router`] makes the routes out of an [`ApiState`]. Handlers hand over to one use case or one
//! query of `casebook-app`; nothing here knows SQL or appends events.

mod accept;
mod analytics;
mod audit;
mod auth;
mod body;
mod detached;
mod files;
mod graphiql;
mod graphql;
mod guard;
mod intake;
mod json;
mod landing;
mod listener;
mod probes;
mod problem;
mod router;
mod secret;
mod settings;
mod state;
mod streams;
mod telemetry;

pub use graphql::sdl;
pub use listener::{Impatient, Listener};
pub use router::router;
pub use secret::Secret;
pub use settings::{ApiSettings, EdgeSettings, IntakeEdgeSettings, TenantEdgeSettings};
pub use state::ApiState;
pub use streams::settings::{IntegrationSettings, StreamSettings};
