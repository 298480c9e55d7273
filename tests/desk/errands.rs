//! Errands over time and over processes: classification, waking, replacements, shared work.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use casebook_app::{
    App, ApproveReply, Replacement, ReplacementDesk, ReplacementOrder, TransportError,
};
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{Because, Priority, Standing, Status, TicketEvent, WorkCommand};
use casebook_store::Clock;
use casebook_tests::desk::{Desk, TENANT, operator};
use casebook_tests::letters::mail;
use casebook_tests::oracle::{DRAFT, Oracle};
use casebook_tests::smtp::{Answer, Server};
use casebook_tests::{TestDatabase, both_databases, postgres_only, wait};

use crate::shared::{
    SECOND, Tasks, UNDO, agent, any, due, keyed, on, opened, opened_by_another, says, until,
    until_sent,
};

both_databases!(
    each_message_is_classified_once_over_restarts,
    an_answer_that_comes_too_late_is_not_recorded,
    a_gated_message_is_not_asked_about,
    a_snoozed_ticket_wakes_when_its_time_has_come,
    a_replacement_is_placed_once_its_reply_is_out,
    a_replacement_is_tried_until_it_is_taken,
    a_replacement_that_is_refused_brings_its_ticket_back,
);
postgres_only!(two_processes_share_the_work, work_of_a_process_that_is_gone_is_taken_over);

fn decided(event: &TicketEvent) -> bool {
    matches!(event, TicketEvent::TicketClassified(_) | TicketEvent::TriageFailed(_))
}

