//! The parameters of a GraphQL request, from a JSON body or a query string.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use serde::Deserialize;

use super::document;
use super::documents::Documents;
use super::others;
use crate::ApiSettings;
use crate::problem::Problem;

/// The parameters of a GraphQL request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Params {
    /// The document.
    query: String,
    /// Which of its operations.
    #[serde(default)]
    operation_name: Option<String>,
    /// Values of its variables.
    #[serde(default)]
    variables: Option<serde_json::Map<String, serde_json::Value>>,
    /// Extensions of the protocol; none is known here.
    #[serde(default, rename = "extensions")]
    _extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Params {
    /// Reads the query string of a GET request.
    pub(super) fn from_query(settings: &ApiSettings, query: &str) -> Result<Self, Problem> {
        if query.len() > settings.graphql_bytes_max {
            return Err(Problem::too_large("api.graphql_bytes_max", settings.graphql_bytes_max));
        }
        let mut params = Self::default();
        let mut asked = false;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "query" => {
                    asked = !value.is_empty();
                    params.query = value.into_owned();
                }
                "operationName" => params.operation_name = Some(value.into_owned()),
                "variables" if value.is_empty() => {}
                "variables" => {
                    let variables = serde_json::from_str(&value);
                    let wrong = |_| Problem::invalid("variables", "is not a JSON object");
                    params.variables = Some(variables.map_err(wrong)?);
                }
                "extensions" => {}
                other => return Err(Problem::invalid(other, "is not a known parameter")),
            }
        }
        if asked { Ok(params) } else { Err(Problem::invalid("query", "is missing")) }
    }

    /// The request, its document read under the limits. What is wrong here is wrong with the
    /// document or its variables, not with the request that carries them.
    pub(super) fn into_request(self, documents: &Documents) -> Result<Request, Problem> {
        let parsed = documents.read(&self.query)?;
        let operation_name = self.operation_name.filter(|name| !name.is_empty());
        let variables = self.variables.unwrap_or_default();
        document::check_variables(&parsed, operation_name.as_deref(), &variables)?;
        let mut document = Arc::unwrap_or_clone(parsed);
        others::leave_out(&mut document, operation_name.as_deref(), &variables);
        let variables = Variables::from_json(serde_json::Value::Object(variables));
        let mut request = Request::new(self.query).variables(variables);
        request.operation_name = operation_name;
        request.set_parsed_query(document);
        Ok(request)
    }
}
