//! What must hold of lists that are read in pages, on every database.

use std::collections::BTreeSet;

use casebook_domain::channel::Channel;
use casebook_domain::ids::{ContactId, ConversationId};
use casebook_store::Store;

use super::cases::{PATIENCE, append, both, start};
use super::{History, Mail, mixed, worked};
use crate::contacts::{ContactRow, contacts_page};
use crate::conversations::{
    ConversationFilter, ConversationRow, ShownStatus, conversations_of_contacts, conversations_page,
};
use crate::messages::{MessageRow, messages_of_conversations};
use crate::tickets::{TicketRow, tickets_of_contacts};
use crate::{AsOf, PAGE_ROWS_MAX, Page, Projections, Slice, TenantScope};

/// Several people with several threads and tickets each, over two tenants.
async fn filled(store: &Store) -> (Projections, u64) {
    let projections = start(store).await;
    let mut history = mixed(0, 60);
    history.extend(History::side_by_side((0..6).map(|n| worked(7_000 + n, 1)).collect()));
    for number in 0..5 {
        // Further tickets in one thread.
        Mail::new("tenant-a", 8_000 + number).after_thread(8_000).add_to(&mut history);
    }
    let last = append(store, &history).await;
    projections.caught_up(last, PATIENCE).await.expect("caught up");
    (projections, last)
}

/// Walks a list in both directions by pages of `step` and checks that it meets `whole`.
macro_rules! walk {
    ($whole:expr, $step:expr, $key:expr, |$slice:ident| $page:expr) => {{
        let whole = &$whole;
        let (mut forward, mut after) = (Vec::new(), None);
        loop {
            let $slice = &Slice::Forward { first: $step, after };
            let page: Page<_> = $page;
            assert_eq!(page.has_previous, after.is_some());
            after = page.rows.last().map($key);
            forward.extend(page.rows);
            if !page.has_next {
                break;
            }
        }
        assert!(&forward == whole, "forwards, {} rows of {}", forward.len(), whole.len());
        let (mut backward, mut before) = (Vec::new(), None);
        loop {
            let $slice = &Slice::Backward { last: $step, before };
            let page: Page<_> = $page;
            assert_eq!(page.has_next, before.is_some());
            before = page.rows.first().map($key);
            backward.splice(0..0, page.rows);
            if !page.has_previous {
                break;
            }
        }
        assert!(&backward == whole, "backwards, {} rows of {}", backward.len(), whole.len());
    }};
}

/// The lists of contacts and conversations meet every row of the scope once, in their order,
/// forwards and backwards, and narrow to what is asked for.
pub async fn lists_are_read_in_pages(store: Store) {
    let (projections, _) = filled(&store).await;
    let (db, scope, all) = (store.db(), both(), Slice::first(PAGE_ROWS_MAX));
    let contacts = contacts_page(db, &scope, None, &Slice::first(PAGE_ROWS_MAX)).await;
    let contacts = contacts.expect("contacts").rows;
    assert!(contacts.len() > 30 && contacts.iter().map(ContactRow::contact_key).is_sorted());
    walk!(contacts, 7, ContactRow::contact_key, |slice| {
        contacts_page(db, &scope, None, slice).await.expect("contacts")
    });
    let one = &contacts[3];
    let found = contacts_page(db, &scope, Some(&one.address), &Slice::first(5)).await;
    assert!(found.expect("contacts").rows.contains(one));
    let nobody = contacts_page(db, &scope, Some("nobody@mail.example"), &Slice::first(5)).await;
    assert_eq!(nobody.expect("contacts").rows, []);

    let whole = |filter: ConversationFilter| async move {
        conversations_page(db, &both(), &filter, &all).await.expect("conversations").rows
    };
    let threads = whole(ConversationFilter::default()).await;
    let latest_first = |rows: &[ConversationRow]| {
        rows.iter().rev().map(ConversationRow::conversation_key).is_sorted()
    };
    assert!(threads.len() > 30 && latest_first(&threads));
    let status = vec![ShownStatus::Open, ShownStatus::Resolved];
    let contact = threads.last().expect("a thread").contact_id;
    for filter in [
        ConversationFilter::default(),
        ConversationFilter { status: status.clone(), ..ConversationFilter::default() },
        ConversationFilter { channel: vec![Channel::Email], status, contact: None },
        ConversationFilter { contact, ..ConversationFilter::default() },
    ] {
        let expected: Vec<_> = threads.iter().filter(|row| admits(&filter, row)).cloned().collect();
        assert!(!expected.is_empty(), "{filter:?}");
        walk!(expected, 3, ConversationRow::conversation_key, |slice| {
            conversations_page(db, &scope, &filter, slice).await.expect("conversations")
        });
    }
    let none = ConversationFilter { channel: vec![Channel::Telegram], ..Default::default() };
    assert_eq!(whole(none).await, []);
    for scope in [TenantScope::default(), TenantScope::one("tenant-c")] {
        let all = ConversationFilter::default();
        let page = conversations_page(db, &scope, &all, &Slice::first(5)).await;
        assert_eq!(page.expect("conversations").rows, []);
        assert_eq!(contacts_page(db, &scope, None, &Slice::first(5)).await.expect("none").rows, []);
    }
    projections.stop().await;
}

fn admits(filter: &ConversationFilter, row: &ConversationRow) -> bool {
    (filter.contact.is_none() || filter.contact == row.contact_id)
        && (filter.channel.is_empty() || filter.channel.contains(&row.channel))
        && (filter.status.is_empty() || row.status.is_some_and(|s| filter.status.contains(&s)))
}

