//! What must hold of rows as of earlier positions, on every database.

use std::collections::BTreeSet;

use casebook_domain::channel::Channel;
use casebook_domain::conversation::{ConversationEvent, SetAside, SetAsideMail};
use casebook_domain::event::Event;
use casebook_domain::ids::{ContactId, ConversationId, DecisionId, MessageId, TicketId};
use casebook_domain::ticket::{Priority, Status};
use casebook_store::{Filter, Store, WriteBatch};

use super::cases::{PATIENCE, append, both, settings};
use super::{History, Mail, mixed, worked};
use crate::contacts::{Contacts, contacts_by_ids};
use crate::conversations::{Conversations, conversations_by_ids};
use crate::decisions::{Decisions, decisions_by_ids, decisions_of_tickets};
use crate::messages::{Messages, messages_by_ids, messages_of_conversations};
use crate::notes::notes_of_conversations;
use crate::read_model::ReadModel;
use crate::runner::RowSet;
use crate::tickets::{
    Assignee, QueueFilter, Shelf, TicketRow, Tickets, queue_count, queue_page, tickets_by_ids,
    tickets_of_conversations,
};
use crate::{AsOf, PAGE_ROWS_MAX, ProjectionSettings, Projections, Recorded, Slice, verify};

/// Events after which a set of rows is stored in these cases.
const SET_EVENTS: u64 = 60;
/// Positions between two that are looked at; it shares no factor with the above.
const STRIDE: usize = 17;

async fn start(store: &Store) -> Projections {
    let settings = ProjectionSettings { row_set_events: SET_EVENTS, ..settings() };
    Projections::start(store, &settings).await.expect("start")
}

/// Lives that go on side by side, mails of every kind, and a set-aside mail that a gate made a
/// ticket all the same.
async fn fill(store: &Store) -> u64 {
    let lives: Vec<History> = (0..14).map(|number| worked(5_000 + number, 1)).collect();
    let mut history = mixed(0, 30);
    history.extend(History::side_by_side(lives));
    let mail = Mail::new("tenant-a", 9_000).gated(&["health_blood"]);
    mail.add_to(&mut history);
    set_aside_too(&mut history, &mail);
    append(store, &history).await
}

/// Everything in the log, decoded.
async fn recorded(store: &Store) -> Vec<Recorded<Event>> {
    let mut events = Vec::new();
    let mut after = 0;
    loop {
        let page = store.log().read(after, &Filter::default(), 1_000).await.expect("a page");
        if page.events.is_empty() {
            return events;
        }
        after = page.reached;
        let decoded = page.events.into_iter().map(|event| Recorded::decode(event).expect("known"));
        events.extend(decoded.flatten());
    }
}

async fn as_of(store: &Store, position: u64) -> AsOf {
    AsOf::new(store, both(), position).await.expect("a position")
}

