//! Gives the errors that the library finds the codes of the house.

use std::sync::Arc;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextRequest, NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    Response, ServerError, ServerResult, ValidationResult, Variables, async_trait,
};

/// See the module.
pub(super) struct Codes;

impl ExtensionFactory for Codes {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Codes {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        next.run(ctx, query, variables).await.map_err(coded)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await.map_err(|errors| errors.into_iter().map(coded).collect())
    }

    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(ctx).await;
        // What has no code here was found by the library, while it read arguments.
        response.errors = response.errors.into_iter().map(coded).collect();
        response
    }
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