/// However many contacts and conversations are asked for at once, each has pages of its own, and
/// none of another tenant.
pub async fn parents_have_pages_of_their_own(store: Store) {
    let (projections, last) = filled(&store).await;
    let (db, scope) = (store.db(), both());
    let contacts = contacts_page(db, &scope, None, &Slice::first(PAGE_ROWS_MAX)).await;
    let contacts = contacts.expect("contacts").rows;
    let ids: Vec<ContactId> = contacts.iter().map(|row| row.contact_id).collect();
    let all = Slice::first(PAGE_ROWS_MAX);
    let pages = tickets_of_contacts(db, &scope, &ids, &all).await.expect("tickets");
    assert_eq!(pages.len(), ids.len(), "everybody has a page");
    let busy = Mail::new("tenant-a", 8_000).contact_id();
    assert_eq!(pages[&busy].rows.len(), 5);
    assert!(pages.values().any(|page| page.rows.len() == 1));
    walk!(pages[&busy].rows, 2, TicketRow::ticket_key, |slice| {
        let mut pages = tickets_of_contacts(db, &scope, &ids, slice).await.expect("tickets");
        pages.remove(&busy).expect("a page")
    });
    let newest_first =
        |rows: &[TicketRow]| rows.iter().rev().map(TicketRow::ticket_key).is_sorted();
    assert!(newest_first(&pages[&busy].rows));

    let slice = Slice::first(PAGE_ROWS_MAX);
    let pages = conversations_of_contacts(db, &scope, &ids, &slice).await.expect("conversations");
    let found: BTreeSet<ConversationId> =
        pages.values().flat_map(|page| &page.rows).map(|row| row.conversation_id).collect();
    let (all, slice) = (ConversationFilter::default(), Slice::first(PAGE_ROWS_MAX));
    let whole = conversations_page(db, &scope, &all, &slice).await.expect("conversations").rows;
    let whole: BTreeSet<ConversationId> = whole.iter().map(|row| row.conversation_id).collect();
    assert_eq!(found, whole);

    let threads: Vec<ConversationId> = whole.into_iter().collect();
    let slice = Slice::first(PAGE_ROWS_MAX);
    let pages = messages_of_conversations(db, &scope, &threads, &slice).await.expect("messages");
    let (thread, page) = pages.iter().max_by_key(|(_, page)| page.rows.len()).expect("a thread");
    assert!(page.rows.len() > 3 && page.rows.iter().map(MessageRow::message_key).is_sorted());
    walk!(page.rows, 2, MessageRow::message_key, |slice| {
        let mut pages =
            messages_of_conversations(db, &scope, &threads, slice).await.expect("messages");
        pages.remove(thread).expect("a page")
    });

    let foreign = TenantScope::one("tenant-c");
    let slice = Slice::first(5);
    let pages = tickets_of_contacts(db, &foreign, &ids, &slice).await.expect("tickets");
    assert!(pages.values().all(|page| page.rows.is_empty()));
    let nobody = AsOf::new(&store, foreign, last).await.expect("as of now");
    let pages = nobody.tickets_of_contacts(&ids, &Slice::first(5)).await.expect("tickets");
    assert!(pages.values().all(|page| page.rows.is_empty()));
    projections.stop().await;
}

/// As of the end of the log, pages are those of the live read models.
pub(super) async fn as_of_now_pages_are_the_live_pages(
    store: &Store,
    now: &AsOf,
    threads: &[ConversationId],
    tickets: &[TicketRow],
) {
    let (db, scope) = (store.db(), both());
    let contacts: BTreeSet<ContactId> = tickets.iter().filter_map(|row| row.contact_id).collect();
    let contacts: Vec<ContactId> = contacts.into_iter().collect();
    let message = tickets.iter().find(|row| row.message_count > 1).expect("a longer thread");
    let thread = message.conversation_id.expect("a thread");
    let pages = messages_of_conversations(db, &scope, &[thread], &Slice::first(1)).await;
    let edge = pages.expect("live")[&thread].rows.first().map(MessageRow::message_key);
    for slice in [
        Slice::first(2),
        Slice::first(0),
        Slice::Forward { first: 1, after: edge },
        Slice::Backward { last: 1, before: edge },
        Slice::Backward { last: 2, before: None },
    ] {
        let live = messages_of_conversations(db, &scope, threads, &slice).await.expect("live");
        let found = now.messages_of_conversations(threads, &slice).await.expect("as of now");
        assert!(found == live, "{slice:?}");
    }
    let edge = tickets.get(tickets.len() / 2).map(TicketRow::ticket_key);
    for slice in [
        Slice::first(3),
        Slice::Forward { first: 2, after: edge },
        Slice::Backward { last: 2, before: edge },
    ] {
        let live = tickets_of_contacts(db, &scope, &contacts, &slice).await.expect("live");
        let found = now.tickets_of_contacts(&contacts, &slice).await.expect("as of now");
        assert!(found == live, "{slice:?}");
    }
    for slice in [Slice::first(3), Slice::Backward { last: 1, before: None }] {
        let live = conversations_of_contacts(db, &scope, &contacts, &slice).await.expect("live");
        let found = now.conversations_of_contacts(&contacts, &slice).await.expect("as of now");
        assert!(found == live, "{slice:?}");
    }
    let ids: Vec<_> = tickets.iter().map(|row| row.ticket_id).collect();
    let replies = now.replies_of_tickets(&ids).await.expect("replies");
    for row in tickets.iter().filter(|row| row.reply_id.is_some()) {
        let shown = &replies[&row.ticket_id];
        let last = shown.iter().find(|reply| Some(reply.reply_id) == row.reply_id).expect("it");
        assert_eq!((Some(last.state), &last.error), (row.reply_state, &row.reply_error));
    }
    assert!(!replies.is_empty());
}
