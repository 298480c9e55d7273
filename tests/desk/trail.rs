//! The audit trail: what its index answers is what the log says; looks are recorded or refused.

use std::collections::{BTreeMap, BTreeSet};

use casebook_app::{
    Access, App, AppError, AuditEntry, AuditExport, AuditFormat, AuditRequest, AuditSubject, Looks,
    Received,
};
use casebook_domain::access::{AccessEvent, Look, Seen, Way};
use casebook_domain::event::Event;
use casebook_domain::ids::ConversationId;
use casebook_domain::ticket::{Status, Urgency, WorkCommand};
use casebook_projections::audit::{AuditAbout, AuditFilter, audit_page};
use casebook_projections::{Page, ProjectionSettings, Projections, Slice, TenantScope};
use casebook_store::{Mode, StoreSettings};
use casebook_tests::desk::{Desk, OTHER_TENANT, TENANT, operator, shipped};
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases};
use serde_json::{Value, json};
use tokio::time::Duration;
use uuid::Uuid;

use crate::shared::{SECOND, agent, approved, on, opened};

/// Longest wait for the read models.
const PATIENCE: Duration = Duration::from_secs(20);

both_databases!(
    the_trail_tells_what_the_log_says,
    looks_are_recorded_or_refused,
    exports_hold_everything_and_no_personal_value,
);

/// A desk with some tickets, worked on, and its read models.
async fn busy(database: TestDatabase) -> (Desk, Projections, Vec<Received>) {
    let desk = Desk::open(database).await;
    desk.publish(&shipped(OTHER_TENANT)).await;
    let first = desk.receive(&mail("a")).await;
    desk.database.clock.advance(SECOND);
    let sick = mail("b").from("Bea <bea@example.net>").text("My dog is vomiting.\r\n");
    let second = desk.receive(&sick).await;
    desk.receive(&mail("c").answers("a").text("Any news?\r\n")).await;
    // The same person once more, in a thread of its own.
    desk.receive(&mail("e")).await;
    desk.database.clock.advance(SECOND);
    let german = mail("d").from("cy@example.net").to("hallo@ozean-licht.at");
    let third = desk.receive(&german).await;
    // Eve is first told of by the second mail of the thread.
    desk.receive(&mail("g").from("dee@example.net").add("Cc", "eve@example.net")).await;
    desk.database.clock.advance(SECOND);
    let late = desk.receive(&mail("h").from("eve@example.net").answers("g")).await;
    let ticket = first.ticket_id.expect("a ticket");
    let sam = agent("sam");
    let urgent = WorkCommand::SetPriority(Urgency::Urgent);
    desk.app.work(&sam, &on(ticket), urgent).await.expect("set");
    approved(&desk, ticket, "On Friday.").await;
    let settings = ProjectionSettings::default();
    let projections = Projections::start(desk.app.store(), &settings).await;
    let projections = projections.expect("the read models");
    settle(&desk.app, &projections).await;
    (desk, projections, vec![first, second, third, late])
}

async fn settle(app: &App, projections: &Projections) {
    let last = app.store().log().last_position().await.expect("the last position");
    projections.caught_up(last, PATIENCE).await.expect("caught up");
}

async fn trail(app: &App, request: &AuditRequest, slice: Slice<u64>) -> Page<AuditEntry> {
    app.audit_trail(&operator(), request, true, &slice, true).await.expect("a page")
}

fn about(subject: AuditSubject) -> AuditRequest {
    AuditRequest { subject, ..AuditRequest::default() }
}

async fn text(mut export: AuditExport) -> String {
    let mut text = String::new();
    while let Some(part) = export.next().await.expect("a part") {
        text.push_str(&part);
    }
    text
}

async fn the_trail_tells_what_the_log_says(database: TestDatabase) {
    let (desk, projections, received) = busy(database).await;
    the_index_answers_what_the_log_says(&desk, &received).await;
    many_threads_and_names_have_their_limits(&desk, &received).await;
    pages_go_both_ways_without_seam(&desk, &received).await;
    entries_tell_who_why_and_what_changed(&desk, &received).await;
    foreign_subjects_are_not_found(&desk, &received).await;
    the_account_of_a_ticket_agrees_with_the_queue(&desk, &projections, &received).await;
    projections.stop().await;
}

