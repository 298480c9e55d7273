//! What must hold of the read models on every database. Each case wants an empty store of its own
//! and panics with the reason when it fails.

use std::collections::BTreeSet;
use std::time::Duration;

use casebook_domain::conversation::SetAside;
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{Priority, Status};
use casebook_store::{Store, Value, WriteBatch};
use uuid::Uuid;

use super::{History, Mail, mixed, worked};
use crate::contacts::contacts_by_ids;
use crate::conversations::conversation;
use crate::decisions::decisions_of_tickets;
use crate::messages::{message, messages_of_conversations};
use crate::tickets::{
    QueueFilter, TicketRow, queue_count, queue_page, ticket, tickets_of_conversations,
};
use crate::{
    Page, Problem, ProjectionError, ProjectionSettings, Projections, Slice, TenantScope, verify,
};

/// Longest wait for a read model; only a failing case waits so long.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn settings() -> ProjectionSettings {
    // Small sizes, so that every path runs on few events.
    ProjectionSettings {
        live_batch_events: 50,
        catch_up_batch_events: 170,
        slice_rows_max: 30,
        build_rows_max: 60,
        build_from_events: 500,
        lease_ttl_ms: 600,
        lease_renew_ms: 150,
        retry_ms_max: 200,
        ..ProjectionSettings::default()
    }
}

pub(super) fn both() -> TenantScope {
    TenantScope { tenants: vec!["tenant-a".to_owned(), "tenant-b".to_owned()] }
}

pub(super) async fn start(store: &Store) -> Projections {
    Projections::start(store, &settings()).await.expect("start")
}

pub(super) async fn append(store: &Store, history: &History) -> u64 {
    history.append(store).await.expect("append")
}

pub(super) async fn assert_clean(store: &Store) {
    for report in verify(store).await.expect("verify") {
        assert!(report.is_clean(), "{}: {:?}", report.name, report.problems);
    }
}

async fn page(
    store: &Store,
    filter: &QueueFilter,
    slice: Slice<crate::tickets::QueueKey>,
) -> Page<TicketRow> {
    queue_page(store.db(), &both(), filter, &slice).await.expect("page")
}

/// Rows that queries show are those that the events make, in the order of the queue.
pub async fn queries_see_the_log(store: Store) {
    let projections = start(&store).await;
    let mut history = History::new();
    let plain = Mail::new("tenant-a", 1);
    let gated = Mail::new("tenant-a", 2).gated(&["health_blood", "legal_threat"]);
    let aside = Mail::new("tenant-a", 3).set_aside(SetAside::OtherAddress);
    let answer = Mail { text: "Any NEWS?".to_owned(), ..Mail::new("tenant-a", 4).in_thread(2) };
    let foreign = Mail::new("tenant-c", 5);
    for mail in [&plain, &gated, &aside, &answer, &foreign] {
        mail.add_to(&mut history);
    }
    let position = append(&store, &history).await;
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    let ids = |page: Page<TicketRow>| -> Vec<TicketId> {
        page.rows.iter().map(|row| row.ticket_id).collect()
    };
    let all = QueueFilter::default();
    let open = page(&store, &all, Slice::first(10)).await;
    assert_eq!(ids(open.clone()), [gated.ticket_id(), plain.ticket_id()]);
    let first = &open.rows[0];
    assert_eq!((first.status, first.priority), (Some(Status::Escalated), Priority::HIGH));
    assert_eq!(first.gate_code.as_deref(), Some("health_blood"));
    assert_eq!((first.message_count, first.preview.as_str()), (2, "Any NEWS?"));
    for filter in [
        QueueFilter { gate: Some("legal_threat".into()), ..all.clone() },
        QueueFilter { text: Some("news BOX".into()), ..all.clone() },
        QueueFilter { priority: vec![Priority::HIGH], ..all.clone() },
        QueueFilter { category: vec!["escalation".into()], ..all.clone() },
        QueueFilter { status: vec![Status::Escalated, Status::Closed], ..all.clone() },
    ] {
        let found = ids(page(&store, &filter, Slice::first(10)).await);
        assert_eq!(found, [gated.ticket_id()], "{filter:?}");
        assert_eq!(queue_count(store.db(), &both(), &filter).await.expect("count"), 1);
    }
    let no_wildcards = QueueFilter { text: Some("%".into()), ..all.clone() };
    assert!(page(&store, &no_wildcards, Slice::first(10)).await.rows.is_empty());
    let set_aside = QueueFilter { set_aside: Some(true), ..all };
    let shown = page(&store, &set_aside, Slice::first(10)).await;
    assert_eq!(shown.rows[0].message_id, Some(aside.message_id()));
    assert_eq!(shown.rows[0].set_aside_reason, Some(SetAside::OtherAddress));
    details(&store, &gated, &answer, &aside).await;
    let nobody = ticket(store.db(), &both(), foreign.ticket_id()).await.expect("query");
    assert!(nobody.is_none(), "a foreign tenant's ticket is not seen");
    assert_clean(&store).await;
    projections.stop().await;
}

