//! Reading and following public events, on both databases.

use std::collections::BTreeSet;
use std::sync::Arc;

use casebook_app::queries::Cursor;
use casebook_app::{
    Access, App, AppError, EventFeed, EventPage, EventRequest, StreamEvent, StreamStart,
};
use casebook_domain::access::{AccessEvent, PersonalDataRead, Seen, Way};
use casebook_domain::event::Event;
use casebook_domain::ids::TicketId;
use casebook_projections::Recorded;
use casebook_projections::testing::{History, worked};
use casebook_store::{Filter, Mode, NewEvent, StoreSettings, StoredEvent, StreamId};
use casebook_tests::desk::{Desk, OTHER_TENANT, TENANT, decode, operator, shipped};
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases};
use uuid::Uuid;

both_databases!(
    followers_cut_off_anywhere_miss_nothing_and_meet_nothing_twice,
    pages_have_no_seam,
    filters_hold_together,
    cursors_are_of_this_log,
    what_may_be_seen_depends_on_the_access,
    an_unreadable_event_stops_only_those_who_want_it,
    a_sparse_filter_reads_the_log_in_long_steps,
    a_thread_tells_what_is_about_no_ticket,
    who_follows_personal_data_is_recorded,
);

fn request(start: StreamStart) -> EventRequest {
    EventRequest { start, ..EventRequest::default() }
}

fn after(app: &App, position: u64) -> StreamStart {
    StreamStart::After(Cursor { log_id: app.log_id(), position })
}

fn positions(events: &[Arc<StreamEvent>]) -> Vec<u64> {
    events.iter().map(|event| event.position()).collect()
}

/// Positions of all events of the log that have a public form.
async fn public_positions(app: &App) -> Vec<u64> {
    let page = app.store().log().read(0, &Filter::default(), 100_000).await.expect("the log");
    let events = page.events.into_iter().filter_map(|event| {
        StreamEvent::new(app.log_id(), Recorded::decode(event).expect("an event")?)
    });
    events.map(|event| event.position()).collect()
}