async fn looks_are_recorded_or_refused(database: TestDatabase) {
    let (desk, projections, received) = busy(database).await;
    a_look_is_recorded_once_and_found_where_it_belongs(&desk, &projections, &received).await;
    what_cannot_be_recorded_is_not_shown(&desk, &received).await;
    settle(&desk.app, &projections).await;
    projections.stop().await;
    casebook_tests::models::verified(desk.app.store(), "after looks").await;
}

/// Positions of the entries by the index, and by reading the whole log.
async fn positions(app: &App, request: &AuditRequest) -> (Vec<u64>, Vec<u64>) {
    let scan = app.audit_scan(&operator(), request, AuditFormat::JsonLines).await.expect("a scan");
    let scanned = text(scan).await;
    let position = |line: &str| {
        let entry: Value = serde_json::from_str(line).expect("a JSON line");
        entry["position"].as_u64().expect("a position")
    };
    let slice = Slice::first(500);
    let page = app.audit_trail(&operator(), request, false, &slice, false).await.expect("a page");
    let indexed = page.rows.iter().map(|entry| entry.position).collect();
    (indexed, scanned.lines().map(position).collect())
}

async fn the_index_answers_what_the_log_says(desk: &Desk, received: &[Received]) {
    let first = &received[0];
    let all: Vec<_> = desk.log().await;
    let middle = all[all.len() / 2].recorded_at;
    let words = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let contact = first.contact_id.expect("a contact");
    let requests = [
        AuditRequest::default(),
        about(AuditSubject::Ticket(first.ticket_id.expect("a ticket"))),
        about(AuditSubject::Conversation(first.conversation_id)),
        about(AuditSubject::Contact(contact)),
        about(AuditSubject::Policies),
        AuditRequest { actor: Some("agent:sam".to_owned()), ..AuditRequest::default() },
        AuditRequest { tenant: Some(TENANT.to_owned()), ..AuditRequest::default() },
        AuditRequest {
            event_types: words(&["TicketGated", "PrioritySet"]),
            ..AuditRequest::default()
        },
        AuditRequest { from: Some(middle), ..AuditRequest::default() },
        AuditRequest { until: Some(middle), ..about(AuditSubject::Contact(contact)) },
        AuditRequest { actor: Some("agent:nobody".to_owned()), ..AuditRequest::default() },
        about(AuditSubject::Contact(received[3].contact_id.expect("a contact"))),
        AuditRequest {
            until: Some(all[received[3].position as usize - 1].recorded_at),
            ..about(AuditSubject::Contact(received[3].contact_id.expect("a contact")))
        },
    ];
    let mut sizes = Vec::new();
    for request in &requests {
        let (indexed, scanned) = positions(&desk.app, request).await;
        assert_eq!(indexed, scanned, "{request:?}");
        sizes.push(indexed.len());
    }
    assert_eq!(sizes[0], all.len(), "everything");
    assert!(sizes[1] >= 4 && sizes[1] < sizes[2] && sizes[2] < sizes[3], "{sizes:?}");
    let named =
        |event: &&casebook_store::StoredEvent| requests[7].event_types.contains(&event.event_type);
    let named = all.iter().filter(named).count();
    assert_eq!((sizes[4], sizes[7], sizes[10]), (2, named, 0), "{sizes:?}");
    assert!(named >= 2, "{named}");
    assert!(sizes[8] > 0 && sizes[8] < sizes[0] && sizes[9] < sizes[3], "{sizes:?}");
    let thread = about(AuditSubject::Conversation(received[3].conversation_id));
    let before = positions(&desk.app, &thread).await.0[0];
    assert!(before < received[3].position - 5, "the thread began without the contact");
    assert!(sizes[11] > sizes[12] && sizes[12] > 0, "{sizes:?}");
}