async fn each_message_is_classified_once_over_restarts(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let oracle = Oracle::new();
    let tasks = Tasks::default().classify(&desk.app, &oracle);
    let plain = desk.receive(&mail("a").without("Subject")).await.ticket_id.expect("a ticket");
    let unsure =
        desk.receive(&mail("b").from("b@example.net").text("I am unsure about it all.\r\n")).await;
    let silent =
        desk.receive(&mail("c").from("c@example.net").text("Is nobody in today?\r\n")).await;
    let tickets = [plain, unsure.ticket_id.expect("one"), silent.ticket_id.expect("one")];
    for ticket in tickets {
        until(&desk, ticket, "a decision", |events| any(events, decided)).await;
    }
    tasks.stop().await;
    let events = desk.ticket(Some(plain)).await;
    let [_, TicketEvent::TicketClassified(first), TicketEvent::ReplyDrafted(draft)] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((first.run.provider.as_str(), first.unsure), ("oracle", false));
    assert_eq!(draft.text.text(), DRAFT);
    assert_eq!(first.subject.as_ref().map(|text| text.text()), Some("Delivery day"));
    for blob in [&first.run.system_sha256, &first.run.user_sha256, &first.run.raw_sha256] {
        assert!(!desk.app.blob(TENANT, blob).await.expect("kept").is_empty());
    }
    let facts = desk.app.blob(TENANT, &first.run.facts_sha256).await.expect("kept");
    let facts: serde_json::Value = serde_json::from_slice(&facts).expect("JSON");
    assert_eq!(facts["is_existing_customer"], false);
    let events = desk.ticket(Some(tickets[1])).await;
    let TicketEvent::TicketClassified(second) = &events[1] else { panic!("{events:?}") };
    assert!(second.unsure);
    let events = desk.ticket(Some(tickets[2])).await;
    let [_, TicketEvent::TriageFailed(failed)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((failed.attempts, failed.error.as_str()), (3, "silence"));
    // A new process reads the log from its beginning and asks about nothing again.
    let desk = desk.restart().await;
    let tasks = Tasks::default().classify(&desk.app, &oracle);
    let next = opened_by_another(&desk, "d").await;
    until(&desk, next, "a decision", |events| any(events, decided)).await;
    tasks.stop().await;
    assert_eq!(oracle.asked().len(), 4);
    let check = desk.app.verify_log(&operator(), |_| {}).await.expect("the log is read");
    assert_eq!(check.problems, []);
    // The policy, four mails, and the four texts of each of the three answers.
    assert_eq!(check.blobs, 1 + 4 + 3 * 4);
}

async fn an_answer_that_comes_too_late_is_not_recorded(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let oracle = Oracle::hesitant();
    let tasks = Tasks::default().classify(&desk.app, &oracle);
    let ticket = opened(&desk, "a").await;
    let asked = |times| {
        let oracle = Arc::clone(&oracle);
        async move {
            wait::until("the question", || async { (oracle.asked().len() >= times).then_some(()) })
                .await;
        }
    };
    asked(1).await;
    let again = desk.receive(&mail("b").answers("a").text("To York, I mean.\r\n")).await;
    oracle.let_answer();
    asked(2).await;
    let about = until(&desk, ticket, "a decision", |events| {
        events.iter().find_map(|event| match event {
            TicketEvent::TicketClassified(decision) => Some(decision.message_id),
            _ => None,
        })
    })
    .await;
    assert_eq!(about, again.message_id, "the first message was answered too late");
    tasks.stop().await;
    let decisions = desk.ticket(Some(ticket)).await.into_iter().filter(decided).count();
    assert_eq!(decisions, 1);
}

async fn a_gated_message_is_not_asked_about(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let oracle = Oracle::new();
    let gated = mail("a").text("There is blood in his stool since yesterday.\r\n");
    let gated = desk.receive(&gated).await;
    assert!(gated.gated.is_some());
    let tasks = Tasks::default().classify(&desk.app, &oracle);
    let plain = opened(&desk, "b").await;
    until(&desk, plain, "a decision", |events| any(events, decided)).await;
    tasks.stop().await;
    assert_eq!(oracle.asked().len(), 1, "only the plain one");
    assert_eq!(desk.ticket(gated.ticket_id).await.into_iter().filter(decided).count(), 0);
}

async fn a_snoozed_ticket_wakes_when_its_time_has_come(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let tasks = Tasks::default().wake(&desk.app);
    let (early, late) = (opened(&desk, "a").await, opened(&desk, "b").await);
    let (sam, now) = (agent("sam"), desk.database.clock.now());
    for (ticket, hours) in [(early, 1), (late, 2)] {
        let until = now.plus_micros(hours * 3600 * SECOND);
        let snooze = WorkCommand::Snooze { until, now };
        desk.app.work(&sam, &on(ticket), snooze).await.expect("put aside");
    }
    desk.database.clock.advance(3600 * SECOND);
    let because = until(&desk, early, "the ticket to wake", |events| {
        events.iter().find_map(|event| match event {
            TicketEvent::Woken(woken) => Some(woken.because),
            _ => None,
        })
    })
    .await;
    assert_eq!(because, Because::Time);
    let woken = |event: &TicketEvent| matches!(event, TicketEvent::Woken(_));
    assert_eq!(any(&desk.ticket(Some(late)).await, woken), None, "its time has not come");
    // A message of the customer wakes it, too, and then nothing is left to wake.
    desk.receive(&mail("c").answers("b")).await;
    desk.database.clock.advance(3600 * SECOND);
    let third = opened(&desk, "d").await;
    let (now, until_then) = (desk.database.clock.now(), desk.database.clock.now().plus_micros(1));
    let snooze = WorkCommand::Snooze { until: until_then, now };
    desk.app.work(&sam, &on(third), snooze).await.expect("put aside");
    desk.database.clock.advance(1);
    until(&desk, third, "the third to wake", |events| any(events, woken)).await;
    tasks.stop().await;
    assert_eq!(any(&desk.ticket(Some(late)).await, woken), None);
}

/// A tenant's system that puts off so many orders first, or refuses all.
#[derive(Default)]
struct Warehouse {
    closed: bool,
    busy: Mutex<u32>,
    orders: Mutex<Vec<ReplacementOrder>>,
}

#[async_trait]
impl ReplacementDesk for Warehouse {
    async fn place(&self, order: &ReplacementOrder) -> Result<Option<String>, TransportError> {
        self.orders.lock().expect("the orders").push(order.clone());
        if self.closed {
            return Err(TransportError::permanent("422 unknown order"));
        }
        let mut busy = self.busy.lock().expect("the count");
        if *busy > 0 {
            *busy -= 1;
            return Err(TransportError::temporary("503 busy"));
        }
        Ok(Some("R-1".to_owned()))
    }
}

impl Warehouse {
    fn orders(&self) -> Vec<ReplacementOrder> {
        self.orders.lock().expect("the orders").clone()
    }
}

fn promises(order: &str) -> ApproveReply {
    let (order_reference, reason) = (order.to_owned(), "It leaked".to_owned());
    ApproveReply {
        replacement: Some(Replacement { order_reference, reason }),
        ..says("A new box is on its way.")
    }
}

const fn placed(event: &TicketEvent) -> bool {
    matches!(event, TicketEvent::ReplacementPlaced(_))
}

async fn a_replacement_is_placed_once_its_reply_is_out(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let (warehouse, server) = (Arc::new(Warehouse::default()), Server::answering([]));
    let tasks = Tasks::default().deliver(&desk.app, &server).replace(&desk.app, &warehouse);
    let (kept, withdrawn) = (opened(&desk, "a").await, opened(&desk, "b").await);
    let sam = agent("sam");
    desk.app.approve_reply(&sam, &on(kept), &promises(" A-100 ")).await.expect("approved");
    let (reply, _) =
        desk.app.approve_reply(&sam, &on(withdrawn), &promises("B-200")).await.expect("approved");
    desk.app.withdraw_reply(&sam, &on(withdrawn), reply).await.expect("in time");
    assert!(warehouse.orders().is_empty(), "nothing is placed before the reply is out");
    desk.database.clock.advance(UNDO);
    until(&desk, kept, "the replacement", |events| any(events, placed)).await;
    tasks.stop().await;
    let desk = desk.restart().await;
    let tasks = Tasks::default().deliver(&desk.app, &server).replace(&desk.app, &warehouse);
    let last = opened(&desk, "c").await;
    desk.app.approve_reply(&sam, &on(last), &promises("C-300")).await.expect("approved");
    desk.database.clock.advance(UNDO);
    until(&desk, last, "the last replacement", |events| any(events, placed)).await;
    tasks.stop().await;
    let orders = warehouse.orders();
    let references: Vec<_> = orders.iter().map(|order| order.order_reference.as_str()).collect();
    assert_eq!(references, ["A-100", "C-300"]);
    assert_eq!(orders[0].customer_email, casebook_tests::letters::CUSTOMER);
    let bad = desk.app.approve_reply(&sam, &on(withdrawn), &promises(" ")).await;
    assert_eq!(bad.expect_err("no order").code(), "INVALID");
}

async fn a_replacement_is_tried_until_it_is_taken(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let warehouse = Arc::new(Warehouse { busy: Mutex::new(2), ..Warehouse::default() });
    let server = Server::answering([]);
    let tasks = Tasks::default().deliver(&desk.app, &server).replace(&desk.app, &warehouse);
    let ticket = opened(&desk, "a").await;
    let asked = desk.app.approve_reply(&agent("sam"), &keyed(ticket, "k"), &promises("A-1")).await;
    asked.expect("approved");
    desk.database.clock.advance(UNDO);
    for (times, pause) in [(1, 30), (2, 60)] {
        until(&desk, ticket, "the refusal", |events| {
            let failed = |event: &&TicketEvent| matches!(event, TicketEvent::ReplacementFailed(_));
            (events.iter().filter(failed).count() == times).then_some(())
        })
        .await;
        desk.database.clock.advance(pause * SECOND);
    }
    until(&desk, ticket, "the replacement", |events| any(events, placed)).await;
    tasks.stop().await;
    let orders = warehouse.orders();
    assert_eq!(orders.len(), 3);
    assert!(orders.iter().all(|order| order.replacement_id == orders[0].replacement_id));
}

async fn a_replacement_that_is_refused_brings_its_ticket_back(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let warehouse = Arc::new(Warehouse { closed: true, ..Warehouse::default() });
    let server = Server::answering([]);
    let tasks = Tasks::default().deliver(&desk.app, &server).replace(&desk.app, &warehouse);
    let ticket = opened(&desk, "a").await;
    desk.app.approve_reply(&agent("sam"), &on(ticket), &promises("A-1")).await.expect("approved");
    desk.database.clock.advance(UNDO);
    let refused = |event: &TicketEvent| matches!(event, TicketEvent::ReplacementFailed(_));
    until(&desk, ticket, "the refusal", |events| any(events, refused)).await;
    tasks.stop().await;
    assert_eq!(warehouse.orders().len(), 1, "what is refused for good is not asked for again");
    let mut standing = Standing::default();
    for event in desk.ticket(Some(ticket)).await {
        standing.evolve(&event);
    }
    assert_eq!((standing.status, standing.priority), (Status::Escalated, Priority::HIGH));
}

/// The actor of each classification by ticket, after checking that each was made once.
async fn classified(desk: &Desk, tickets: &[TicketId]) {
    for ticket in tickets {
        let events = desk.ticket(Some(*ticket)).await;
        assert_eq!(events.iter().filter(|event| decided(event)).count(), 1, "{events:?}");
    }
}

/// Messages within which two processes share the work; leases are shared anew every two seconds.
const ROUNDS_MAX: usize = 2000;

async fn two_processes_share_the_work(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let other: App = desk.beside().await;
    let (oracles, server) = ([Oracle::new(), Oracle::new()], Server::answering([]));
    let here = Tasks::default().classify(&desk.app, &oracles[0]).deliver(&desk.app, &server);
    let there = Tasks::default().classify(&other, &oracles[1]).deliver(&other, &server);
    // Until both know of each other one may do it all; then they share.
    let mut tickets = Vec::new();
    let shared = || oracles.iter().all(|oracle| oracle.asked().len() >= 5);
    for round in 0.. {
        assert!(round < ROUNDS_MAX, "the second process gets its share");
        let ticket = opened_by_another(&desk, &format!("r{round}")).await;
        until(&desk, ticket, "a decision", |events| any(events, decided)).await;
        tickets.push(ticket);
        if shared() && tickets.len() >= 20 {
            break;
        }
    }
    classified(&desk, &tickets).await;
    let some = &tickets[..20];
    for ticket in some {
        desk.app.approve_reply(&agent("sam"), &on(*ticket), &says("Friday.")).await.expect("asked");
    }
    desk.database.clock.advance(UNDO);
    for ticket in some {
        until_sent(&desk, *ticket, 1).await;
    }
    here.stop().await;
    there.stop().await;
    let mut mails = BTreeMap::<Vec<u8>, u32>::new();
    for (raw, _) in server.calls() {
        *mails.entry(raw.to_vec()).or_default() += 1;
    }
    assert_eq!(mails.len(), some.len());
    assert!(mails.values().all(|times| *times == 1), "each reply left once");
}

async fn work_of_a_process_that_is_gone_is_taken_over(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let other: App = desk.beside().await;
    let (stuck, oracle) = (Oracle::hesitant(), Oracle::new());
    let (silent, server) = (Server::answering([Answer::Silent]), Server::answering([]));
    let gone = Tasks::default().classify(&other, &stuck).deliver(&other, &silent);
    let ticket = opened(&desk, "a").await;
    due(&desk, ticket, "Friday.").await;
    silent.called(1).await;
    wait::until("the question", || async { (!stuck.asked().is_empty()).then_some(()) }).await;
    gone.abort();
    // Its leases run out after some seconds; nothing else tells that it is gone.
    let tasks = Tasks::default().classify(&desk.app, &oracle).deliver(&desk.app, &server);
    until_sent(&desk, ticket, 1).await;
    until(&desk, ticket, "the log to be quiet", |events| {
        matches!(events.last(), Some(TicketEvent::TicketResolved(_))).then_some(())
    })
    .await;
    tasks.stop().await;
    assert_eq!(server.calls(), silent.calls(), "the same bytes, the same Message-ID");
    let events = desk.ticket(Some(ticket)).await;
    let starts = events.iter().filter(|e| matches!(e, TicketEvent::DeliveryStarted(_)));
    assert_eq!(starts.count(), 2);
}
