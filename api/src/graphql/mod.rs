//! GraphQL: the schema, its types and the route.
//!
//! Types here are the edge's own; rows of read models are turned into them, stored events never.

mod analytics;
mod as_of;
mod audit;
mod backtest;
mod batch;
mod codes;
mod connection;
mod contact;
mod contact_list;
mod context;
mod conversation;
mod conversation_list;
mod cursor;
mod decision;
mod document;
mod documents;
mod enums;
mod error;
mod execute;
mod global_id;
mod http;
mod loads;
mod message;
mod mutation;
mod nesting;
mod node;
mod note;
mod others;
mod params;
mod policy;
mod policy_version;
mod projection;
mod provider;
mod query;
mod queue;
mod queue_edges;
mod queue_filter;
mod reads;
mod reply;
mod run;
mod scalars;
mod set_aside;
mod subscription;
mod tenant;
mod ticket;
mod ticket_list;
mod verdict;
mod webhook;
mod work_enums;
mod ws;

use async_graphql::Schema;

use crate::ApiSettings;

pub(crate) use documents::Documents;
pub(crate) use http::routes;

/// The schema.
pub(crate) type CasebookSchema =
    Schema<query::Query, mutation::Mutation, subscription::Subscription>;

/// The schema under the limits of the settings.
pub(crate) fn schema(settings: &ApiSettings) -> CasebookSchema {
    let schema =
        Schema::build(query::Query, mutation::Mutation::default(), subscription::Subscription)
            .register_output_type::<node::Node>()
            .limit_depth(settings.graphql_depth_max)
            .limit_complexity(settings.graphql_complexity_max);
    if settings.introspection { schema.finish() } else { schema.disable_introspection().finish() }
}

/// The schema in GraphQL's own language, as `portal/schema.graphql` holds it.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_enum_items();
    schema(&ApiSettings::default()).sdl_with_options(options)
}
