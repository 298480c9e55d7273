//! Servers that refuse, delay and break off.

use std::sync::Arc;

use bytes::Bytes;
use casebook_app::{ComposeError, DeliverySettings, DeliveryTask, MailComposer, OutgoingMail};
use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{DeliveryFailed, TicketEvent};
use casebook_outbound::catcher::{Fault, Step};
use casebook_tests::database::START;
use casebook_tests::desk::{Desk, DeskParts, operator};
use casebook_tests::smtp::{Answer, Server, line};
use casebook_tests::{TestDatabase, both_databases};
use tokio::sync::watch;

use crate::shared::{SECOND, Tasks, UNDO, agent, any, due, on, opened, replies, until, until_sent};

both_databases!(
    a_refusal_for_good_is_left_to_an_agent_who_retries,
    a_refusal_for_now_is_tried_again_later_and_later,
    a_greylisting_server_gets_the_mail_after_the_pause,
    a_mail_whose_fate_is_unknown_goes_again_under_its_identifier,
    a_reply_that_cannot_be_written_is_left_to_an_agent,
);

async fn desk(database: TestDatabase) -> Desk {
    let delivery = DeliverySettings { attempts_max: 3, ..DeliverySettings::default() };
    Desk::with(database, DeskParts { delivery, ..DeskParts::default() }).await
}

fn failures(events: &[TicketEvent]) -> Vec<DeliveryFailed> {
    let failed = |event: &TicketEvent| match event {
        TicketEvent::DeliveryFailed(failed) => Some(failed.clone()),
        _ => None,
    };
    events.iter().filter_map(failed).collect()
}

async fn until_failed(desk: &Desk, ticket: TicketId, times: usize) -> Vec<DeliveryFailed> {
    until(desk, ticket, "the failures", |events| {
        Some(failures(events)).filter(|failed| failed.len() >= times)
    })
    .await
}

async fn a_refusal_for_good_is_left_to_an_agent_who_retries(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([Answer::Refused]);
    let tasks = Tasks::default().deliver(&desk.app, &server);
    let ticket = opened(&desk, "a").await;
    let reply = due(&desk, ticket, "Friday.").await;
    let failed = until_failed(&desk, ticket, 1).await;
    assert_eq!((failed[0].attempt, failed[0].retry_at), (1, None));
    assert_eq!(failed[0].error, "550 5.1.1 no such user");
    let mut state = casebook_domain::ticket::Ticket::default();
    for event in desk.ticket(Some(ticket)).await {
        cqrs_es::Aggregate::apply(&mut state, event);
    }
    assert_eq!((state.status().name(), state.priority().number()), ("escalated", 1));
    desk.database.clock.advance(86_400 * SECOND);
    let other = opened(&desk, "b").await;
    due(&desk, other, "Monday.").await;
    until_sent(&desk, other, 1).await;
    assert_eq!(server.calls().len(), 2, "it is not tried again by itself");
    desk.app.retry_reply(&agent("sam"), &on(ticket), reply).await.expect("after all");
    until_sent(&desk, ticket, 1).await;
    assert_eq!(server.calls()[0], server.calls()[2], "the same bytes to the same person");
    tasks.stop().await;
}

async fn a_refusal_for_now_is_tried_again_later_and_later(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([Answer::Busy; 4]);
    let tasks = Tasks::default().deliver(&desk.app, &server);
    let ticket = opened(&desk, "a").await;
    let reply = due(&desk, ticket, "Friday.").await;
    let begun = START.plus_micros(UNDO);
    let failed = until_failed(&desk, ticket, 1).await;
    assert_eq!(failed[0].retry_at, Some(begun.plus_micros(30 * SECOND)));
    desk.database.clock.advance(30 * SECOND);
    let failed = until_failed(&desk, ticket, 2).await;
    assert_eq!(failed[1].retry_at, Some(begun.plus_micros(90 * SECOND)));
    desk.database.clock.advance(60 * SECOND);
    let failed = until_failed(&desk, ticket, 3).await;
    assert_eq!((failed[2].attempt, failed[2].retry_at), (3, None), "the third is the last");
    // An agent's retry begins a new series.
    desk.app.retry_reply(&agent("sam"), &on(ticket), reply).await.expect("after all");
    let failed = until_failed(&desk, ticket, 4).await;
    let again = begun.plus_micros(120 * SECOND);
    assert_eq!((failed[3].attempt, failed[3].retry_at), (4, Some(again)));
    desk.database.clock.advance(30 * SECOND);
    until_sent(&desk, ticket, 1).await;
    assert_eq!(server.calls().len(), 5);
    tasks.stop().await;
}

