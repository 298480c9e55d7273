//! The edge as its callers see it: requests into the real router, over real databases.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod away;
mod bulk;
mod desk;
mod files;
mod graphql;
mod graphql_errors;
mod graphql_http;
mod harness;
mod intake_email;
mod intake_triage;
mod intake_wait;
mod limits;
mod pages;
mod policies;
mod probes;
mod replies;
mod schema;
mod statements;
mod who;
mod work;
