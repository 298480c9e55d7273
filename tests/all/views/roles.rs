//! Who may read: nobody by accident, `service_role` and analysts as the chapter says, and an owner
//! who is no superuser.

use casebook_projections::Projections;
use casebook_store::{Mode, Store, StoreError, StoreSettings};
use casebook_tests::models::small_settings;
use casebook_tests::postgres::shared;
use casebook_tests::{Raw, TestDatabase, postgres_only};

use super::chapter;
use super::stories::{Filled, story};

postgres_only!(
    everything_is_hidden_from_strangers,
    readers_see_the_views_and_nothing_else,
    a_forged_view_opens_nothing,
    figures_can_be_shown_without_people,
    the_owner_is_no_superuser,
    schemas_of_somebody_else_stop_nothing,
    only_an_owner_may_serve,
);

const VIEWS: &str = "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname IN ('raw_ops', 'support') AND c.relkind = 'v' ORDER BY 1";
/// Views that have no rows yet.
const EMPTY: [&str; 2] = ["raw_ops.csat_responses", "raw_ops.monitoring_runs"];

/// Runs statements that make roles; roles are shared by all databases of the server.
async fn make_roles(raw: &mut Raw, statements: &str) {
    for statement in statements.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        if let Err(reason) = raw.execute(statement).await {
            assert!(statement.starts_with("CREATE ROLE"), "{statement}: {reason}");
            let known = reason.contains("already exists") || reason.contains("unique constraint");
            assert!(known, "{statement}: {reason}");
        }
    }
}

async fn views(raw: &mut Raw) -> Vec<String> {
    raw.rows(VIEWS).await.into_iter().flatten().collect()
}

async fn count(raw: &mut Raw, relation: &str) -> i64 {
    raw.number(&format!("SELECT count(*) FROM {relation}")).await
}

/// The live table of a read model.
pub async fn table_of(raw: &mut Raw, model: &str) -> String {
    let live =
        format!("SELECT table_name FROM read_models WHERE name = '{model}' AND state = 'live'");
    raw.rows(&live).await.concat().concat()
}

async fn is_refused(raw: &mut Raw, sql: &str) {
    let answer = raw.execute(sql).await;
    assert!(
        answer.as_ref().is_err_and(|why| why.contains("permission denied")),
        "{sql}: {answer:?}"
    );
}

/// A role of this test alone, removed at its end by dropping what it owns.
fn own_role(database: &TestDatabase, name: &str) -> String {
    format!("{name}_{}", database.name())
}

async fn everything_is_hidden_from_strangers(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let mut raw = database.raw().await;
    let anon = own_role(&database, "anon");
    make_roles(&mut raw, &format!("CREATE ROLE {anon} NOLOGIN")).await;
    let all = views(&mut raw).await;
    assert_eq!(all.len(), 12);
    let beneath = "SELECT 'public.' || quote_ident(relname) FROM pg_class \
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')";
    let beneath: Vec<String> = raw.rows(beneath).await.into_iter().flatten().collect();
    assert!(beneath.len() > 15, "{beneath:?}");
    let unprotected = "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relrowsecurity \
         AND relnamespace = 'public'::regnamespace";
    assert_eq!(raw.rows(unprotected).await, [] as [Vec<String>; 0]);
    let forced = "SELECT count(*) FROM pg_class WHERE relforcerowsecurity";
    assert_eq!(raw.number(forced).await, 0);

    raw.execute(&format!("SET ROLE {anon}")).await.expect("a role");
    for relation in all.iter().chain(&beneath) {
        is_refused(&mut raw, &format!("SELECT * FROM {relation}")).await;
    }
    let grants = "GRANT USAGE ON SCHEMA raw_ops, support TO anon; \
         GRANT SELECT ON ALL TABLES IN SCHEMA raw_ops TO anon; \
         GRANT SELECT ON ALL TABLES IN SCHEMA support TO anon";
    raw.execute("RESET ROLE").await.expect("back");
    raw.execute(&grants.replace("TO anon", &format!("TO {anon}"))).await.expect("granted");
    raw.execute(&format!("SET ROLE {anon}")).await.expect("a role");
    for view in all.iter().filter(|view| !EMPTY.contains(&view.as_str())) {
        is_refused(&mut raw, &format!("SELECT * FROM {view}")).await;
    }
    raw.execute("RESET ROLE").await.expect("back");
    let grant = format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {anon}");
    raw.execute(&grant).await.expect("granted");
    assert!(count(&mut raw, "raw_ops.support_tickets").await > 0);
    raw.execute(&format!("SET ROLE {anon}")).await.expect("a role");
    for relation in all.iter().chain(&beneath) {
        assert_eq!(count(&mut raw, relation).await, 0, "{relation}");
    }
    let write = "INSERT INTO public.leases VALUES ('a', 'b', 1, 1)";
    assert!(raw.execute(write).await.is_err_and(|why| why.contains("row-level security")));
    raw.execute("RESET ROLE").await.expect("back");
    raw.execute(&format!("DROP OWNED BY {anon}; DROP ROLE {anon}")).await.expect("dropped");
    filled.close().await;
}