async fn a_greylisting_server_gets_the_mail_after_the_pause(database: TestDatabase) {
    let desk = desk(database).await;
    let greylisted = Fault::say(Step::Rcpt, "451 4.7.1 greylisted, try again later");
    let (catcher, transport) = line([[greylisted]]).await;
    let tasks = Tasks::default().deliver(&desk.app, &Arc::new(transport));
    let ticket = opened(&desk, "a").await;
    due(&desk, ticket, "Friday.").await;
    let failed = until_failed(&desk, ticket, 1).await;
    assert!(failed[0].error.starts_with("451"), "{}", failed[0].error);
    assert!(failed[0].retry_at.is_some() && catcher.received().is_empty());
    desk.database.clock.advance(30 * SECOND);
    until_sent(&desk, ticket, 1).await;
    assert_eq!(catcher.received().len(), 1);
    tasks.stop().await;
}

async fn a_mail_whose_fate_is_unknown_goes_again_under_its_identifier(database: TestDatabase) {
    let desk = desk(database).await;
    let (catcher, transport) = line([[Fault::close(Step::Kept)]]).await;
    let tasks = Tasks::default().deliver(&desk.app, &Arc::new(transport));
    let ticket = opened(&desk, "a").await;
    due(&desk, ticket, "Friday.").await;
    let failed = until_failed(&desk, ticket, 1).await;
    assert!(failed[0].retry_at.is_some());
    assert_eq!(catcher.received().len(), 1, "the server had taken it");
    desk.database.clock.advance(30 * SECOND);
    until_sent(&desk, ticket, 1).await;
    let caught = catcher.received();
    assert_eq!(caught.len(), 2);
    assert_eq!(caught[0].raw, caught[1].raw);
    let id = format!("<{}>", replies(&desk, ticket).await[0].external_id);
    assert!(String::from_utf8_lossy(&caught[0].raw).contains(&id));
    tasks.stop().await;
}

/// A composer that cannot write any mail.
struct Speechless;

impl MailComposer for Speechless {
    fn compose(&self, _mail: &OutgoingMail) -> Result<Bytes, ComposeError> {
        Err(ComposeError::Date)
    }
}

async fn a_reply_that_cannot_be_written_is_left_to_an_agent(database: TestDatabase) {
    let desk = desk(database).await;
    let server = Server::answering([]);
    let (stop, stopped) = watch::channel(false);
    let task = DeliveryTask::new(desk.app.clone(), Arc::new(Speechless), server.clone());
    let task = tokio::spawn(task.run(stopped));
    let ticket = opened(&desk, "a").await;
    due(&desk, ticket, "Friday.").await;
    let failed = until_failed(&desk, ticket, 1).await;
    assert_eq!(
        (failed[0].error.as_str(), failed[0].retry_at),
        ("the date cannot be written", None)
    );
    let started = |event: &TicketEvent| matches!(event, TicketEvent::DeliveryStarted(_));
    assert!(any(&desk.ticket(Some(ticket)).await, started).is_some());
    assert!(server.calls().is_empty());
    let check = desk.app.verify_log(&operator(), |_| {}).await.expect("the log is read");
    assert_eq!(check.problems, []);
    stop.send_replace(true);
    task.await.expect("it ends well");
}