async fn details(store: &Store, gated: &Mail, answer: &Mail, aside: &Mail) {
    let (db, scope) = (store.db(), both());
    let threads = [gated.conversation_id()];
    let all = Slice::first(10);
    let mut pages = messages_of_conversations(db, &scope, &threads, &all).await.expect("query");
    let messages = pages.remove(&threads[0]).expect("a page").rows;
    let ids: Vec<_> = messages.iter().map(|message| message.message_id).collect();
    assert_eq!(ids, [gated.message_id(), answer.message_id()]);
    let tickets = tickets_of_conversations(db, &scope, &threads).await.expect("query");
    assert_eq!(tickets.len(), 1);
    let thread = conversation(db, &scope, threads[0]).await.expect("query").expect("there");
    assert_eq!((thread.message_count, thread.open_ticket_id), (2, Some(gated.ticket_id())));
    let decisions = decisions_of_tickets(db, &scope, &[gated.ticket_id()]).await.expect("query");
    assert_eq!(decisions[0].codes, ["health_blood", "legal_threat"]);
    assert_eq!(decisions[0].dedupe_key.as_deref(), Some("key"));
    let kept = message(db, &scope, aside.message_id()).await.expect("query").expect("there");
    assert_eq!(kept.forward_state, Some(crate::messages::ForwardState::Forwarded));
    let people = contacts_by_ids(db, &scope, &[gated.contact_id()]).await.expect("query");
    assert_eq!((people.len(), people[0].message_count), (1, 2));
}

/// Walking the queue page by page, forwards and backwards, meets every row once and in order.
pub async fn pages_have_no_seam(store: Store) {
    let projections = start(&store).await;
    let position = append(&store, &mixed(0, 120)).await;
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    let filter = QueueFilter::default();
    let whole = page(&store, &filter, Slice::first(500)).await.rows;
    let count = queue_count(store.db(), &both(), &filter).await.expect("count");
    assert_eq!(whole.len() as u64, count);
    assert!(whole.iter().map(TicketRow::queue_key).is_sorted());
    let (mut forward, mut after) = (Vec::new(), None);
    loop {
        let next = page(&store, &filter, Slice::Forward { first: 7, after }).await;
        after = next.rows.last().map(TicketRow::queue_key);
        forward.extend(next.rows);
        if !next.has_next {
            break;
        }
    }
    assert!(forward == whole, "forwards, {} rows of {}", forward.len(), whole.len());
    let (mut backward, mut before) = (Vec::new(), None);
    loop {
        let next = page(&store, &filter, Slice::Backward { last: 7, before }).await;
        before = next.rows.first().map(TicketRow::queue_key);
        backward.splice(0..0, next.rows);
        if !next.has_previous {
            break;
        }
    }
    assert!(backward == whole, "backwards, {} rows of {}", backward.len(), whole.len());
    projections.stop().await;
}

/// What is appended while nothing runs is there after the next start, however much it is.
pub async fn a_restart_goes_on(store: Store) {
    append(&store, &mixed(0, 40)).await;
    let projections = start(&store).await;
    let position = append(&store, &mixed(40, 10)).await;
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    projections.stop().await;
    let position = append(&store, &mixed(50, 300)).await;
    let projections = start(&store).await;
    projections.caught_up(position, PATIENCE).await.expect("caught up again");
    assert_clean(&store).await;
    projections.stop().await;
    assert_clean(&store).await;
}