async fn readers_see_the_views_and_nothing_else(database: TestDatabase) {
    let mut raw = database.raw().await;
    let login = own_role(&database, "metabase");
    let made = chapter::block("CREATE ROLE casebook_analyst").replace("metabase", &login);
    make_roles(&mut raw, &made.replace("'...'", "'word'")).await;
    make_roles(&mut raw, "CREATE ROLE service_role NOLOGIN BYPASSRLS").await;
    let filled = Filled::new(&database).await;
    // Tables are exchanged, and the grants with them.
    for model in ["tickets", "messages", "decisions", "contacts", "ticket_facts"] {
        filled.projections.rebuild(model).await.expect("rebuilt");
    }
    let all = views(&mut raw).await;
    let mut expected = Vec::new();
    for view in &all {
        expected.push(count(&mut raw, view).await);
    }
    let url = shared().url(database.name());
    let (_, host) = url.split_once('@').expect("an address");
    let mut analyst = Raw::postgres(&format!("postgres://{login}:word@{host}")).await;
    let table = table_of(&mut raw, "tickets").await;
    raw.execute("SET ROLE service_role").await.expect("a role");
    for reader in [&mut analyst, &mut raw] {
        for (view, expected) in all.iter().zip(&expected) {
            assert_eq!(count(reader, view).await, *expected, "{view}");
            assert_eq!(*expected == 0, EMPTY.contains(&view.as_str()), "{view}");
        }
        for hidden in [
            "SELECT * FROM events",
            "SELECT position FROM {tickets}",
            "SELECT search FROM {tickets}",
            "SELECT value FROM keys",
            "SELECT bytes FROM blobs",
            "SELECT * FROM tickets",
            "DELETE FROM {tickets}",
            "UPDATE leases SET epoch = 0",
            "CREATE TABLE raw_ops.mine (id int)",
        ] {
            is_refused(reader, &hidden.replace("{tickets}", &table)).await;
        }
        assert!(count(reader, &format!("(SELECT status FROM {table}) AS t")).await > 0);
    }
    raw.execute("RESET ROLE").await.expect("back");
    raw.execute(&format!("DROP ROLE {login}")).await.expect("dropped");
    filled.close().await;
}

/// Whoever may make views may also comment on them as Casebook does.
async fn a_forged_view_opens_nothing(database: TestDatabase) {
    let mut raw = database.raw().await;
    make_roles(&mut raw, "CREATE ROLE casebook_analyst NOLOGIN BYPASSRLS").await;
    // Two views that Casebook would make are there already, made and marked by an analyst.
    let forge = "CREATE SCHEMA mine AUTHORIZATION casebook_analyst; CREATE SCHEMA raw_ops; \
         GRANT CREATE, USAGE ON SCHEMA raw_ops TO casebook_analyst; SET ROLE casebook_analyst; \
         CREATE VIEW mine.v AS SELECT payload FROM public.events; \
         CREATE VIEW raw_ops.customers AS SELECT bytes FROM public.blobs";
    let store = database.open().await;
    raw.execute(forge).await.expect("forged views");
    let mark = "A view of Casebook, made by it anew when it changes. ";
    for view in ["mine.v", "raw_ops.customers"] {
        raw.execute(&format!("COMMENT ON VIEW {view} IS '{mark}'")).await.expect("a comment");
    }
    raw.execute("RESET ROLE").await.expect("back");
    story(1).append(&store).await.expect("appended");
    let filled = Filled::on(store).await;
    filled.projections.rebuild("tickets").await.expect("rebuilt");
    raw.execute("SET ROLE casebook_analyst").await.expect("a role");
    assert_eq!(count(&mut raw, "raw_ops.support_tickets").await, 1);
    for hidden in [
        "SELECT payload FROM public.events",
        "SELECT bytes FROM public.blobs",
        "SELECT * FROM mine.v",
        "SELECT * FROM raw_ops.customers",
    ] {
        // The analyst may read its own views and what it may read beneath: nothing.
        is_refused(&mut raw, hidden).await;
    }
    raw.execute("RESET ROLE").await.expect("back");
    raw.execute("DROP OWNED BY casebook_analyst").await.expect("dropped");
    filled.close().await;
}

async fn figures_can_be_shown_without_people(database: TestDatabase) {
    let filled = Filled::new(&database).await;
    let mut raw = database.raw().await;
    let role = own_role(&database, "figures");
    let named = |text: String| text.replace("figures", &role);
    make_roles(&mut raw, &named(chapter::block("CREATE ROLE figures"))).await;
    let grant = named(chapter::block("DO $$ DECLARE t record"));
    raw.execute(&grant).await.expect("granted");
    let expected = count(&mut raw, "support.support_analytics").await;
    let mut hidden = vec![
        "SELECT * FROM raw_ops.support_tickets".to_owned(),
        "SELECT * FROM support.support_conversations".to_owned(),
    ];
    for (model, column) in [
        ("tickets", "customer_email"),
        ("contacts", "address"),
        ("conversations", "subject"),
        ("ticket_facts", "replies"),
    ] {
        hidden.push(format!("SELECT {column} FROM {}", table_of(&mut raw, model).await));
    }
    raw.execute(&format!("SET ROLE {role}")).await.expect("a role");
    assert_eq!(count(&mut raw, "support.support_analytics").await, expected);
    for hidden in hidden {
        is_refused(&mut raw, &hidden).await;
    }
    raw.execute("RESET ROLE").await.expect("back");
    raw.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.expect("dropped");
    filled.close().await;
}

