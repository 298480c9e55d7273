//! The HTTP edge: GraphQL, intake routes, files, probes.
//!
//! [`router`] makes the routes out of an [`ApiState`]. Handlers hand over to one use case or one
//! query of `casebook-app`; nothing here knows SQL or appends events.

mod auth;
mod body;
mod detached;
mod files;
mod graphql;
mod guard;
mod intake;
mod json;
mod landing;
mod probes;
mod problem;
mod router;
mod secret;
mod settings;
mod state;
mod telemetry;

pub use graphql::sdl;
pub use router::router;
pub use secret::Secret;
pub use settings::{ApiSettings, EdgeSettings, IntakeEdgeSettings, TenantEdgeSettings};
pub use state::ApiState;