async fn append(app: &App, history: &History) -> u64 {
    history.append(app.store()).await.expect("appended")
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

/// Follows to the end of what `stop` announces, beginning anew at random.
async fn follow_with_cuts(app: App, seed: u64, mut last: tokio::sync::watch::Receiver<u64>) {
    let mut dice = Dice(seed);
    let mut seen = Vec::new();
    let mut at = 0;
    let mut feed: Option<EventFeed> = None;
    loop {
        let end = *last.borrow_and_update();
        if end > 0 && at >= end {
            break;
        }
        let going = match &mut feed {
            Some(feed) => feed,
            None => {
                let request = request(after(&app, at));
                let size = 1 + dice.roll(60) as usize;
                let begun = app.follow_events(&operator(), &request, size).await;
                feed.insert(begun.expect("followed"))
            }
        };
        tokio::select! {
            page = going.next_page() => {
                seen.extend(positions(&page.expect("a page")));
                at = going.position().position;
            }
            changed = last.changed() => changed.expect("the writer is there"),
        }
        if dice.roll(4) == 0 {
            feed = None;
        }
    }
    assert_eq!(seen, public_positions(&app).await, "seed {seed}");
}

async fn followers_cut_off_anywhere_miss_nothing_and_meet_nothing_twice(database: TestDatabase) {
    let desk = Desk::open(database).await;
    append(&desk.app, &worked(1, 8)).await;
    let (end, last) = tokio::sync::watch::channel(0);
    let followers: Vec<_> = (1..=6)
        .map(|seed| tokio::spawn(follow_with_cuts(desk.app.clone(), seed, last.clone())))
        .collect();
    let mut position = 0;
    for part in 0..8 {
        position = append(&desk.app, &worked(1_000 + part, 1)).await;
    }
    end.send_replace(position);
    for follower in followers {
        follower.await.expect("a follower ends well");
    }
}

async fn walk(app: &App, base: &EventRequest, limit: usize) -> Vec<Arc<StreamEvent>> {
    let (mut found, mut at) = (Vec::new(), 0);
    loop {
        let request = EventRequest { start: after(app, at), ..base.clone() };
        let page: EventPage = app.events_page(&operator(), &request, limit).await.expect("a page");
        assert!(page.events.len() <= limit && page.reached.position >= at);
        at = page.reached.position;
        found.extend(page.events);
        if !page.has_more {
            return found;
        }
    }
}

async fn pages_have_no_seam(database: TestDatabase) {
    let desk = Desk::open(database).await;
    append(&desk.app, &worked(1, 6)).await;
    let all = public_positions(&desk.app).await;
    for limit in [1, 7, 300, 10_000] {
        let walked = walk(&desk.app, &EventRequest::default(), limit).await;
        assert_eq!(positions(&walked), all, "{limit}");
    }
    let latest = desk.app.events_page(&operator(), &request(StreamStart::Latest), 10).await;
    let latest = latest.expect("a page");
    assert!(latest.events.is_empty() && !latest.has_more);
}

async fn filters_hold_together(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.publish(&shipped(OTHER_TENANT)).await;
    let first = desk.receive(&mail("a").text("My dog vomited.\r\n")).await;
    desk.receive(&mail("b").to("hallo@ozean-licht.at")).await;
    append(&desk.app, &worked(1, 3)).await;
    let names = |events: &[Arc<StreamEvent>]| -> BTreeSet<&'static str> {
        events.iter().map(|event| event.public(false).type_name).collect()
    };
    let gated = "casebook.ticket.gated.v1".to_owned();
    let of_type = EventRequest { types: vec![gated.clone()], ..EventRequest::default() };
    for limit in [1, 100] {
        let found = walk(&desk.app, &of_type, limit).await;
        assert_eq!(names(&found), BTreeSet::from([gated.as_str()]));
    }
    let tenants = vec![TENANT.to_owned(), OTHER_TENANT.to_owned()];
    for (tenants, expected) in [(vec![OTHER_TENANT.to_owned()], 1), (tenants, 2)] {
        let of = EventRequest { tenants, ..EventRequest::default() };
        let found = walk(&desk.app, &of, 3).await;
        let seen: BTreeSet<_> = found.iter().map(|event| event.tenant()).collect();
        assert_eq!(seen.len(), expected);
        let mut live = desk.app.follow_events(&operator(), &of, 1000).await.expect("followed");
        assert_eq!(positions(&live.next_page().await.expect("a page")), positions(&found));
    }
    let ticket = first.ticket_id;
    let about = EventRequest { ticket, personal: true, ..EventRequest::default() };
    let found = walk(&desk.app, &about, 2).await;
    let expected = ["message.received", "ticket.gated", "ticket.received"]
        .map(|name| format!("casebook.{name}.v1"));
    assert_eq!(names(&found).into_iter().collect::<Vec<_>>(), expected);
    assert!(found.iter().any(|event| event.json(true).contains("My dog vomited")));
    assert!(found.iter().all(|event| !event.json(false).contains("vomited.")));
}

async fn cursors_are_of_this_log(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let foreign = Cursor { log_id: Uuid::from_u128(7), position: 0 };
    let beyond = after(&desk.app, 1_000_000);
    for (start, word) in [(StreamStart::After(foreign), "restored"), (beyond, "ends at")] {
        let refused = desk.app.events_page(&operator(), &request(start), 10).await;
        let Err(AppError::Invalid { field, message }) = refused else { panic!("{refused:?}") };
        assert!(field == "after" && message.contains(word), "{message}");
        let feed = desk.app.follow_events(&operator(), &request(start), 10).await;
        assert!(matches!(feed, Err(AppError::Invalid { .. })));
    }
    assert_eq!("latest".parse(), Ok(StreamStart::Latest));
    assert!("7".parse::<StreamStart>().is_err());
}

