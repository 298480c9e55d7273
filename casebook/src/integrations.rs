//! Integrations in the environment: `CASEBOOK_API__INTEGRATIONS__<NAME>__...`.
//!
//! Names of environment variables hold no hyphen, and names of integrations no underscore.

use std::collections::BTreeMap;

const PREFIX: &str = "CASEBOOK_API__INTEGRATIONS__";

/// The integration whose token a variable holds.
pub fn of_token(variable: &str) -> Option<String> {
    let name = variable.strip_prefix(PREFIX)?.strip_suffix("__TOKEN")?;
    Some(named(name))
}

/// The settings among these variables that are lists of tenants.
pub fn lists<'a>(variables: impl Iterator<Item = &'a String>) -> Vec<String> {
    let name = |variable: &String| {
        let name = variable.strip_prefix(PREFIX)?.strip_suffix("__TENANTS")?;
        Some(format!("api.integrations.{}.tenants", name.to_lowercase()))
    };
    variables.filter_map(name).collect()
}

/// The same integrations under their own names.
pub fn renamed<T>(integrations: BTreeMap<String, T>) -> BTreeMap<String, T> {
    integrations.into_iter().map(|(name, of)| (named(&name), of)).collect()
}

fn named(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}