/// A database of its own for a role without any privilege of the server.
async fn owned(database: &TestDatabase, role: &str) -> (Raw, String) {
    let mut raw = database.raw().await;
    let create = format!("CREATE ROLE {role} LOGIN PASSWORD 'word' NOSUPERUSER NOBYPASSRLS");
    make_roles(&mut raw, &create).await;
    raw.execute(&format!("CREATE DATABASE {role} OWNER {role} TEMPLATE template0"))
        .await
        .expect("a database");
    let url = shared().url(role);
    let (_, host) = url.split_once('@').expect("an address");
    (raw, format!("postgres://{role}:word@{host}"))
}

async fn dropped(mut raw: Raw, role: &str) {
    raw.execute(&format!("DROP DATABASE {role} (FORCE)")).await.expect("dropped");
    raw.execute(&format!("DROP ROLE {role}")).await.expect("dropped");
}

async fn the_owner_is_no_superuser(database: TestDatabase) {
    let role = own_role(&database, "owner");
    let (mut raw, url) = owned(&database, &role).await;
    make_roles(&mut raw, "CREATE ROLE casebook_analyst NOLOGIN BYPASSRLS").await;
    let parsed = url.parse().expect("an address");
    Store::migrate(&parsed, &StoreSettings::default()).await.expect("migrated");
    let clock = std::sync::Arc::clone(&database.clock);
    let store = Store::open(&parsed, Mode::Write, StoreSettings::default(), clock).await;
    let store = store.expect("opened");
    for number in 0..6 {
        story(number).append(&store).await.expect("appended");
    }
    // Two processes that start together.
    let settings = small_settings();
    let (one, two) =
        tokio::join!(Projections::start(&store, &settings), Projections::start(&store, &settings));
    let (one, two) = (one.expect("one starts"), two.expect("the other starts"));
    let last = store.log().last_position().await.expect("the last position");
    for projections in [&one, &two] {
        let patience = casebook_tests::wait::CONDITION_LIMIT;
        projections.caught_up(last, patience).await.expect("caught up");
    }
    one.rebuild("tickets").await.expect("rebuilt");
    let mut own = Raw::postgres(&url).await;
    assert_eq!(views(&mut own).await.len(), 12);
    assert_eq!(count(&mut own, "raw_ops.support_tickets").await, 6);
    let granted = "SELECT has_table_privilege('casebook_analyst', 'raw_ops.v_support_queue', \
                   'SELECT')::int";
    assert_eq!(own.number(granted).await, 1);
    drop(own);
    one.stop().await;
    two.stop().await;
    store.close().await;
    dropped(raw, &role).await;
}

async fn schemas_of_somebody_else_stop_nothing(database: TestDatabase) {
    let role = own_role(&database, "tenant");
    let (raw, url) = owned(&database, &role).await;
    let mut theirs = Raw::postgres(&shared().url(&role)).await;
    let make = "CREATE SCHEMA raw_ops; CREATE TABLE raw_ops.support_tickets (id int)";
    theirs.execute(make).await.expect("their schema");
    let parsed = url.parse().expect("an address");
    Store::migrate(&parsed, &StoreSettings::default()).await.expect("migrated");
    let clock = std::sync::Arc::clone(&database.clock);
    let store = Store::open(&parsed, Mode::Write, StoreSettings::default(), clock).await;
    let store = store.expect("opened");
    story(1).append(&store).await.expect("appended");
    let filled = Filled::on(store).await;
    filled.projections.rebuild("tickets").await.expect("rebuilt");
    assert_eq!(views(&mut theirs).await.len(), 3, "those of the other schema");
    assert_eq!(count(&mut theirs, "support.support_conversations").await, 1);
    filled.close().await;
    drop(theirs);
    dropped(raw, &role).await;
}

async fn only_an_owner_may_serve(database: TestDatabase) {
    let filled = Filled::on(database.open().await).await;
    filled.close().await;
    let role = own_role(&database, "guest");
    let mut raw = database.raw().await;
    let create = format!("CREATE ROLE {role} LOGIN PASSWORD 'word'");
    make_roles(&mut raw, &create).await;
    let grant = format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}");
    raw.execute(&grant).await.expect("granted");
    let url = shared().url(database.name());
    let (_, host) = url.split_once('@').expect("an address");
    let url = format!("postgres://{role}:word@{host}").parse().expect("an address");
    for mode in [Mode::Write, Mode::ReadOnly] {
        let clock = std::sync::Arc::clone(&database.clock);
        let opened = Store::open(&url, mode, StoreSettings::default(), clock).await.map(drop);
        let Err(StoreError::Database(why)) = opened else { panic!("{mode:?}: {opened:?}") };
        assert!(why.contains("owner"), "{why}");
    }
    raw.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.expect("dropped");
}