async fn what_may_be_seen_depends_on_the_access(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.publish(&shipped(OTHER_TENANT)).await;
    desk.receive(&mail("a")).await;
    desk.receive(&mail("b").to("hallo@ozean-licht.at")).await;
    let plain = Access::integration("warehouse", vec![TENANT.to_owned()], false);
    let trusted = Access::integration("crm", vec![TENANT.to_owned()], true);
    let all = EventRequest::default();
    let personal = EventRequest { personal: true, ..all.clone() };
    let foreign = EventRequest { tenants: vec![OTHER_TENANT.to_owned()], ..all.clone() };
    let nonsense = EventRequest { types: vec!["casebook.nonsense.v1".to_owned()], ..all.clone() };
    let code = |page: Result<EventPage, AppError>| page.err().map(|error| error.code());
    let app = &desk.app;
    assert_eq!(code(app.events_page(&plain, &personal, 10).await), Some("FORBIDDEN"));
    assert_eq!(code(app.events_page(&trusted, &personal, 10).await), None);
    assert_eq!(code(app.events_page(&plain, &foreign, 10).await), Some("NOT_FOUND"));
    assert_eq!(code(app.events_page(&plain, &nonsense, 10).await), Some("INVALID"));
    assert_eq!(code(app.events_page(&Access::intake(None), &all, 10).await), Some("FORBIDDEN"));
    let page = app.events_page(&plain, &all, 1000).await.expect("a page");
    assert!(!page.events.is_empty() && page.events.iter().all(|event| event.tenant() == TENANT));
    let mut feed = app.follow_events(&plain, &all, 1000).await.expect("followed");
    let live = feed.next_page().await.expect("a page");
    assert_eq!(positions(&live), positions(&page.events));
    // Nothing else is open to them.
    assert!(app.tenants(&plain).is_err());
    let id = TicketId(Uuid::nil());
    assert_eq!(
        app.tickets_by_ids(&trusted, &[id]).await.err().map(|e| e.code()),
        Some("FORBIDDEN")
    );
}

async fn an_unreadable_event_stops_only_those_who_want_it(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let good = append(&desk.app, &worked(1, 1)).await;
    let mut history = History::new();
    history.begin("tenant-a");
    let broken = NewEvent {
        event_id: casebook_tests::ids::fresh(),
        event_type: "ContactRegistered".to_owned(),
        event_version: "9".to_owned(),
        payload: "{\"secret\":\"ada@mail.example\"}".to_owned(),
    };
    history.push_raw(StreamId::new("contact", Uuid::nil().to_string()), broken);
    history.extend(worked(2, 1));
    append(&desk.app, &history).await;
    let mut feed = desk.app.follow_events(&operator(), &EventRequest::default(), 1000).await;
    let feed = feed.as_mut().expect("followed");
    while feed.position().position < good {
        feed.next_page().await.expect("everything before it");
    }
    let stopped = feed.next_page().await.expect_err("stops");
    assert_eq!((feed.position().position, stopped.code()), (good, "INTERNAL"));
    assert!(!stopped.internal().unwrap_or_default().contains("ada@"));
    let page = desk.app.events_page(&operator(), &EventRequest::default(), 10_000).await;
    let page = page.expect("what lies before it");
    assert_eq!((page.reached.position, page.has_more), (good, true));
    let types = vec!["casebook.ticket.received.v1".to_owned()];
    let others = EventRequest { types, ..EventRequest::default() };
    assert_eq!(walk(&desk.app, &others, 100).await.len(), 2);
}

async fn a_sparse_filter_reads_the_log_in_long_steps(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    let last = append(&desk.app, &worked(1, 8)).await;
    assert!(last - first.position > 200, "{last}");
    let about = EventRequest { ticket: first.ticket_id, ..EventRequest::default() };
    let all = positions(&walk(&desk.app, &about, 1_000).await);
    assert_eq!(positions(&walk(&desk.app, &about, 1).await), all, "cut where the page is full");
    let start = after(&desk.app, *all.last().expect("an event"));
    let request = EventRequest { start, ..about };
    let page = desk.app.events_page(&operator(), &request, 1).await.expect("a page");
    assert_eq!((page.events.len(), page.reached.position, page.has_more), (0, last, false));
}

