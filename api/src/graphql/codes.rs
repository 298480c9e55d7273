//! Gives the errors that the library finds the codes of the house.

use async_graphql::{Response, ServerError};

/// The answer with a code on each of its errors.
pub(super) fn with_codes(mut answer: Response) -> Response {
    // What has no code was found by the library: it names only what it has itself.
    answer.errors = answer.errors.into_iter().map(coded).collect();
    answer
}

fn coded(mut error: ServerError) -> ServerError {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_some() {
        return error;
    }
    let limit = match error.message.as_str() {
        "Query is too complex." => Some("api.graphql_complexity_max"),
        "Query is nested too deep." => Some("api.graphql_depth_max"),
        message if message.starts_with("The recursion depth") => Some("api.graphql_depth_max"),
        _ => None,
    };
    match limit {
        Some(name) => {
            extensions.set("code", "LIMIT");
            extensions.set("limit", name);
        }
        None => {
            extensions.set("code", "INVALID");
            extensions.set("field", "query");
        }
    }
    error
}