/// A rebuild beside a growing log shows the same rows and leaves no table behind.
pub async fn a_rebuild_shows_the_same(store: Store) {
    // Enough for a first build from zero.
    append(&store, &mixed(0, 250)).await;
    append(&store, &worked(2_000, 40)).await;
    let projections = start(&store).await;
    let writing = async {
        let mut last = 0;
        for part in 0..10 {
            append(&store, &mixed(1_000 + part * 10, 10)).await;
            last = append(&store, &worked(3_000 + part * 10, 3)).await;
        }
        last
    };
    let (rebuilt, position) = tokio::join!(projections.rebuild("tickets"), writing);
    rebuilt.expect("rebuild");
    projections.rebuild("messages").await.expect("rebuild");
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    assert_clean(&store).await;
    let unknown = projections.rebuild("nonsense").await;
    assert!(matches!(unknown, Err(ProjectionError::Unknown { .. })));
    only_live_ones_are_left(&store, projections.status().len()).await;
    projections.stop().await;
}

/// Waits until each read model has one generation: who still reads a replaced one, the database's
/// own upkeep included, puts off its end.
async fn only_live_ones_are_left(store: &Store, models: usize) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let sql = "SELECT name, state FROM read_models";
        let rows = store.db().query(sql, &[]).await.expect("query");
        let live = rows.iter().filter(|row| row.text("state").expect("state") == "live").count();
        if (live, rows.len()) == (models, models) {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{live} of {} are live", rows.len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A read model that another version of the program made is built anew.
pub async fn another_version_is_built_beside(store: Store) {
    let projections = start(&store).await;
    let position = append(&store, &mixed(0, 30)).await;
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    projections.stop().await;
    let age = WriteBatch::new()
        .execute("UPDATE read_models SET version = 0 WHERE name = 'tickets'", vec![])
        .execute("UPDATE tickets_5_1 SET preview = 'made by an older fold'", vec![]);
    store.db().write(age).await.expect("write");
    let found = verify(&store).await.expect("verify");
    assert!(matches!(found[0].problems[..], [Problem::OtherVersion { .. }]));
    let projections = start(&store).await;
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    assert_clean(&store).await;
    let status = projections.status();
    assert!(status.iter().all(|model| model.version > 0 && model.error.is_none()), "{status:?}");
    projections.stop().await;
}

/// An event that cannot be read stops the read models that want it, before it; others go on.
pub async fn an_unreadable_event_stops_only_its_readers(store: Store) {
    let projections = start(&store).await;
    let good = append(&store, &mixed(0, 10)).await;
    projections.caught_up(good, PATIENCE).await.expect("caught up");
    let mut history = History::new();
    history.begin("tenant-a");
    history.push_unreadable("{\"secret\":\"ada@mail.example\"}");
    history.extend(mixed(10, 10));
    let last = append(&store, &history).await;
    projections.wait_for("tickets", last, PATIENCE).await.expect("tickets go on");
    projections.wait_for("messages", last, PATIENCE).await.expect("messages go on");
    let stopped = projections.wait_for("contacts", last, PATIENCE).await;
    let Err(ProjectionError::Stopped { reason, position, .. }) = stopped else {
        panic!("contacts must stop, got {stopped:?}");
    };
    assert!(reason.contains("ContactWrote") && !reason.contains("ada@"), "{reason}");
    assert!(position >= good && position <= good + 1, "{position} after {good}");
    projections.stop().await;
    let sql = "SELECT error FROM read_models WHERE name = 'contacts'";
    let rows = store.db().query(sql, &[]).await.expect("query");
    let noted = rows[0].opt_text("error").expect("error").map(str::to_owned);
    assert_eq!(noted.as_deref(), Some(reason.as_str()));
    assert_clean(&store).await;
}

/// A newer program may get past an event that this one cannot read; it goes on from there.
pub async fn others_may_get_past_what_one_cannot_read(store: Store) {
    let projections = start(&store).await;
    let mut history = History::new();
    history.begin("tenant-a");
    history.push_unreadable("{}");
    history.extend(mixed(10, 10));
    let last = append(&store, &history).await;
    let stopped = projections.wait_for("contacts", last, PATIENCE).await;
    let Err(ProjectionError::Stopped { position, .. }) = stopped else { panic!("{stopped:?}") };
    let past = "UPDATE read_models SET position = $1 WHERE name = 'contacts'";
    let past = WriteBatch::new().execute(past, vec![(position + 1).into()]);
    store.db().write(past).await.expect("written");
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while let Err(error) = projections.wait_for("contacts", last, PATIENCE).await {
        assert!(tokio::time::Instant::now() < deadline, "{error}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    projections.stop().await;
}

/// Verification names row and column of what was changed by hand.
pub async fn tampering_is_found(store: Store) {
    let projections = start(&store).await;
    let position = append(&store, &mixed(0, 30)).await;
    projections.caught_up(position, PATIENCE).await.expect("caught up");
    projections.stop().await;
    assert_clean(&store).await;
    let change = "UPDATE tickets SET preview = $1 WHERE ticket_id = $2";
    let id = |number| Mail::new("tenant-a", number).ticket_id().to_string();
    let change = change.replace("tickets", "tickets_5_1");
    let drop = "DELETE FROM tickets_5_1 WHERE ticket_id = $1";
    let invent = "UPDATE contacts_2_1 SET contact_id = $1 WHERE contact_id = $2";
    let contact = Mail::new("tenant-a", 1).contact_id().to_string();
    let tampering = WriteBatch::new()
        .execute(change, vec!["a secret".into(), Value::from(id(1))])
        .execute(drop, vec![Value::from(id(2))])
        .execute(invent, vec![Uuid::max().into(), Value::from(&contact)]);
    store.db().write(tampering).await.expect("write");
    let reports = verify(&store).await.expect("verify");
    let problems: BTreeSet<String> =
        reports.iter().flat_map(|report| &report.problems).map(ToString::to_string).collect();
    let expected = [
        format!("contacts_2_1: row tenant-a/{contact} is missing"),
        format!("contacts_2_1: row tenant-a/{} follows from no event", Uuid::max()),
        format!("tickets_5_1: row tenant-a/{} differs in column preview", id(1)),
        format!("tickets_5_1: row tenant-a/{} is missing", id(2)),
    ];
    assert_eq!(problems, BTreeSet::from(expected));
}

/// Two processes that both believe they lead never mix their rows.
pub async fn two_writers_never_mix(store: Store) {
    let (one, two) = (start(&store).await, start(&store).await);
    let mut last = 0;
    for part in 0..20 {
        last = append(&store, &mixed(part * 10, 10)).await;
    }
    one.caught_up(last, PATIENCE).await.expect("one is caught up");
    two.caught_up(last, PATIENCE).await.expect("two is caught up");
    assert_clean(&store).await;
    two.rebuild("tickets").await.expect("rebuild by either");
    last = append(&store, &mixed(900, 10)).await;
    one.stop().await;
    two.caught_up(last, PATIENCE).await.expect("the other goes on");
    assert_clean(&store).await;
    two.stop().await;
}

/// A process that does not write a read model knows where it stands still, and why; what it shows
/// can be waited for.
pub async fn who_does_not_lead_knows_who_stands_still(store: Store) {
    let leader = start(&store).await;
    let before = append(&store, &mixed(0, 10)).await;
    leader.caught_up(before, PATIENCE).await.expect("caught up");
    let mut history = History::new();
    history.begin("tenant-a");
    history.push_unreadable("{}");
    let last = append(&store, &history).await;
    let stopped = leader.wait_for("contacts", last, PATIENCE).await;
    assert!(matches!(stopped, Err(ProjectionError::Stopped { .. })), "{stopped:?}");
    let beside = start(&store).await;
    beside.wait_for("contacts", before, PATIENCE).await.expect("it shows that much");
    let refused = beside.wait_for("contacts", last, PATIENCE).await;
    let Err(ProjectionError::Stopped { position, reason, .. }) = refused else {
        panic!("nobody gets there: {refused:?}");
    };
    assert!(position == before && reason.contains("casebook skip"), "{position}: {reason}");
    let known = |projections: &Projections| {
        let all = projections.status();
        let one = all.into_iter().find(|model| model.name == "contacts").expect("a read model");
        (one.position, one.version, one.generation, one.stopped)
    };
    assert_eq!(known(&beside), known(&leader));
    beside.stop().await;
    leader.stop().await;
}
