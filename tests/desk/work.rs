//! Agents' work: repeated, expected, all at once, and in bulk.

use std::collections::BTreeSet;
use std::sync::Arc;

use casebook_app::{AppError, OnTicket};
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::{TicketEvent, Urgency, WorkCommand};
use casebook_store::Clock;
use casebook_tests::desk::Desk;
use casebook_tests::{TestDatabase, both_databases};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::shared::{agent, approved, keyed, on, opened, says};

both_databases!(
    a_repeat_gets_the_first_answer,
    the_same_command_by_many_at_once_is_one,
    another_version_than_expected_is_a_conflict,
    of_twenty_agents_one_gets_the_ticket,
    different_work_at_once_is_all_done,
    bulk_answers_for_each_ticket,
    a_note_stands_in_the_conversation,
    names_that_nobody_knows_are_refused,
);

fn claim(agent: &str) -> WorkCommand {
    WorkCommand::Claim { agent: agent.to_owned() }
}

fn label(word: &str) -> WorkCommand {
    WorkCommand::Label { add: vec![word.to_owned()], remove: Vec::new() }
}

async fn a_repeat_gets_the_first_answer(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let ticket = opened(&desk, "a").await;
    let (sam, once) = (agent("sam"), keyed(ticket, "k1"));
    let first = desk.app.work(&sam, &once, claim("sam")).await.expect("claimed");
    assert_eq!((first.version, first.repeated), (2, false));
    let release = WorkCommand::Release { agent: "sam".to_owned() };
    desk.app.work(&sam, &on(ticket), release).await.expect("released");
    let again = desk.app.work(&sam, &once, claim("sam")).await.expect("repeated");
    assert_eq!((again.version, again.position, again.repeated), (2, first.position, true));
    assert_eq!(desk.ticket(Some(ticket)).await.len(), 3, "it is not claimed again");
    let other = desk.app.work(&sam, &once, label("vip")).await.expect_err("another content");
    assert_eq!(other.code(), "IDEMPOTENCY_MISMATCH");
    // The key is the ticket's own: elsewhere it stands for another command.
    let elsewhere = opened(&desk, "b").await;
    let done = desk.app.work(&sam, &keyed(elsewhere, "k1"), label("vip")).await.expect("done");
    assert!(!done.repeated);
}

async fn the_same_command_by_many_at_once_is_one(database: TestDatabase) {
    let desk = Desk::open(database).await;
    for round in 0..5 {
        let ticket = opened(&desk, &format!("m{round}")).await;
        let version = desk.ticket(Some(ticket)).await.len() as u64;
        let barrier = Arc::new(Barrier::new(12));
        let mut set: JoinSet<Result<MessageId, AppError>> = JoinSet::new();
        for number in 0..12 {
            let (app, barrier) = (desk.app.clone(), Arc::clone(&barrier));
            // Every second caller also says which version it saw.
            let expected_version = (number % 2 == 0).then_some(version);
            let once = OnTicket { expected_version, ..keyed(ticket, "reply") };
            set.spawn(async move {
                barrier.wait().await;
                let done = app.approve_reply(&agent("sam"), &once, &says("Friday.")).await;
                done.map(|(reply, _)| reply)
            });
        }
        let answers = set.join_all().await;
        let replies: BTreeSet<String> =
            answers.into_iter().map(|reply| reply.expect("the first answer").to_string()).collect();
        assert_eq!(replies.len(), 1, "everybody learns of the same reply");
        let events = desk.ticket(Some(ticket)).await;
        let approvals = events.iter().filter(|e| matches!(e, TicketEvent::ReplyApproved(_)));
        assert_eq!(approvals.count(), 1);
    }
}

async fn another_version_than_expected_is_a_conflict(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let ticket = opened(&desk, "a").await;
    let seen = OnTicket { expected_version: Some(1), ..on(ticket) };
    desk.app.work(&agent("sam"), &seen, claim("sam")).await.expect("as seen");
    let late = desk.app.work(&agent("kim"), &seen, label("vip")).await.expect_err("moved on");
    assert!(matches!(late, AppError::Conflict { version: 2 }), "{late:?}");
    let ahead = OnTicket { expected_version: Some(9), ..on(ticket) };
    let ahead = desk.app.work(&agent("kim"), &ahead, label("vip")).await.expect_err("not yet");
    assert!(matches!(ahead, AppError::Conflict { version: 2 }), "{ahead:?}");
    assert_eq!(desk.ticket(Some(ticket)).await.len(), 2);
}

