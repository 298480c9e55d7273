//! Taking data out: every row once over many pages, nothing personal unasked, and for whom.

use std::collections::BTreeSet;

use casebook_app::{Access, App, AppError, Cell, ExportRequest, ExportWhat};
use casebook_projections::Projections;
use casebook_projections::testing::{History, Mail, mixed, worked};
use casebook_tests::desk::{self, DeskParts, operator};
use casebook_tests::models::small_settings;
use casebook_tests::{TestDatabase, both_databases, inspect, wait};
use tempfile::TempDir;

both_databases!(
    every_row_and_event_is_taken_out_once,
    nothing_personal_is_taken_out_unasked,
    an_export_is_for_those_who_may_read,
);

struct Filled {
    app: App,
    projections: Projections,
    _blobs: TempDir,
}

impl Filled {
    async fn with(database: &TestDatabase, histories: &[History]) -> Self {
        let (store, blobs) = (database.open().await, tempfile::tempdir().expect("a folder"));
        let appends = histories.iter().map(|history| history.append(&store));
        futures::future::try_join_all(appends).await.expect("appended");
        let last = store.log().last_position().await.expect("the last position");
        let projections = Projections::start(&store, &small_settings()).await.expect("started");
        projections.caught_up(last, wait::CONDITION_LIMIT).await.expect("caught up");
        let clock = std::sync::Arc::clone(&database.clock);
        let app = desk::start(store, blobs.path(), clock, DeskParts::default(), 1).await;
        Self { app: app.expect("the application starts"), projections, _blobs: blobs }
    }

    async fn close(self) {
        self.projections.stop().await;
        self.app.store().clone().close().await;
    }
}

const fn all_of(what: ExportWhat) -> ExportRequest {
    ExportRequest { what, tenant: None, from: None, to: None, personal: false }
}

async fn rows(app: &App, request: ExportRequest) -> Vec<Vec<Cell>> {
    let mut export = app.export(&operator(), request).await.expect("an export");
    let mut rows = Vec::new();
    while let Some(page) = export.next().await.expect("a page") {
        assert!(page.len() <= 500, "a page of {}", page.len());
        rows.extend(page);
    }
    rows
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Null => "",
        Cell::Text(text) | Cell::Json(text) => text,
    }
}

async fn every_row_and_event_is_taken_out_once(database: TestDatabase) {
    // More than one page of messages, of events many.
    let histories: Vec<History> = (0..6).map(|part| mixed(part * 100, 100)).collect();
    let filled = Filled::with(&database, &histories).await;
    let mut raw = database.raw().await;
    for what in ExportWhat::all().filter(|what| *what != ExportWhat::Events) {
        let found = rows(&filled.app, all_of(what)).await;
        let keys = found.iter().map(|row| row[..2].iter().map(text).map(str::to_owned).collect());
        let keys: Vec<Vec<String>> = keys.collect();
        let id = what.columns()[1];
        let sql = format!("SELECT tenant, {id} FROM {what} ORDER BY tenant, {id}");
        assert_eq!(keys, raw.rows(&sql).await, "{what}");
        assert!(found.iter().all(|row| row.len() == what.columns().len()));
        let tenant = ExportRequest { tenant: Some("tenant-b".to_owned()), ..all_of(what) };
        let refused = filled.app.export(&operator(), tenant).await.map(drop);
        assert!(matches!(refused, Err(AppError::NotFound(_))), "no policy makes it a tenant");
    }
    let messages = "SELECT count(*) FROM messages";
    assert!(raw.number(messages).await > 500);
    events_are_whole(&filled.app).await;
    filled.close().await;
}

