//! The edge as its callers see it: requests into the real router, over real databases.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod analytics;
mod as_of;
mod audit;
mod away;
mod backtest;
mod bulk;
mod cuts;
mod desk;
mod documented;
mod events;
mod files;
mod graphiql;
mod graphql;
mod graphql_audits;
mod graphql_errors;
mod graphql_http;
mod harness;
mod intake_email;
mod intake_triage;
mod intake_wait;
mod limits;
mod lists;
mod operations;
mod pages;
mod policies;
mod probes;
mod queue_page;
mod replies;
mod schema;
mod served;
mod statements;
mod subscriptions;
mod webhooks;
mod websocket;
mod who;
mod withheld;
mod work;
