//! Given events, then a conversation's row.

use casebook_domain::conversation::SetAside;

use casebook_domain::ids::{ConversationId, MessageId};
use casebook_domain::ticket::{
    AfterSending, Because, DeliveryCommand, DeliveryOutcome, ReplyBounced, ReplyCommand,
    TicketCommand, WorkCommand,
};

use crate::conversations::{ConversationRow, Conversations, ShownStatus};
use crate::testing::{History, Life, Mail, reply, row_of};

const TENANT: &str = "tenant-a";

fn row(mails: &[&Mail]) -> ConversationRow {
    let mut history = History::new();
    for mail in mails {
        mail.add_to(&mut history);
    }
    let id = mails[0].conversation_id().0;
    row_of::<Conversations>(&history.recorded(), TENANT, id).expect("a row")
}

#[test]
fn a_thread_counts_its_messages_and_shows_its_ticket() {
    let first = Mail::new(TENANT, 1);
    let answer = Mail::new(TENANT, 2).in_thread(1);
    let row = row(&[&first, &answer]);
    assert_eq!((row.message_count, row.version), (2, 3));
    assert_eq!((row.first_message_at, row.last_message_at), (first.at, answer.at));
    assert_eq!(
        (row.open_ticket_id, row.status),
        (Some(first.ticket_id()), Some(ShownStatus::Open))
    );
    assert_eq!((row.inbox.as_str(), row.subject.as_deref()), ("hello", Some("Box 1")));
}

#[test]
fn a_message_that_is_nobodys_work_shows_no_status() {
    let row = row(&[&Mail::new(TENANT, 1).set_aside(SetAside::List)]);
    assert_eq!((row.message_count, row.open_ticket_id, row.status), (1, None, None));
}

#[test]
fn a_mail_that_comes_late_moves_the_beginning() {
    let first = Mail::new(TENANT, 1);
    let late = Mail { at: first.at.minus_days(2), ..Mail::new(TENANT, 2).in_thread(1) };
    let row = row(&[&first, &late]);
    assert_eq!((row.first_message_at, row.last_message_at), (late.at, first.at));
}

fn shown(life: &Life) -> ConversationRow {
    let id: ConversationId = life.mail().conversation_id();
    row_of::<Conversations>(&life.history().recorded(), TENANT, id.0).expect("a row")
}

fn after(life: &mut Life, command: TicketCommand) -> Option<ShownStatus> {
    assert!(life.ask(command.clone()), "{command:?}");
    shown(life).status
}

#[test]
fn a_conversation_shows_what_its_open_ticket_waits_for() {
    let mut life = Life::new(Mail::new(TENANT, 1));
    let now = life.mail().at;
    let until = now.minus_days(-1);
    let work = |command| TicketCommand::Work(command);
    let agent = "sam".to_owned();
    let steps = [
        (WorkCommand::Snooze { until, now }, ShownStatus::Snoozed),
        (WorkCommand::Wake(Because::Time), ShownStatus::Open),
        (WorkCommand::AwaitCustomer { agent }, ShownStatus::Pending),
        (WorkCommand::Escalate { reason: "Ask".to_owned() }, ShownStatus::Open),
        (WorkCommand::Close { now }, ShownStatus::Resolved),
        (WorkCommand::Reopen, ShownStatus::Open),
    ];
    for (command, status) in steps {
        assert_eq!(after(&mut life, work(command.clone())), Some(status), "{command:?}");
    }
}

#[test]
fn our_reply_is_counted_and_resolves_until_it_comes_back() {
    for (keep, status) in [
        (AfterSending::Resolve, ShownStatus::Resolved),
        (AfterSending::KeepOpen, ShownStatus::Pending),
    ] {
        let mut life = Life::new(Mail::new(TENANT, 1));
        let (at, id) = (life.mail().at, MessageId(uuid::Uuid::from_u128(1)));
        let mut approved = reply(life.mail(), id, None, at);
        approved.after = keep;
        let due = approved.due_at;
        life.ask(TicketCommand::Reply(ReplyCommand::Approve(Box::new(approved))));
        life.ask(TicketCommand::Deliver(DeliveryCommand::Start {
            reply_id: id,
            raw_sha256: String::new(),
            size_bytes: 1,
            now: due,
            repeatable: true,
            attempts_max: 8,
        }));
        let outcome = DeliveryOutcome::Sent { answer: "250".to_owned(), at: due };
        let sent = DeliveryCommand::Record { reply_id: id, attempt: 1, outcome };
        assert_eq!(after(&mut life, TicketCommand::Deliver(sent)), Some(status));
        let row = shown(&life);
        assert_eq!((row.message_count, row.last_message_at), (2, due));
        let back = ReplyBounced { reply_id: id, message_id: id, is_final: true, status: None };
        assert_eq!(after(&mut life, TicketCommand::Bounce(back)), Some(ShownStatus::Open));
    }
}
