//! The policies that the classifier is asked under.

use std::io;

use casebook_domain::policy::{Category, CategoryRole, Localised, Policy};

/// The files of Protocol Raw's policy.
const FILES: [(&str, &str); 10] = [
    ("policy.toml", include_str!("../../../tenants/protocol-raw/policy.toml")),
    ("gates.toml", include_str!("../../../tenants/protocol-raw/gates.toml")),
    ("prompt.md", include_str!("../../../tenants/protocol-raw/prompt.md")),
    (
        "knowledge/box-problems.md",
        include_str!("../../../tenants/protocol-raw/knowledge/box-problems.md"),
    ),
    ("knowledge/delivery.md", include_str!("../../../tenants/protocol-raw/knowledge/delivery.md")),
    ("knowledge/feeding.md", include_str!("../../../tenants/protocol-raw/knowledge/feeding.md")),
    (
        "knowledge/ingredients.md",
        include_str!("../../../tenants/protocol-raw/knowledge/ingredients.md"),
    ),
    ("knowledge/storage.md", include_str!("../../../tenants/protocol-raw/knowledge/storage.md")),
    (
        "knowledge/subscription.md",
        include_str!("../../../tenants/protocol-raw/knowledge/subscription.md"),
    ),
    (
        "knowledge/switching.md",
        include_str!("../../../tenants/protocol-raw/knowledge/switching.md"),
    ),
];

/// Protocol Raw's policy as shipped.
pub fn protocol_raw() -> io::Result<Policy> {
    let files = FILES.map(|(path, text)| (path.to_owned(), text.to_owned()));
    Policy::from_files(&files.into()).map_err(io::Error::other)
}

/// A policy with these categories, taught by these examples, and an untaught fall-back.
pub fn with_categories(examples: Vec<(String, Vec<String>)>) -> io::Result<Policy> {
    let mut policy = protocol_raw()?;
    policy.knowledge.clear();
    policy.categories =
        examples.into_iter().map(|(code, examples)| category(code, examples)).collect();
    let fallback = category("fallback".to_owned(), Vec::new());
    policy.categories.push(Category { role: CategoryRole::Fallback, ..fallback });
    Ok(policy)
}

fn category(code: String, examples: Vec<String>) -> Category {
    Category {
        code,
        customer_name: Localised::default(),
        description: String::new(),
        examples,
        role: CategoryRole::Ordinary,
        mandatory_review: false,
    }
}
