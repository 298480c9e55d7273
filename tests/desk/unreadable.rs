//! An event that nobody can read: it stops those who want it, until an operator decides.

use casebook_app::queries::Cursor;
use casebook_app::{
    AppError, AuditFormat, AuditRequest, AuditSubject, EventRequest, SkipEvent, StreamStart,
};
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{LabelsChanged, TicketEvent};
use casebook_projections::{ProjectionSettings, Projections};
use casebook_store::NewEvent;
use casebook_tests::builders::event_with;
use casebook_tests::desk::{Desk, TENANT, operator};
use casebook_tests::forms::to_new;
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, append, both_databases};
use uuid::Uuid;

use crate::shared::opened;

both_databases!(
    a_decision_lets_streams_and_the_audit_go_on,
    a_decision_for_one_reader_lets_only_that_one_go_on,
    a_ticket_that_begins_unreadably_has_a_trail_all_the_same,
);

/// What each reader of the log says: those who page through public events, those who follow them,
/// and three ways to look back.
async fn readers(desk: &Desk, ticket: TicketId, end: u64) -> [Result<usize, AppError>; 5] {
    let (app, operator) = (&desk.app, operator());
    let all = EventRequest::default();
    let position = end - 3;
    let near = StreamStart::After(Cursor { log_id: app.log_id(), position });
    let paged = app.events_page(&operator, &all, 1_000).await.and_then(|page| {
        let whole = page.reached.position >= end;
        if whole { Ok(page.events.len()) } else { Err(AppError::fault("cut short")) }
    });
    let near = EventRequest { start: near, ..all };
    let mut feed = app.follow_events(&operator, &near, 1_000).await.expect("followed");
    let followed = async {
        let mut events = 0;
        while feed.position().position < end {
            events += feed.next_page().await?.len();
        }
        Ok(events)
    };
    let followed = followed.await;
    let subject = AuditSubject::Ticket(ticket);
    let request = AuditRequest { subject, ..AuditRequest::default() };
    let scanned = async {
        let mut scan = app.audit_scan(&operator, &request, AuditFormat::JsonLines).await?;
        let mut lines = 0;
        while let Some(part) = scan.next().await? {
            lines += part.lines().count();
        }
        Ok(lines)
    };
    let scanned = scanned.await;
    let why = app.why(&operator, ticket).await.map(|_| 0);
    let replayed = app.replay_ticket(&operator, ticket).await.map(|steps| steps.len());
    [paged, followed, scanned, why, replayed]
}

/// Which of the readers fail.
fn stopped(readers: &[Result<usize, AppError>; 5]) -> [bool; 5] {
    readers.each_ref().map(Result::is_err)
}

async fn add(desk: &Desk, ticket: TicketId, conversation: &str, event: NewEvent) -> u64 {
    let append = append("ticket", &ticket.to_string(), 0, 1).any_version().tenant(TENANT);
    let append = append.metadata("correlation_id", conversation).events(vec![event]);
    let done = desk.app.store().log().append(append.done()).await.expect("appended");
    done.last_position
}

/// A ticket whose stream goes on behind an event that cannot be read: the ticket, the position of
/// that event, and the end of the log.
async fn broken(desk: &Desk) -> (TicketId, u64, u64) {
    let received = desk.receive(&mail("a")).await;
    let (ticket, conversation) = (received.ticket_id.expect("a ticket"), received.conversation_id);
    let conversation = conversation.to_string();
    let unreadable = event_with("PrioritySet", "{\"PrioritySet\":{}}");
    let position = add(desk, ticket, &conversation, unreadable).await;
    let labels = LabelsChanged { added: vec!["vip".to_owned()], removed: Vec::new() };
    let readable = to_new(&TicketEvent::LabelsChanged(labels));
    let end = add(desk, ticket, &conversation, readable).await;
    (ticket, position, end)
}

fn decision(position: u64, reader: Option<&str>) -> SkipEvent {
    SkipEvent { position, reader: reader.map(str::to_owned), reason: "by a test build".to_owned() }
}

async fn a_decision_lets_streams_and_the_audit_go_on(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (ticket, position, end) = broken(&desk).await;
    assert_eq!(stopped(&readers(&desk, ticket, end).await), [true; 5]);
    let done = desk.app.skip_event(&operator(), &decision(position, None)).await;
    assert!(done.expect("decided").changed);
    let [paged, followed, scanned, why, replayed] = readers(&desk, ticket, end).await;
    assert!(paged.expect("a page") > followed.expect("a part"));
    assert!(why.is_ok());
    // The event itself is left out; what follows it is not.
    let steps = replayed.expect("the steps");
    assert_eq!(scanned.expect("the entries"), steps + 1, "the ticket's events and its message");
    let log = desk.log().await;
    let own = log.iter().filter(|event| event.stream.id == ticket.to_string()).count();
    assert_eq!(steps, own - 1);
    // Another ticket is none the worse for it.
    opened(&desk, "b").await;
    let end = desk.length().await;
    assert_eq!(stopped(&readers(&desk, ticket, end).await), [false; 5]);
}

async fn a_decision_for_one_reader_lets_only_that_one_go_on(database: TestDatabase) {
    let desk = Desk::open(database).await;
    // Read models are readers by the names that they are kept under.
    let models = Projections::start(desk.app.store(), &ProjectionSettings::default()).await;
    let models = models.expect("the read models");
    let (ticket, position, end) = broken(&desk).await;
    let refused = desk.app.skip_event(&operator(), &decision(position, Some("streams"))).await;
    let Err(AppError::Invalid { field, message }) = refused else { panic!("{refused:?}") };
    assert!(field == "reader" && message.contains("events") && message.contains("triage"));
    for (reader, expected) in
        [("events", [false, false, true, true, true]), ("audit_index", [false; 5])]
    {
        let done = desk.app.skip_event(&operator(), &decision(position, Some(reader))).await;
        assert!(done.expect("decided").changed, "{reader}");
        assert_eq!(stopped(&readers(&desk, ticket, end).await), expected, "{reader}");
    }
    models.stop().await;
}

async fn a_ticket_that_begins_unreadably_has_a_trail_all_the_same(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = desk.receive(&mail("a")).await;
    let (ticket, conversation) = (TicketId(Uuid::now_v7()), received.conversation_id);
    let unreadable = event_with("TicketStarted", "{\"TicketStarted\":{}}");
    let position = add(&desk, ticket, &conversation.to_string(), unreadable).await;
    let labels = LabelsChanged { added: vec!["vip".to_owned()], removed: Vec::new() };
    let readable = to_new(&TicketEvent::LabelsChanged(labels));
    add(&desk, ticket, &conversation.to_string(), readable).await;
    let subject = AuditSubject::Ticket(ticket);
    let request = AuditRequest { subject, ..AuditRequest::default() };
    let decided = decision(position, None);
    desk.app.skip_event(&operator(), &decided).await.expect("decided");
    let mut scan =
        desk.app.audit_scan(&operator(), &request, AuditFormat::JsonLines).await.expect("a trail");
    let mut trail = String::new();
    while let Some(part) = scan.next().await.expect("a part") {
        trail.push_str(&part);
    }
    assert!(trail.contains("LabelsChanged"), "{trail}");
}
