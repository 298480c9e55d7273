//! SOP CS-01 word for word: its two queries, its queue view, its columns.

use std::collections::BTreeMap;

use casebook_projections::testing::{History, Mail};
use casebook_tests::database::START;
use casebook_tests::{Raw, TestDatabase, postgres_only};

use super::chapter;
use super::stories::{Filled, opening};
use super::told::{Told, percent};
use super::{assert_same, at, row};

postgres_only!(
    its_queries_give_what_the_events_say,
    its_queue_is_ours,
    each_ticket_is_in_the_queue_once_with_its_latest_decision,
    columns_have_its_names_and_types,
    one_tenant_can_be_looked_at_alone,
);

/// Tables of the seeds whose columns and types are given there, in their order.
const OF_THE_SEEDS: [(&str, &str); 5] = [
    (
        "raw_ops.support_tickets",
        "id uuid, customer_email text, subject text, body text, status text, ai_category text, \
         ai_confidence numeric(3,2), ai_draft_response text, ai_recommended_action text, \
         ai_escalation_reason text, draft_usage text, customer_name text, email_message_id text, \
         created_at timestamptz",
    ),
    (
        "raw_ops.cs_agent_decisions",
        "id uuid, ticket_id uuid, category text, confidence_score numeric(3,2), \
         draft_response text, escalation_reason text, policy_gate_triggered boolean, \
         policy_gate_code text, model_used text, execution_duration_ms integer, dedupe_key text, \
         created_at timestamptz",
    ),
    (
        "support.support_conversations",
        "id uuid, chatwoot_id integer, user_id uuid, contact_email varchar(255), \
         contact_name varchar(255), channel varchar(50), status varchar(20), \
         priority varchar(20), team varchar(50), assigned_agent_id uuid, labels text[], \
         first_response_at timestamptz, resolved_at timestamptz, csat_rating integer, \
         metadata jsonb, created_at timestamptz, updated_at timestamptz",
    ),
    (
        "support.support_messages",
        "id uuid, conversation_id uuid, chatwoot_id integer, sender_type varchar(20), \
         sender_name varchar(255), content text, message_type varchar(20), is_private boolean, \
         created_at timestamptz",
    ),
    (
        "support.support_analytics",
        "id uuid, date date, total_conversations integer, new_conversations integer, \
         resolved_conversations integer, avg_first_response_minutes numeric(10,2), \
         avg_resolution_minutes numeric(10,2), csat_average numeric(3,2), \
         conversations_by_channel jsonb, conversations_by_team jsonb, created_at timestamptz",
    ),
];

pub const ACCURACY_RATE: &str = include_str!("sop/accuracy_rate.sql");
pub const ACCURACY_BY_CATEGORY: &str = include_str!("sop/accuracy_by_category.sql");
pub const QUEUE: &str = include_str!("sop/v_support_queue.sql");

async fn its_queries_give_what_the_events_say(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let told = Told::of(&filled.store).await;
    let (mut usages, mut categories) = (BTreeMap::new(), BTreeMap::new());
    let (mut recent, mut older) = (0, 0);
    for (ticket, usage, resolved) in told.compared() {
        if resolved <= START.minus_days(30) {
            older += 1;
            continue;
        }
        recent += 1;
        *usages.entry(usage.name()).or_insert(0) += 1;
        let of: &mut (usize, usize, usize) =
            categories.entry(ticket.category.clone().unwrap_or_default()).or_default();
        of.0 += usize::from(usage.name() == "sent_as_is");
        of.1 += usize::from(!["sent_as_is", "no_draft"].contains(&usage.name()));
        of.2 += 1;
    }
    assert!(recent > 5 && older > 5 && usages.len() == 5, "{recent} {older} {usages:?}");
    let expected = usages
        .iter()
        .map(|(usage, count)| row([*usage, &count.to_string(), &percent(*count, recent)]));
    let mut raw = at(&database, START).await;
    assert_same(raw.rows(ACCURACY_RATE).await, expected);
    let expected = categories.iter().map(|(category, (same, edited, all))| {
        row([category.as_str(), &same.to_string(), &edited.to_string(), &percent(*same, *all)])
    });
    assert_same(raw.rows(ACCURACY_BY_CATEGORY).await, expected);
    filled.close().await;
}

/// Makes the SOP's view under another name.
async fn make_its_view(raw: &mut Raw) {
    raw.execute(&format!("CREATE VIEW raw_ops.v_of_the_sop AS {QUEUE}")).await.expect("its view");
}