/// Waits until sets are stored up to the last place where one is due: a set is followed by the next
/// after `SET_EVENTS` events, or after as many as it has rows.
async fn sets_are_stored(store: &Store, last: u64) -> Vec<u64> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let sql = "SELECT position, row_count FROM row_sets WHERE position > 0 ORDER BY position";
        let rows = store.db().query(sql, &[]).await.unwrap_or_default();
        let found: Vec<u64> = rows.iter().map(|row| row.uint(0).expect("a position")).collect();
        let rows_of_newest = rows.last().map_or(0, |row| row.uint(1).expect("a number"));
        let next = found.last().copied().unwrap_or_default() + SET_EVENTS.max(rows_of_newest);
        if next > last {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "waited in vain: {found:?} of {last}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// The rows of `M` that events make, folded from zero.
fn folded<M: ReadModel>(events: &[Recorded<Event>]) -> Vec<M::Row> {
    let wanted: Vec<Recorded<Event>> = events.to_vec();
    let mut rows = RowSet::<M>::default();
    rows.fold(&wanted, usize::MAX);
    rows.into_rows()
}

fn sorted<R, K: Ord>(mut rows: Vec<R>, key: impl Fn(&R) -> K) -> Vec<R> {
    rows.sort_by_key(key);
    rows
}

/// Rows as of any position are those that a fold from zero to there makes; sets of rows, wherever
/// they are, change nothing about it.
pub async fn any_position_is_a_fold_from_zero(store: Store) {
    let projections = start(&store).await;
    let last = fill(&store).await;
    projections.caught_up(last, PATIENCE).await.expect("caught up");
    let sets = sets_are_stored(&store, last).await;
    let events = recorded(&store).await;
    let positions: BTreeSet<u64> = (0..=last)
        .step_by(STRIDE)
        .chain(sets.iter().flat_map(|set| [set - 1, *set, set + 1]))
        .chain([last])
        .collect();
    let (mut reopened, mut shown) = (0, 0);
    for position in positions {
        let then = as_of(&store, position).await;
        let until = events.partition_point(|event| event.position <= position);
        let events = &events[..until];
        let tickets = folded::<Tickets>(events);
        let open = tickets.iter().filter(|row| row.shelf.is_open()).cloned().collect();
        let open = sorted(open, TicketRow::queue_key);
        let queue = then.queue().await.expect("the queue");
        let all = QueueFilter { snoozed: Some(true), ..QueueFilter::default() };
        let mut found = queue.page(&QueueFilter::default(), &Slice::first(PAGE_ROWS_MAX)).rows;
        found.extend(queue.page(&all, &Slice::first(PAGE_ROWS_MAX)).rows);
        assert!(sorted(found, TicketRow::queue_key) == open, "the queue as of {position}");
        shown += open.len();
        reopened += open.iter().filter(|row| row.reply_count > 0).count();
        single_rows(&then, events, &tickets).await;
    }
    assert!(sets.len() > 5 && shown > 100 && reopened > 10, "{sets:?}, {shown}, {reopened}");
    projections.stop().await;
}

async fn single_rows(then: &AsOf, events: &[Recorded<Event>], tickets: &[TicketRow]) {
    let position = then.position();
    let ids: Vec<TicketId> = tickets.iter().map(|row| row.ticket_id).collect();
    let expected: Vec<_> = tickets.iter().filter(|row| row.status.is_some()).cloned().collect();
    let found = then.tickets_by_ids(&ids).await.expect("tickets");
    let key = |row: &TicketRow| (row.tenant.clone(), row.ticket_id);
    assert!(sorted(found, key) == sorted(expected, key), "tickets as of {position}");
    let threads = folded::<Conversations>(events);
    let ids: Vec<ConversationId> = threads.iter().map(|row| row.conversation_id).collect();
    let found = then.conversations_by_ids(&ids).await.expect("conversations");
    assert!(sorted(found, |row| row.conversation_id) == sorted(threads, |row| row.conversation_id));
    let messages = folded::<Messages>(events);
    let ids: Vec<MessageId> = messages.iter().map(|row| row.message_id).collect();
    let found = then.messages_by_ids(&ids).await.expect("messages");
    assert!(sorted(found, |row| row.message_id) == sorted(messages, |row| row.message_id));
    let decisions = folded::<Decisions>(events);
    let ids: Vec<DecisionId> = decisions.iter().map(|row| row.decision_id).collect();
    let found = then.decisions_by_ids(&ids).await.expect("decisions");
    assert!(sorted(found, |row| row.decision_id) == sorted(decisions, |row| row.decision_id));
    let contacts = folded::<Contacts>(events);
    let ids: Vec<ContactId> = contacts.iter().map(|row| row.contact_id).collect();
    let found = then.contacts_by_ids(&ids).await.expect("contacts");
    assert!(sorted(found, |row| row.contact_id) == sorted(contacts, |row| row.contact_id));
}

/// As of now, everything is as the live read models show it, in the same order and pages.
pub async fn as_of_now_is_the_live_row(store: Store) {
    let projections = start(&store).await;
    let last = fill(&store).await;
    projections.caught_up(last, PATIENCE).await.expect("caught up");
    sets_are_stored(&store, last).await;
    let (db, scope, now) = (store.db(), both(), as_of(&store, last).await);
    let rows = folded::<Tickets>(&recorded(&store).await);
    let tickets: Vec<TicketId> = rows.iter().map(|row| row.ticket_id).collect();
    let live = tickets_by_ids(db, &scope, &tickets).await.expect("live");
    assert!(live.len() > 30 && live.iter().any(|row| row.shelf == Shelf::Done));
    let found = now.tickets_by_ids(&tickets).await.expect("as of now");
    assert!(sorted(live, |row| row.ticket_id) == sorted(found, |row| row.ticket_id));
    let threads: Vec<ConversationId> = rows
        .iter()
        .filter_map(|row| row.conversation_id)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let live = conversations_by_ids(db, &scope, &threads).await.expect("live");
    let found = now.conversations_by_ids(&threads).await.expect("as of now");
    assert!(sorted(live, |row| row.conversation_id) == sorted(found, |row| row.conversation_id));
    let live = tickets_of_conversations(db, &scope, &threads).await.expect("live");
    assert!(now.tickets_of_conversations(&threads).await.expect("as of now") == live);
    let live = decisions_of_tickets(db, &scope, &tickets).await.expect("live");
    assert!(now.decisions_of_tickets(&tickets).await.expect("as of now") == live);
    let ids: Vec<DecisionId> = live.iter().map(|row| row.decision_id).collect();
    let live =
        sorted(decisions_by_ids(db, &scope, &ids).await.expect("live"), |row| row.decision_id);
    let found = now.decisions_by_ids(&ids).await.expect("as of now");
    assert!(sorted(found, |row| row.decision_id) == live && live.len() > 10);
    let live = notes_of_conversations(db, &scope, &threads).await.expect("live");
    assert!(now.notes_of_conversations(&threads).await.expect("as of now") == live);
    super::page_cases::as_of_now_pages_are_the_live_pages(&store, &now, &threads, &rows).await;
    let slice = Slice::first(2);
    let pages = messages_of_conversations(db, &scope, &threads, &slice).await.expect("live");
    let first: Vec<_> = pages.into_values().flat_map(|page| page.rows).collect();
    let ids: Vec<MessageId> = first.iter().map(|row| row.message_id).collect();
    let live = sorted(messages_by_ids(db, &scope, &ids).await.expect("live"), |row| row.message_id);
    let found = now.messages_by_ids(&ids).await.expect("as of now");
    assert!(sorted(found, |row| row.message_id) == live);
    let ids: Vec<ContactId> = first.iter().filter_map(|row| row.contact_id).collect();
    let live = sorted(contacts_by_ids(db, &scope, &ids).await.expect("live"), |row| row.contact_id);
    let found = now.contacts_by_ids(&ids).await.expect("as of now");
    assert!(sorted(found, |row| row.contact_id) == live);
    pages_of_the_queue(&store, &now).await;
    let nobody = AsOf::new(&store, crate::TenantScope::one("tenant-c"), last).await.expect("one");
    assert!(nobody.tickets_by_ids(&tickets).await.expect("none").is_empty());
    assert!(nobody.queue().await.expect("none").is_empty());
    projections.stop().await;
}

/// The queue as of now, filtered and page by page, beside the database's answers.
async fn pages_of_the_queue(store: &Store, now: &AsOf) {
    let (db, scope, queue) = (store.db(), both(), now.queue().await.expect("as of now"));
    let all = QueueFilter::default();
    let open = queue_page(db, &scope, &all, &Slice::first(PAGE_ROWS_MAX)).await.expect("live").rows;
    let agent = open.iter().find_map(|row| row.assignee.clone()).expect("somebody works");
    let label = open.iter().find_map(|row| row.labels.first().cloned()).expect("a label");
    let filters = [
        all.clone(),
        QueueFilter { snoozed: Some(true), ..all.clone() },
        QueueFilter { status: vec![Status::Pending, Status::New], ..all.clone() },
        QueueFilter { status: vec![Status::Pending], ..all.clone() },
        QueueFilter { priority: vec![Priority::HIGH], ..all.clone() },
        QueueFilter { category: vec!["escalation".into()], ..all.clone() },
        QueueFilter { gate: Some("health_blood".into()), ..all.clone() },
        QueueFilter { assignee: Some(Assignee::Nobody), ..all.clone() },
        QueueFilter { assignee: Some(Assignee::Agent(agent)), ..all.clone() },
        QueueFilter { label: Some(label.to_uppercase()), ..all.clone() },
        QueueFilter { label: Some(label), ..all.clone() },
        QueueFilter { inbox: vec!["hello".into(), "other".into()], ..all.clone() },
        QueueFilter { text: Some("WHERE box%".into()), ..all.clone() },
        QueueFilter { text: Some("number box".into()), ..all },
    ];
    for filter in filters {
        let whole =
            queue_page(db, &scope, &filter, &Slice::first(PAGE_ROWS_MAX)).await.expect("live");
        assert!(queue.page(&filter, &Slice::first(PAGE_ROWS_MAX)) == whole, "{filter:?}");
        let count = queue_count(db, &scope, &filter).await.expect("live");
        assert_eq!(queue.count(&filter), count, "{filter:?}");
        let middle = whole.rows.get(whole.rows.len() / 2).map(TicketRow::queue_key);
        for slice in [
            Slice::Forward { first: 3, after: middle },
            Slice::Backward { last: 3, before: middle },
            Slice::Backward { last: 2, before: None },
            Slice::first(0),
        ] {
            let live = queue_page(db, &scope, &filter, &slice).await.expect("live");
            assert!(queue.page(&filter, &slice) == live, "{filter:?} {slice:?}");
        }
    }
}

/// Sets of rows are made again from the log, from its beginning; those of another form go.
pub async fn row_sets_are_made_again(store: Store) {
    let last = fill(&store).await;
    let projections = start(&store).await;
    projections.caught_up(last, PATIENCE).await.expect("caught up");
    let first = sets_are_stored(&store, last).await;
    projections.stop().await;
    let forget = WriteBatch::new()
        .execute("DELETE FROM row_sets", vec![])
        .execute("CREATE TABLE tickets_sets_0 (id bigint)", vec![])
        .execute("INSERT INTO row_sets VALUES ('tickets_sets_0', 0, 0)", vec![]);
    store.db().write(forget).await.expect("forgotten");
    let projections = start(&store).await;
    assert_eq!(sets_are_stored(&store, last).await, first);
    assert!(store.db().query("SELECT * FROM tickets_sets_0", &[]).await.is_err(), "it is gone");
    projections.stop().await;
    // A set that lost a row is no base for others.
    let newest = *first.last().expect("a set");
    let sets = format!("tickets_sets_{}", Tickets::VERSION);
    let lose = format!(
        "DELETE FROM {sets} WHERE set_position = $1 AND ticket_id = \
         (SELECT min(ticket_id) FROM {sets} WHERE set_position = $1)"
    );
    store.db().write(WriteBatch::new().execute(lose, vec![newest.into()])).await.expect("lost");
    let last = append(&store, &mixed(9_000, 200)).await;
    let projections = start(&store).await;
    projections.caught_up(last, PATIENCE).await.expect("caught up");
    sets_are_stored(&store, last).await;
    let whole = format!(
        "SELECT count(*) AS number FROM row_sets AS head WHERE row_count <> \
         (SELECT count(*) FROM {sets} WHERE set_position = head.position)"
    );
    let torn = store.db().query(&whole, &[]).await.expect("counted");
    assert_eq!(torn[0].uint("number").expect("a number"), 0, "all sets are whole");
    projections.stop().await;
    assert!(verify(&store).await.expect("verify").iter().all(crate::ModelReport::is_clean));
}

/// Adds to the last append that the same mail was set aside.
fn set_aside_too(history: &mut History, mail: &Mail) {
    let message = mail.message();
    let aside = SetAsideMail {
        message_id: mail.message_id(),
        reason: SetAside::AutoReply,
        forward_to: None,
        conversation_id: mail.conversation_id(),
        contact_id: mail.contact_id(),
        inbox: "hello".to_owned(),
        channel: Channel::Email,
        from: message.from,
        subject: message.subject,
        preview: "Away until Monday".into(),
        external_id: message.external_id,
        received_at: mail.at,
    };
    history.push(mail.conversation_id(), &ConversationEvent::MailSetAside(Box::new(aside)));
}
