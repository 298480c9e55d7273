//! What the cases share: agents, running tasks, and mails of the customer.

use std::sync::Arc;

use casebook_app::{
    Access, App, ApproveReply, Classifier, DeliveryTask, Done, MailTransport, OnTicket,
    ReplacementDesk, ReplacementTask, TriageTask, WakeTask, WebhookTask,
};
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::{ReplyApproved, TicketEvent};
use casebook_outbound::Composer;
use casebook_tests::desk::Desk;
use casebook_tests::letters::mail;
use casebook_tests::wait;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub const SECOND: i64 = 1_000_000;
/// The undo delay of the shipped policy.
pub const UNDO: i64 = 10 * SECOND;

pub fn agent(name: &str) -> Access {
    Access::agent(name).expect("a name")
}

/// A command on a ticket, at any version and not to be repeated.
pub const fn on(ticket_id: TicketId) -> OnTicket {
    OnTicket { ticket_id, expected_version: None, idempotency_key: None }
}

pub fn keyed(ticket_id: TicketId, key: &str) -> OnTicket {
    OnTicket { idempotency_key: Some(key.to_owned()), ..on(ticket_id) }
}

pub fn says(text: &str) -> ApproveReply {
    ApproveReply { text: text.to_owned(), after: None, replacement: None }
}

/// A ticket that a mail opened.
pub async fn opened(desk: &Desk, id: &str) -> TicketId {
    desk.receive(&mail(id)).await.ticket_id.expect("a ticket")
}

/// A ticket of a person who never wrote before, so that no gate counts too many mails.
pub async fn opened_by_another(desk: &Desk, id: &str) -> TicketId {
    let mail = mail(id).from(&format!("{id}@example.net"));
    desk.receive(&mail).await.ticket_id.expect("a ticket")
}

/// A reply that Sam approved just now.
pub async fn approved(desk: &Desk, ticket: TicketId, text: &str) -> (MessageId, Done) {
    desk.app.approve_reply(&agent("sam"), &on(ticket), &says(text)).await.expect("approved")
}

/// The same, with its undo delay over.
pub async fn due(desk: &Desk, ticket: TicketId, text: &str) -> MessageId {
    let (reply, _) = approved(desk, ticket, text).await;
    desk.database.clock.advance(UNDO);
    reply
}

/// Waits until the ticket's events hold what `found` looks for.
pub async fn until<T>(
    desk: &Desk,
    ticket: TicketId,
    what: &str,
    found: impl Fn(&[TicketEvent]) -> Option<T>,
) -> T {
    wait::until(what, || async { found(&desk.ticket(Some(ticket)).await) }).await
}

/// Whether the events hold one that `wanted` knows.
pub fn any(events: &[TicketEvent], wanted: impl Fn(&TicketEvent) -> bool) -> Option<()> {
    events.iter().any(wanted).then_some(())
}

pub async fn until_sent(desk: &Desk, ticket: TicketId, replies: usize) {
    until(desk, ticket, "the replies to be out", |events| {
        let sent = events.iter().filter(|event| matches!(event, TicketEvent::ReplySent(_)));
        (sent.count() >= replies).then_some(())
    })
    .await;
}

/// The replies of a ticket as they were approved.
pub async fn replies(desk: &Desk, ticket: TicketId) -> Vec<ReplyApproved> {
    let approved = |event| match event {
        TicketEvent::ReplyApproved(approved) => Some(*approved),
        _ => None,
    };
    desk.ticket(Some(ticket)).await.into_iter().filter_map(approved).collect()
}

/// Tasks of one process.
#[derive(Default)]
pub struct Tasks {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

impl Tasks {
    pub fn deliver<T: MailTransport>(mut self, app: &App, transport: &Arc<T>) -> Self {
        let task = DeliveryTask::new(app.clone(), Arc::new(Composer), Arc::clone(transport) as _);
        self.running.push(tokio::spawn(task.run(self.stop.subscribe())));
        self
    }

    pub fn classify<C: Classifier>(mut self, app: &App, classifier: &Arc<C>) -> Self {
        let task = TriageTask::new(app.clone(), Arc::clone(classifier) as _);
        self.running.push(tokio::spawn(task.run(self.stop.subscribe())));
        self
    }

    pub fn wake(mut self, app: &App) -> Self {
        let task = WakeTask::new(app.clone());
        self.running.push(tokio::spawn(task.run(self.stop.subscribe())));
        self
    }

    pub fn replace<D: ReplacementDesk>(mut self, app: &App, desk: &Arc<D>) -> Self {
        let task = ReplacementTask::new(app.clone(), Arc::clone(desk) as _);
        self.running.push(tokio::spawn(task.run(self.stop.subscribe())));
        self
    }

    pub fn send(mut self, app: &App) -> Self {
        let task = WebhookTask::new(app.clone());
        self.running.push(tokio::spawn(task.run(self.stop.subscribe())));
        self
    }

    /// Stops in good order: leases are given back.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for task in self.running.drain(..) {
            task.await.expect("a task ends well");
        }
    }

    /// Ends in the middle of whatever is going on, without giving anything back.
    pub fn abort(self) {
        drop(self);
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.running.iter().for_each(JoinHandle::abort);
    }
}
