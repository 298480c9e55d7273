//! The SQL views for analysts, on PostgreSQL: schema `raw_ops` with the tables of SOP CS-01, schema
//! `support` with those of the dashboard plan.
//!
//! They read the tables of the live generations directly. When a generation is exchanged, the same
//! transaction defines them anew over the next one; they stay the same objects, so what others
//! built on them and granted stays too. The texts are under `migrations/postgres/views`.

use std::borrow::Cow;
use std::sync::LazyLock;

use casebook_store::{Db, Dialect, Step, WriteBatch};

/// A view: its schema, its name, and the statement that defines it.
struct View {
    schema: &'static str,
    name: &'static str,
    sql: &'static str,
}

macro_rules! views {
    ($($schema:literal: $($name:literal),+;)+) => {
        &[$($(View {
            schema: $schema,
            name: $name,
            sql: include_str!(concat!(
                "../../../migrations/postgres/views/", $schema, "/", $name, ".sql"
            )),
        }),+),+]
    };
}

const VIEWS: &[View] = views!(
    "raw_ops": "support_tickets", "ticket_messages", "cs_agent_decisions", "csat_responses",
        "monitoring_runs", "customers", "subscriptions", "v_support_queue", "ticket_open_times";
    "support": "support_conversations", "support_messages", "support_analytics";
);

macro_rules! parts {
    ($($name:literal),+) => {
        &[$((
            concat!("{", $name, "}"),
            include_str!(concat!("../../../migrations/postgres/views/parts/", $name, ".sql")),
        )),+]
    };
}

/// What several views say alike: the mark in their texts, and what stands for it.
const PARTS: &[(&str, &str)] = parts!("ticket_columns", "subscription_columns");

impl View {
    /// The statement with the parts in it.
    fn text(&self) -> String {
        let put_in = |sql: String, (mark, part): &(&str, &str)| sql.replace(mark, part.trim_end());
        PARTS.iter().fold(self.sql.to_owned(), put_in)
    }
}

/// Defines what is missing or shows a table that is not live any more, and grants what is due.
static APPLY: LazyLock<String> = LazyLock::new(|| {
    let texts = VIEWS.iter().map(
        |view| serde_json::json!({ "schema": view.schema, "name": view.name, "sql": view.text() }),
    );
    let texts = serde_json::Value::from_iter(texts).to_string();
    include_str!("../../../migrations/postgres/views/apply.sql").replacen(
        "$views${views}$",
        &format!("$views${texts}$"),
        1,
    )
});

/// The step that lets the views show the live generations; none on SQLite, which has no schemas.
pub(crate) fn step(dialect: Dialect) -> Option<Step> {
    let sql = || Step::Execute { sql: Cow::Borrowed(APPLY.as_str()), params: Vec::new() };
    (dialect == Dialect::Postgres).then(sql)
}

/// Lets the views show the live generations, outside of an exchange. A failure is told and left:
/// nobody's mail may wait for a view.
pub(crate) async fn define(db: &Db) {
    let Some(step) = step(db.dialect()) else { return };
    let batch = WriteBatch { steps: vec![step], ..WriteBatch::default() };
    if let Err(error) = db.write(batch).await {
        tracing::warn!(%error, "the SQL views are left as they were");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_put_in_whole() {
        assert!(APPLY.contains("$views$[{") && !APPLY.contains("$views${views}"));
        let marks = ["{ticket_columns}", "{subscription_columns}"];
        assert!(marks.iter().all(|mark| !APPLY.contains(mark)), "{marks:?}");
        for view in VIEWS {
            let head = format!("CREATE OR REPLACE VIEW {}.{} ", view.schema, view.name);
            assert!(view.sql.contains(&head), "{} defines another view", view.name);
            assert!(view.sql.contains("security_invoker = true"), "{}", view.name);
            // Texts are quoted by these words.
            assert!(
                !view.sql.contains("$views$") && !view.sql.contains("$apply$"),
                "{}",
                view.name
            );
        }
    }

    #[test]
    fn only_postgres_has_them() {
        assert!(step(Dialect::Sqlite).is_none());
        assert!(step(Dialect::Postgres).is_some());
    }
}
