//! The committed schema is the one that is served.

use std::path::Path;

/// Set to anything to write the file anew instead of comparing it.
const UPDATE: &str = "CASEBOOK_UPDATE_SCHEMA";

#[test]
fn the_committed_schema_is_clean() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../portal/schema.graphql");
    let sdl = casebook_api::sdl();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &sdl).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == sdl,
        "portal/schema.graphql is not what the code serves; run the tests with {UPDATE}=1"
    );
}

#[test]
fn everything_in_the_schema_is_described() {
    let sdl = casebook_api::sdl();
    let mut described = false;
    for line in sdl.lines().map(str::trim) {
        let declares = ["type ", "enum ", "input ", "interface ", "scalar "];
        if declares.iter().any(|word| line.starts_with(word)) && !line.contains("PageInfo") {
            assert!(described, "{line} has no description");
        }
        described = line == "\"\"\"";
    }
}
