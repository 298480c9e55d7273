//! The dependency chain: domain <- store <- projections <- app <- {ingest, triage, outbound, api}
//! <- casebook. The siblings never import each other.

use std::path::Path;

use casebook_house::{files, text};

/// Each crate and the crates of ours that it may name in `[dependencies]`.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("store", &["domain"]),
    ("projections", &["domain", "store"]),
    ("app", &["domain", "store", "projections"]),
    ("ingest", &["domain", "app"]),
    ("outbound", &["domain", "app"]),
    ("triage", &["domain", "app"]),
    ("api", &["domain", "app"]),
    ("evaluate", &["domain", "app", "ingest", "triage"]),
    ("casebook", &["domain", "store", "projections", "app", "ingest", "triage", "outbound", "api"]),
    ("tests", &["domain", "store", "projections", "app", "ingest", "triage", "outbound", "api"]),
];

/// Crates that the pure core must not even name.
const NOT_IN_DOMAIN: [&str; 8] =
    ["sqlx", "rusqlite", "axum", "async-graphql", "reqwest", "tokio", "tracing", "rand"];

fn dependencies(folder: &str) -> Vec<String> {
    let manifest: toml::Table =
        text(&Path::new(folder).join("Cargo.toml")).parse().expect("a manifest");
    let table = manifest.get("dependencies").and_then(toml::Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn each_crate_uses_only_what_lies_before_it_in_the_chain() {
    for (folder, allowed) in MAY_USE {
        for dependency in dependencies(folder) {
            let Some(ours) = dependency.strip_prefix("casebook-") else { continue };
            assert!(allowed.contains(&ours), "{folder} must not use {ours}");
        }
    }
}

#[test]
fn every_crate_has_a_place_in_the_chain() {
    let manifest: toml::Table = text(Path::new("Cargo.toml")).parse().expect("a manifest");
    let members = manifest["workspace"]["members"].as_array().expect("members");
    for member in members.iter().filter_map(toml::Value::as_str) {
        let known = MAY_USE.iter().any(|(folder, _)| *folder == member);
        assert!(known || member == "house", "{member} has no place in the chain");
    }
}

#[test]
fn the_domain_is_pure() {
    let used = dependencies("domain");
    for banned in NOT_IN_DOMAIN {
        assert!(!used.iter().any(|name| name == banned), "domain must not use {banned}");
    }
}

#[test]
fn the_edge_writes_no_sql_and_appends_nothing() {
    for path in files(".rs").into_iter().filter(|path| path.starts_with("api/src")) {
        let code = casebook_house::code(&path);
        for banned in ["sqlx::", "rusqlite::", ".append(", "INSERT INTO", "SELECT "] {
            assert!(!code.contains(banned), "{}: {banned}", path.display());
        }
    }
}