async fn its_queue_is_ours(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let mut raw = database.raw().await;
    make_its_view(&mut raw).await;
    let columns = |view: &str| {
        format!(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute \
             WHERE attrelid = 'raw_ops.{view}'::regclass ORDER BY attnum"
        )
    };
    let (ours, theirs) =
        (raw.rows(&columns("v_support_queue")).await, raw.rows(&columns("v_of_the_sop")).await);
    assert_eq!(ours, theirs, "same columns in the same order");
    let once = "WHERE id IN (SELECT ticket_id FROM raw_ops.cs_agent_decisions \
                GROUP BY ticket_id HAVING count(*) = 1)";
    let differing = |one: &str, other: &str| {
        format!(
            "SELECT count(*) FROM (SELECT * FROM raw_ops.{one} {once} EXCEPT ALL \
             SELECT * FROM raw_ops.{other} {once}) AS d"
        )
    };
    assert_eq!(raw.number(&differing("v_support_queue", "v_of_the_sop")).await, 0);
    assert_eq!(raw.number(&differing("v_of_the_sop", "v_support_queue")).await, 0);
    // What is compared is not trivial: all priorities, subscriptions and their absence.
    let seen = format!(
        "SELECT count(DISTINCT priority), count(DISTINCT subscription_status), \
         count(*) FILTER (WHERE customer_id IS NULL) > 0, count(*) > 10, \
         count(*) FILTER (WHERE next_billing_date = '2026-04-30') > 0 \
         FROM raw_ops.v_support_queue {once}"
    );
    assert_eq!(raw.rows(&seen).await, [row(["4", "1", "t", "t", "t"])]);
    let undecided = "SELECT count(*) FROM raw_ops.v_support_queue WHERE decision_id IS NULL";
    assert!(raw.number(undecided).await > 0);
    filled.close().await;
}

async fn each_ticket_is_in_the_queue_once_with_its_latest_decision(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let told = Told::of(&filled.store).await;
    let mut raw = database.raw().await;
    make_its_view(&mut raw).await;
    let expected: Vec<Vec<String>> = told
        .tickets
        .iter()
        .filter(|(_, ticket)| ticket.standing.status.is_open())
        .map(|(id, ticket)| {
            let latest = told.decisions.iter().rev().find(|decision| decision.ticket == *id);
            let gate = latest.and_then(|decision| decision.gate.clone()).unwrap_or_default();
            let priority = ticket.standing.priority.number().to_string();
            row([&id.to_string(), &gate, ticket.category.as_deref().unwrap_or(""), &priority])
        })
        .collect();
    assert!(told.tickets.values().any(|t| t.decisions > 1 && t.standing.status.is_open()));
    let sql = "SELECT id, policy_gate_code, ai_category, current_priority \
               FROM raw_ops.v_support_queue";
    assert_same(raw.rows(sql).await, expected);
    let repeated = "SELECT count(*) - count(DISTINCT id) FROM raw_ops.v_of_the_sop";
    assert!(raw.number(repeated).await > 0, "the SOP's text repeats tickets");
    filled.close().await;
}

async fn columns_have_its_names_and_types(database: TestDatabase) {
    let filled = Filled::on(database.open().await).await;
    let mut raw = database.raw().await;
    let documented = chapter::columns();
    assert_eq!(documented.len(), 12, "views in the chapter");
    for (view, columns) in &documented {
        let sql = format!(
            "SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute \
             WHERE attrelid = '{view}'::regclass ORDER BY attnum"
        );
        let found: Vec<String> = raw.rows(&sql).await.into_iter().flatten().collect();
        assert_eq!(found, *columns, "{view} and the chapter");
    }
    for (view, columns) in OF_THE_SEEDS {
        let (_, found) = documented.iter().find(|(name, _)| name == view).expect("a view");
        let wanted = chapter::column_list(columns);
        assert_eq!(found[..wanted.len()], wanted[..], "{view}");
    }
    filled.close().await;
}

async fn one_tenant_can_be_looked_at_alone(database: TestDatabase) {
    let store = database.open().await;
    let mut history = History::new();
    // One person who writes to both.
    for tenant in ["tenant-a", "tenant-b"] {
        let mail = Mail { tenant: tenant.to_owned(), ..opening(2) };
        mail.add_to(&mut history);
        super::stories::know(&mut history, &mail);
    }
    history.append(&store).await.expect("appended");
    let filled = Filled::on(store).await;
    let mut raw = database.raw().await;
    make_its_view(&mut raw).await;
    let count = "SELECT (SELECT count(*) FROM raw_ops.v_support_queue), \
                 (SELECT count(*) FROM raw_ops.v_of_the_sop), \
                 (SELECT count(*) FROM support.support_conversations), \
                 (SELECT count(*) FROM support.support_messages), \
                 (SELECT count(DISTINCT tenant) FROM support.support_analytics)";
    assert_eq!(raw.rows(count).await, [row(["2", "4", "2", "2", "2"])]);
    raw.execute("SET casebook.tenant = 'tenant-b'").await.expect("set");
    assert_eq!(raw.rows(count).await, [row(["1", "1", "1", "1", "1"])]);
    let tenant = "SELECT DISTINCT tenant FROM raw_ops.v_support_queue";
    assert_eq!(raw.rows(tenant).await, [row(["tenant-b"])]);
    raw.execute("RESET casebook.tenant").await.expect("reset");
    assert_eq!(raw.rows(count).await, [row(["2", "4", "2", "2", "2"])]);
    filled.close().await;
}