async fn events_are_whole(app: &App) {
    let log = inspect::read_all(app.store().log()).await;
    let personal = ExportRequest { personal: true, ..all_of(ExportWhat::Events) };
    let found = rows(app, personal.clone()).await;
    assert_eq!(found.len(), log.len());
    for (row, event) in found.iter().zip(&log) {
        let cells: Vec<&str> = row.iter().map(text).collect();
        let (position, version) = (event.position.to_string(), event.version.to_string());
        let (at, command) = (event.recorded_at.to_string(), event.command_id.to_string());
        let expected = [
            position.as_str(),
            &event.tenant,
            &event.stream.kind,
            &event.stream.id,
            &version,
            &event.event_type,
            &event.event_version,
            &at,
            &command,
            &event.metadata,
            &event.payload,
        ];
        assert_eq!(cells, expected);
    }
    let last = log.len() as u64;
    for (from, to) in [(1, 1), (500, 501), (499, 1002), (last, last + 10), (last + 1, last + 2)] {
        let part = ExportRequest { from: Some(from), to: Some(to), ..personal.clone() };
        let part = rows(app, part).await;
        let expected = found.iter().zip(1..).filter(|(_, n)| (from..=to).contains(n));
        assert!(part.iter().eq(expected.map(|(row, _)| row)), "{from} to {to}");
    }
}

async fn nothing_personal_is_taken_out_unasked(database: TestDatabase) {
    let histories = [mixed(0, 30), worked(2_000, 12)];
    let filled = Filled::with(&database, &histories).await;
    let names = ["Customer ", "mail.example", "Where is my", "Your box", "Box ", "depot"];
    for what in ExportWhat::all() {
        let open = format!("{:?}", rows(&filled.app, all_of(what)).await);
        for name in names {
            assert!(!open.contains(name), "{what}: {name}");
        }
        assert!(!open.contains("$p"), "{what}");
        let personal = ExportRequest { personal: true, ..all_of(what) };
        let personal = format!("{:?}", rows(&filled.app, personal).await);
        assert!(names.iter().any(|name| personal.contains(name)), "{what}");
    }
    filled.close().await;
}

async fn an_export_is_for_those_who_may_read(database: TestDatabase) {
    let mut history = History::new();
    Mail::new("tenant-a", 1).add_to(&mut history);
    let filled = Filled::with(&database, &[history]).await;
    let intake = Access::intake(None);
    for what in ExportWhat::all() {
        let refused = filled.app.export(&intake, all_of(what)).await.map(drop);
        assert!(matches!(refused, Err(AppError::Forbidden)), "{refused:?}");
    }
    let end = filled.app.store().log().last_position().await.expect("a position");
    let personal = ExportRequest { personal: true, ..all_of(ExportWhat::Events) };
    let refused = filled.app.record_export(&intake, &personal).await;
    assert!(matches!(refused, Err(AppError::Forbidden)), "{refused:?}");
    filled.app.record_export(&operator(), &all_of(ExportWhat::Events)).await.expect("no look");
    assert_eq!(filled.app.store().log().last_position().await.expect("a position"), end);
    let tickets: ExportWhat = "tickets".parse().expect("a name");
    let placed = ExportRequest { to: Some(7), ..all_of(tickets) };
    let refused = filled.app.export(&operator(), placed).await.map(drop);
    assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
    let unknown = "secrets".parse::<ExportWhat>().expect_err("no such name");
    let named: BTreeSet<&str> = unknown.split([' ', ',']).collect();
    assert!(ExportWhat::all().all(|what| named.contains(what.name())), "{unknown}");
    filled.close().await;
}

/// Columns under the heading of what is taken out, as the chapter lists them: name, and whether it
/// is personal.
fn documented(what: ExportWhat) -> Vec<(String, bool)> {
    let chapter = include_str!("../../docs/exports.md");
    let (_, section) = chapter.split_once(&format!("\n### `{what}`\n")).expect("a section");
    let section = section.split("\n### ").next().expect("its end");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, name, personal, kind, meaning, _] = cells[..] else { panic!("four cells: {row}") };
        assert!(!kind.is_empty() && !meaning.is_empty(), "{row}");
        (name.trim_matches('`').to_owned(), personal == "yes")
    })
    .collect()
}

#[test]
fn every_column_is_in_the_chapter() {
    for what in ExportWhat::all() {
        let open = match what {
            ExportWhat::Rows(table) => table.open_columns().to_vec(),
            ExportWhat::Events => what.columns(),
        };
        let columns = what.columns().into_iter();
        let columns: Vec<_> =
            columns.map(|name| (name.to_owned(), !open.contains(&name))).collect();
        assert_eq!(documented(what), columns, "docs/exports.md, {what}");
    }
}
