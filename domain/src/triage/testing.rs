//! The policy of a shipped tenant, for the tests of triage.

use std::sync::OnceLock;

use crate::policy::Policy;

const POLICY: &str = include_str!("../../../tenants/protocol-raw/policy.toml");
const GATES: &str = include_str!("../../../tenants/protocol-raw/gates.toml");

/// Protocol Raw's policy with a short prompt and one article.
pub(crate) fn protocol_raw() -> Policy {
    static SHIPPED: OnceLock<Policy> = OnceLock::new();
    SHIPPED
        .get_or_init(|| {
            let files = [
                ("policy.toml", POLICY),
                ("gates.toml", GATES),
                ("prompt.md", "{{categories}}"),
                ("knowledge/a.md", "# Boxes\n\nBoxes are cold."),
            ];
            let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
            Policy::from_files(&files.into()).expect("sound files")
        })
        .clone()
}