async fn many_threads_and_names_have_their_limits(desk: &Desk, received: &[Received]) {
    let contact = received[0].contact_id.expect("a contact");
    let thread = received[0].conversation_id;
    let request = about(AuditSubject::Conversation(thread));
    let expected = positions(&desk.app, &request).await.0;
    // More threads than SQLite takes variables.
    let others = (0..40_000).map(|n| ConversationId(Uuid::from_u128(n)));
    let threads = others.chain([thread]).collect();
    let about = AuditAbout::Contact(contact, threads);
    let filter = AuditFilter { about, ..AuditFilter::default() };
    let scope = TenantScope { tenants: vec![TENANT.to_owned()] };
    let page = audit_page(desk.app.store().db(), &scope, &filter, false, &Slice::first(500)).await;
    let found: Vec<u64> = page.expect("a page").rows.iter().map(|row| row.position).collect();
    assert!(expected.iter().all(|position| found.contains(position)), "{found:?}");
    let event_types = vec!["TicketClosed".to_owned(); 101];
    let many = AuditRequest { event_types, ..AuditRequest::default() };
    let refused = ask(&desk.app, &agent("sam"), &many, &Slice::first(1)).await;
    let Err(AppError::Invalid { field, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(field, "eventTypes");
}

async fn pages_go_both_ways_without_seam(desk: &Desk, received: &[Received]) {
    let subject = AuditSubject::Conversation(received[0].conversation_id);
    let request = about(subject);
    let whole = trail(&desk.app, &request, Slice::first(100)).await;
    let all: Vec<u64> = whole.rows.iter().map(|entry| entry.position).collect();
    assert!(all.is_sorted_by(|one, other| one > other), "the newest first: {all:?}");
    assert!(!whole.has_next && !whole.has_previous);
    let mut forward = Vec::new();
    loop {
        let after = forward.last().copied();
        let page = trail(&desk.app, &request, Slice::Forward { first: 2, after }).await;
        forward.extend(page.rows.iter().map(|entry| entry.position));
        if !page.has_next {
            break;
        }
    }
    assert_eq!(forward, all);
    let before = all.last().copied();
    let back = trail(&desk.app, &request, Slice::Backward { last: 2, before }).await;
    let back: Vec<u64> = back.rows.iter().map(|entry| entry.position).collect();
    assert_eq!(back, all[all.len() - 3..all.len() - 1]);
}

async fn entries_tell_who_why_and_what_changed(desk: &Desk, received: &[Received]) {
    let ticket = received[0].ticket_id.expect("a ticket");
    let page = trail(&desk.app, &about(AuditSubject::Ticket(ticket)), Slice::first(50)).await;
    let find = |name: &str| {
        let found = page.rows.iter().find(|entry| entry.event_type == name);
        found.unwrap_or_else(|| panic!("no {name}"))
    };
    let set = find("PrioritySet");
    assert_eq!((set.actor.as_str(), set.tenant.as_str()), ("agent:sam", TENANT));
    assert_eq!(set.sentence, "The urgency was set to urgent: it counts as priority 1.");
    assert_eq!(set.correlation_id, Some(received[0].conversation_id.to_string()));
    assert!(!set.command.is_empty() && !set.event_id.is_empty());
    let told: Vec<_> =
        set.changes.iter().map(|change| (change.path.as_str(), &change.old, &change.new)).collect();
    assert_eq!(
        told,
        [("/priority", &json!(3), &json!(1)), ("/urgency", &Value::Null, &json!("urgent"))]
    );
    let reply = find("ReplyApproved");
    assert!(reply.policy_version.is_some());
    let written = reply.changes.iter().find(|change| change.path == "/replyText");
    let written = written.expect("the reply's text");
    assert!(written.personal && written.new == json!("On Friday."));
}

async fn a_look_is_recorded_once_and_found_where_it_belongs(
    desk: &Desk,
    projections: &Projections,
    received: &[Received],
) {
    let first = &received[0];
    let before = desk.length().await;
    let mut looks = Looks::default();
    let (contact_id, conversation_id) = (first.contact_id, Some(first.conversation_id));
    let ticket_id = first.ticket_id;
    for (ticket_id, seen) in [
        (None, Seen::Conversation),
        (ticket_id, Seen::Message(first.message_id)),
        (None, Seen::Conversation),
    ] {
        looks.add(TENANT, Look { contact_id, conversation_id, ticket_id, seen });
    }
    let (conversation_id, ticket_id, seen) = (None, None, Seen::Contact);
    looks.add(TENANT, Look { contact_id, conversation_id, ticket_id, seen });
    let sam = agent("sam");
    desk.app.record_looks(&sam, &looks, Way::Graphql).await.expect("recorded");
    let events = desk.after(before).await;
    let [Event::Access(AccessEvent::PersonalDataRead(read))] = events.as_slice() else {
        panic!("{} events", events.len())
    };
    let what = [Seen::Contact, Seen::Conversation, Seen::Message(first.message_id)];
    assert_eq!((read.what.as_slice(), read.contact_id), (&what[..], contact_id));

    settle(&desk.app, projections).await;
    let subjects = [
        AuditSubject::Contact(contact_id.expect("a contact")),
        AuditSubject::Conversation(first.conversation_id),
        AuditSubject::Ticket(first.ticket_id.expect("a ticket")),
    ];
    for subject in subjects {
        let entry = trail(&desk.app, &about(subject), Slice::first(1)).await.rows.pop();
        let entry = entry.expect("an entry");
        assert_eq!(
            (entry.event_type.as_str(), entry.actor.as_str()),
            ("PersonalDataRead", "agent:sam")
        );
        let words = "Personal data was read: the contact, the conversation and 1 message.";
        assert_eq!(entry.sentence, words);
    }
    desk.app.record_looks(&sam, &Looks::default(), Way::Graphql).await.expect("nothing to do");
    assert_eq!(desk.length().await, before + 1, "no look, no event");
    let check = desk.app.verify_log(&operator(), |_| {}).await.expect("the log is read");
    assert_eq!(check.problems, []);
}

async fn what_cannot_be_recorded_is_not_shown(desk: &Desk, received: &[Received]) {
    let store = desk.database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
    let reader = desk.on(store.expect("a reading store")).await;
    let before = desk.length().await;
    let message = received[0].message_id;
    let kind = casebook_app::queries::FileKind::Raw;
    let refused = reader.message_file(&operator(), TENANT, message, kind).await;
    assert_eq!(refused.map(|_| ()).map_err(|error| error.code()), Err("UNAVAILABLE"));
    let request = AuditRequest::default();
    let refused = reader.audit_export(&operator(), &request, AuditFormat::Csv, before).await;
    assert_eq!(refused.map(|_| ()).map_err(|error| error.code()), Err("UNAVAILABLE"));
    assert_eq!(desk.length().await, before);
    let file = desk.app.message_file(&operator(), TENANT, message, kind).await.expect("the mail");
    assert!(!file.bytes.is_empty());
    assert_eq!(desk.length().await, before + 1, "who may write may look, and it is recorded");
}

async fn foreign_subjects_are_not_found(desk: &Desk, received: &[Received]) {
    let stranger = agent("eve").within(&[OTHER_TENANT.to_owned()]);
    let first = &received[0];
    let ticket = first.ticket_id.expect("a ticket");
    let not_found = |done: Result<(), AppError>| {
        assert_eq!(done.map_err(|error| error.code()), Err("NOT_FOUND"));
    };
    for subject in [
        AuditSubject::Ticket(ticket),
        AuditSubject::Conversation(first.conversation_id),
        AuditSubject::Contact(first.contact_id.expect("a contact")),
    ] {
        let (request, slice) = (about(subject), Slice::first(1));
        not_found(ask(&desk.app, &stranger, &request, &slice).await);
        let elsewhere = AuditRequest { tenant: Some(OTHER_TENANT.to_owned()), ..request };
        not_found(ask(&desk.app, &agent("sam"), &elsewhere, &slice).await);
    }
    not_found(desk.app.why(&stranger, ticket).await.map(|_| ()));
    not_found(desk.app.replay_ticket(&stranger, ticket).await.map(|_| ()));
    let seen = Seen::Ticket(ticket);
    not_found(desk.app.look_at_ticket(&stranger, ticket, seen).await.map(|_| ()));
    let everything = desk
        .app
        .audit_trail(&stranger, &AuditRequest::default(), true, &Slice::first(500), false)
        .await
        .expect("a page");
    assert!(!everything.rows.is_empty());
    assert!(everything.rows.iter().all(|entry| entry.tenant == OTHER_TENANT));
}

async fn ask(
    app: &App,
    access: &Access,
    request: &AuditRequest,
    slice: &Slice<u64>,
) -> Result<(), AppError> {
    app.audit_trail(access, request, true, slice, false).await.map(|_| ())
}

/// Fields of an entry, as the table of the chapter names them.
fn documented_fields() -> Vec<String> {
    let chapter = include_str!("../../docs/audit.md");
    let (_, table) = chapter.split_once("| Field | Meaning |\n").expect("the table");
    let table = table.split("\n\n").next().expect("its end");
    let cells = table.lines().filter_map(|line| line.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

async fn exports_hold_everything_and_no_personal_value(database: TestDatabase) {
    let (desk, projections, _) = busy(database).await;
    // More than one page, so that parts are put together.
    for number in 0..70 {
        let from = format!("p{number}@example.net");
        desk.receive(&mail(&format!("m{number}")).from(&from)).await;
    }
    settle(&desk.app, &projections).await;
    let (request, before) = (AuditRequest::default(), desk.length().await);
    let scan = desk.app.audit_scan(&operator(), &request, AuditFormat::JsonLines).await;
    let scanned = text(scan.expect("a scan")).await;
    let (sam, json_lines) = (agent("sam"), AuditFormat::JsonLines);
    let export = desk.app.audit_export(&sam, &request, json_lines, before).await;
    let lines = text(export.expect("an export")).await;
    assert_eq!(lines, scanned, "by the index and by the log");
    assert_eq!(lines.lines().count() as u64, before);
    assert_eq!(desk.length().await, before + 2, "the export is recorded, for each tenant");
    for secret in ["ann@example.net", "Ann Weaver", "On Friday.", "vomiting.", "deliver to Leeds"] {
        assert!(!lines.contains(secret), "{secret}");
    }
    settle(&desk.app, &projections).await;
    let csv = desk.app.audit_export(&sam, &request, AuditFormat::Csv, before + 2).await;
    let csv = text(csv.expect("an export")).await;
    let fields = documented_fields();
    let names = fields.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    assert_eq!(csv.split("\r\n").next(), Some(names.as_str()), "docs/audit.md");
    for line in lines.lines() {
        let entry: BTreeMap<String, Value> = serde_json::from_str(line).expect("an object");
        let known: BTreeSet<&String> = fields.iter().collect();
        assert_eq!(entry.keys().collect::<BTreeSet<_>>(), known, "docs/audit.md");
    }
    assert_eq!(csv.matches("\r\n").count() as u64, before + 3, "a line of names, and the looks");
    let event = desk.after(before).await.pop();
    let Some(Event::Access(AccessEvent::PersonalDataRead(read))) = event else { panic!("no look") };
    assert_eq!((read.way, read.contact_id), (Way::Export, None));
    // Whatever the index knows by now: the file ends at the place that was waited for.
    let export = desk.app.audit_export(&sam, &request, json_lines, before - 3).await;
    assert_eq!(text(export.expect("an export")).await.lines().count() as u64, before - 3);
    projections.stop().await;
}

async fn the_account_of_a_ticket_agrees_with_the_queue(
    desk: &Desk,
    projections: &Projections,
    received: &[Received],
) {
    let sick = received[1].ticket_id.expect("a ticket");
    let why = desk.app.why(&operator(), sick).await.expect("an account");
    assert_eq!((why.status, why.priority.number()), (Status::Escalated, 1));
    let gate = &why.gates[0];
    assert_eq!(gate.code, "health_vomiting");
    let version = desk.app.policies().get(TENANT).expect("a policy").version.clone();
    assert_eq!(gate.policy_version, version);
    let words = gate.finding.as_ref().map(|found| found.matches.len());
    assert!(words.is_some_and(|words| words > 0), "the matched words are told");
    let plain = opened(desk, "plain").await;
    settle(&desk.app, projections).await;
    for ticket in [received[0].ticket_id.expect("a ticket"), sick, plain] {
        let why = desk.app.why(&operator(), ticket).await.expect("an account");
        let row = desk.app.tickets_by_ids(&operator(), &[ticket]).await.expect("the row").pop();
        let row = row.expect("a row");
        assert_eq!((Some(why.status), why.priority), (row.status, row.priority));
        let steps = desk.app.replay_ticket(&operator(), ticket).await.expect("the steps");
        let last = steps.last().expect("a step");
        assert_eq!(last.facts.values()["status"], why.status.name());
        assert_eq!(last.facts.values()["priority"], why.priority.number());
        assert!(steps[0].changes.iter().all(|change| change.old.is_null()));
    }
}