async fn a_thread_tells_what_is_about_no_ticket(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let first = desk.receive(&mail("a")).await;
    desk.receive(&mail("b").from("bea@example.net")).await;
    let away = mail("c").answers("a").header("Auto-Submitted", "auto-replied");
    let away = desk.receive(&away.text("I am away.\r\n")).await;
    assert_eq!((away.conversation_id, away.ticket_id), (first.conversation_id, None));
    let ticket = EventRequest { ticket: first.ticket_id, ..EventRequest::default() };
    let alone = positions(&walk(&desk.app, &ticket, 100).await);
    let thread = EventRequest { thread: Some(first.conversation_id), ..ticket };
    let walked = walk(&desk.app, &thread, 100).await;
    let received =
        |event: &&Arc<StreamEvent>| event.public(false).type_name == "casebook.message.received.v1";
    assert_eq!(walked.iter().filter(received).count(), 2, "both messages of the thread");
    assert!(alone.iter().all(|position| positions(&walked).contains(position)));
    assert!(
        walked.iter().all(|event| event.ticket_id().is_none_or(|id| Some(id) == first.ticket_id))
    );
    let mut live = desk.app.follow_events(&operator(), &thread, 100).await.expect("followed");
    let live = live.next_page().await.expect("a page");
    assert_eq!(positions(&live), positions(&walked));
}

/// The looks that are recorded after a position, with the tenants they are of.
async fn looks(desk: &Desk, position: u64) -> Vec<(String, PersonalDataRead)> {
    let stored = desk.log().await.into_iter().filter(|event| event.position > position);
    let look = |stored: StoredEvent| match decode(&stored) {
        Event::Access(AccessEvent::PersonalDataRead(read)) => Some((stored.tenant, read)),
        _ => None,
    };
    stored.filter_map(look).collect()
}

async fn who_follows_personal_data_is_recorded(database: TestDatabase) {
    let desk = Desk::open(database).await;
    desk.publish(&shipped(OTHER_TENANT)).await;
    let first = desk.receive(&mail("a")).await;
    let length = desk.length().await;
    let plain = EventRequest::default();
    desk.app.events_page(&operator(), &plain, 10).await.expect("a page");
    desk.app.follow_events(&operator(), &plain, 10).await.expect("followed");
    assert_eq!(looks(&desk, length).await, [], "nothing personal, nothing recorded");

    let personal = EventRequest { personal: true, ..plain };
    desk.app.events_page(&operator(), &personal, 10).await.expect("a page");
    let read = looks(&desk, length).await;
    let tenants: Vec<&str> = read.iter().map(|(tenant, _)| tenant.as_str()).collect();
    assert_eq!(tenants, [OTHER_TENANT, TENANT], "one for each tenant");
    let seen = Seen::Export { name: "events".to_owned(), filter: String::new() };
    assert_eq!((read[0].1.way, &read[0].1.what), (Way::Export, &vec![seen]));

    let length = desk.length().await;
    let crm = Access::integration("crm", vec![TENANT.to_owned()], true);
    let mut feed = desk.app.follow_events(&crm, &personal, 1).await.expect("followed");
    feed.next_page().await.expect("a page");
    feed.next_page().await.expect("a page");
    assert_eq!(looks(&desk, length).await.len(), 1, "once for a stream, of what it may see");

    let length = desk.length().await;
    let about = EventRequest { ticket: first.ticket_id, ..personal };
    desk.app.events_page(&operator(), &about, 10).await.expect("a page");
    let read = looks(&desk, length).await.pop().expect("a look").1;
    assert_eq!(read.contact_id, first.contact_id);
    assert_eq!(read.conversation_id, Some(first.conversation_id));
    assert_eq!(read.ticket_id, first.ticket_id, "so that the ticket's trail finds it");
    assert!(matches!(&read.what[..], [Seen::Export { .. }]), "{:?}", read.what);

    let store = desk.database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
    let reader = desk.on(store.expect("a reading store")).await;
    let refused = reader.events_page(&operator(), &about, 10).await;
    assert_eq!(refused.err().map(|error| error.code()), Some("UNAVAILABLE"));
}
