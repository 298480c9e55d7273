//! Three processes share the sending of replies: `kill -9` of one of them loses none, and the
//! others take over what was its.

use casebook_domain::ids::TicketId;
use casebook_domain::ticket::TicketEvent;
use casebook_outbound::catcher::{CatcherSettings, SmtpCatcher};
use casebook_store::{Mode, StoreSettings};
use casebook_tests::desk::{Desk, TENANT, shipped};
use casebook_tests::{TestDatabase, postgres_only, wait};

use crate::crash::{Clerk, events};
use crate::shared::opened_by_another;

postgres_only!(one_of_three_is_killed);

/// Replies that each of the three approves.
const REPLIES: usize = 5;

async fn one_of_three_is_killed(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let mut policy = shipped(TENANT);
    policy.sending.undo_delay_seconds = 0;
    desk.publish(&policy).await;
    let mut tickets: Vec<TicketId> = Vec::new();
    for number in 0..3 * REPLIES {
        tickets.push(opened_by_another(&desk, &format!("t{number}")).await);
    }
    let (database, blobs) = desk.close().await;
    let catcher = SmtpCatcher::start(CatcherSettings::default()).await.expect("a free port");
    let clerk = |seed| Clerk::sending(database.url(), blobs.path(), catcher.address().port(), seed);
    let mut clerks = [clerk(2_001), clerk(2_002), clerk(2_003)];
    for (number, ticket) in tickets.iter().enumerate() {
        clerks[number % 3].approve(*ticket);
    }
    // Somewhere in the middle: some replies are out, some of its own may be on their way.
    catcher.wait_for(1).await;
    let [first, _second, _third] = clerks;
    first.kill();
    let store = database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
    let store = store.expect("a reader");
    let sent = |event: &&TicketEvent| matches!(event, TicketEvent::ReplySent(_));
    for ticket in &tickets {
        wait::until("the reply to be out", || async {
            let events = events(store.log(), *ticket).await;
            (events.iter().filter(sent).count() == 1).then_some(())
        })
        .await;
    }
    let caught = catcher.received();
    for ticket in &tickets {
        let events = events(store.log(), *ticket).await;
        let approved = events.iter().find_map(|event| match event {
            TicketEvent::ReplyApproved(approved) => Some(format!("<{}>", approved.external_id)),
            _ => None,
        });
        let id = approved.expect("a reply");
        let copies: Vec<_> =
            caught.iter().filter(|mail| String::from_utf8_lossy(&mail.raw).contains(&id)).collect();
        assert!((1..=2).contains(&copies.len()), "{} copies", copies.len());
        assert!(copies.iter().all(|mail| mail.raw == copies[0].raw), "one and the same mail");
    }
    store.close().await;
}