async fn of_twenty_agents_one_gets_the_ticket(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let ticket = opened(&desk, "a").await;
    let barrier = Arc::new(Barrier::new(20));
    let mut set = JoinSet::new();
    for number in 0..20 {
        let (app, barrier) = (desk.app.clone(), Arc::clone(&barrier));
        set.spawn(async move {
            let name = format!("agent{number}");
            barrier.wait().await;
            (name.clone(), app.work(&agent(&name), &on(ticket), claim(&name)).await)
        });
    }
    let answers = set.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, done)| done.is_ok());
    assert_eq!((won.len(), lost.len()), (1, 19));
    let winner = &won[0].0;
    for (_, refused) in lost {
        let Err(AppError::Refused { version, message }) = refused else { panic!("{refused:?}") };
        assert_eq!(version, 2);
        assert!(message.starts_with(winner.as_str()), "{message} and not {winner}");
    }
    let events = desk.ticket(Some(ticket)).await;
    let [_, TicketEvent::TicketClaimed(by)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(by.agent, *winner);
}

async fn different_work_at_once_is_all_done(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let ticket = opened(&desk, "a").await;
    let work = [
        claim("sam"),
        label("vip"),
        WorkCommand::SetPriority(Urgency::High),
        WorkCommand::CorrectCategory("quality".to_owned()),
    ];
    let sam = agent("sam");
    let ours = on(ticket);
    let all = work.iter().map(|command| desk.app.work(&sam, &ours, command.clone()));
    for done in futures::future::join_all(all).await {
        done.expect("done after all");
    }
    assert_eq!(desk.ticket(Some(ticket)).await.len(), 5);
}

async fn bulk_answers_for_each_ticket(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let mut tickets: Vec<TicketId> = Vec::new();
    for id in ["a", "b", "c"] {
        tickets.push(opened(&desk, id).await);
    }
    approved(&desk, tickets[1], "Friday.").await;
    let unknown = TicketId(uuid::Uuid::from_u128(77));
    tickets.push(unknown);
    let close = WorkCommand::Close { now: desk.database.clock.now() };
    let sam = agent("sam");
    let items = desk.app.work_on_all(&sam, &tickets, Some("k"), &close).await.expect("asked");
    let order: Vec<TicketId> = items.iter().map(|item| item.ticket_id).collect();
    assert_eq!(order, tickets, "in the order of the request");
    let codes: Vec<Option<&str>> =
        items.iter().map(|item| item.result.as_ref().err().map(AppError::code)).collect();
    assert_eq!(codes, [None, Some("CONFLICT"), None, Some("NOT_FOUND")]);
    let again = desk.app.work_on_all(&sam, &tickets, Some("k"), &close).await.expect("asked");
    assert!(again[0].result.as_ref().is_ok_and(|done| done.repeated));
    let many = vec![unknown; 501];
    let refused = desk.app.work_on_all(&sam, &many, None, &close).await;
    assert_eq!(refused.err().map(|error| error.code()), Some("LIMIT"));
}

async fn a_note_stands_in_the_conversation(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = desk.receive(&casebook_tests::letters::mail("a")).await;
    let ticket = received.ticket_id.expect("a ticket");
    let once = keyed(ticket, "n");
    let (note, done) =
        desk.app.add_note(&agent("sam"), &once, "Call the depot").await.expect("kept");
    assert_eq!(done.version, 1, "the ticket itself has not moved");
    let (again, repeated) =
        desk.app.add_note(&agent("sam"), &once, "Call the depot").await.expect("repeated");
    assert_eq!((again, repeated.version, repeated.repeated), (note, 1, true));
    let events = desk.conversation(received.conversation_id).await;
    let notes: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            ConversationEvent::NoteAdded(note) => Some((note.note_id, note.author.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(notes, [(note, "sam")]);
    let blank = desk.app.add_note(&agent("sam"), &on(ticket), " ").await.expect_err("refused");
    assert_eq!(blank.code(), "INVALID");
}

async fn names_that_nobody_knows_are_refused(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let ticket = opened(&desk, "a").await;
    let to = |agent: Option<&str>, team: Option<&str>| {
        let (agent, team) = (agent.map(str::to_owned), team.map(str::to_owned));
        WorkCommand::Assign { agent, team }
    };
    for (command, field) in [
        (to(None, Some("no-such-team")), "team"),
        (to(Some("no name"), None), "agent"),
        (WorkCommand::CorrectCategory("weather".to_owned()), "category"),
    ] {
        let refused = desk.app.work(&agent("sam"), &on(ticket), command).await;
        let Err(AppError::Invalid { field: named, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(named, field);
    }
    let nobody = on(TicketId(uuid::Uuid::from_u128(5)));
    let missing = desk.app.work(&agent("sam"), &nobody, label("x")).await.expect_err("unknown");
    assert_eq!(missing.code(), "NOT_FOUND");
    let blank = keyed(ticket, " ");
    let refused = desk.app.work(&agent("sam"), &blank, label("x")).await.expect_err("no key");
    assert_eq!(refused.code(), "INVALID");
}
