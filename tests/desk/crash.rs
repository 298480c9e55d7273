//! The process is killed at each step between approval and outcome: no reply is lost, and none
//! arrives twice except where SMTP itself cannot tell, and then under the same Message-ID.

use std::io::{BufRead, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use casebook_domain::ids::TicketId;
use casebook_domain::ticket::{Ticket, TicketEvent};
use casebook_outbound::catcher::{CatcherSettings, Caught, Fault, Script, SmtpCatcher, Step};
use casebook_store::{Log, Mode, Store, StoreSettings, StreamId};
use casebook_tests::desk::{Desk, TENANT, shipped};
use casebook_tests::{TestDatabase, both_databases, wait};
use tempfile::TempDir;

use crate::shared::opened;

both_databases!(
    killed_after_the_approval,
    killed_before_the_hand_over,
    killed_in_the_middle_of_the_mail,
    killed_before_the_servers_answer,
    killed_at_the_servers_answer,
    killed_after_the_record,
);

/// A clerk in a process of its own.
pub struct Clerk {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Clerk {
    fn start(office: &Office, seed: u64) -> Self {
        let port = office.catcher.address().port();
        Self::sending(office.database.url(), office.blobs.path(), port, seed)
    }

    /// A clerk over this database who sends to a mail server on this port.
    pub fn sending(url: &str, blobs: &Path, port: u16, seed: u64) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_clerk"))
            .args([url, &blobs.display().to_string(), &port.to_string()])
            .arg(seed.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the clerk starts");
        let input = child.stdin.take().expect("its input");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut clerk = Self { child, input, lines };
        clerk.hear("ready");
        clerk
    }

    /// The rest of the next line, which begins with `word`.
    fn hear(&mut self, word: &str) -> String {
        let line = self.lines.next().expect("a line").expect("a text");
        line.strip_prefix(word).unwrap_or_else(|| panic!("{line} and not {word}")).to_owned()
    }

    pub fn approve(&mut self, ticket: TicketId) {
        writeln!(self.input, "approve {ticket}").expect("it listens");
        self.hear("approved ");
    }

    /// Ends the process as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A database with one ticket that nobody answered, and the mail server of the world.
struct Office {
    database: TestDatabase,
    blobs: TempDir,
    catcher: SmtpCatcher,
    ticket: TicketId,
}

impl Office {
    /// The first connection meets these faults.
    async fn open(database: TestDatabase, faults: Vec<Fault>) -> Self {
        let desk = Desk::open(database).await;
        let mut policy = shipped(TENANT);
        policy.sending.undo_delay_seconds = 0;
        desk.publish(&policy).await;
        let ticket = opened(&desk, "a").await;
        let settings =
            CatcherSettings { scripts: vec![Script::new(faults)], ..CatcherSettings::default() };
        let catcher = SmtpCatcher::start(settings).await.expect("a free port");
        let (database, blobs) = desk.close().await;
        Self { database, blobs, catcher, ticket }
    }

    /// Waits until the log tells that the reply is out, beside the running clerk.
    async fn until_sent(&self) {
        let store = self.database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
        let store: Store = store.expect("a reader");
        wait::until("the reply to be out", || async {
            let events = events(store.log(), self.ticket).await;
            events.iter().any(|event| matches!(event, TicketEvent::ReplySent(_))).then_some(())
        })
        .await;
        store.close().await;
    }

    /// After everything: the reply was approved and recorded as sent once, its ticket is
    /// resolved, and what arrived is one mail, as often as `copies` says.
    async fn settled(self, copies: std::ops::RangeInclusive<usize>) {
        let caught = self.catcher.received();
        let store = self.database.try_open(Mode::ReadOnly, StoreSettings::default()).await;
        let store = store.expect("a reader");
        let events = events(store.log(), self.ticket).await;
        store.close().await;
        let count = |wanted: fn(&TicketEvent) -> bool| events.iter().filter(|e| wanted(e)).count();
        assert_eq!(count(|event| matches!(event, TicketEvent::ReplyApproved(_))), 1);
        assert_eq!(count(|event| matches!(event, TicketEvent::ReplySent(_))), 1);
        let mut ticket = Ticket::default();
        events.iter().cloned().for_each(|event| cqrs_es::Aggregate::apply(&mut ticket, event));
        assert_eq!(ticket.status().name(), "resolved");
        let arrived: Vec<&Caught> = caught.iter().collect();
        assert!(copies.contains(&arrived.len()), "{} copies", arrived.len());
        assert!(arrived.iter().all(|mail| mail.raw == arrived[0].raw), "one and the same mail");
        let id = events.iter().find_map(|event| match event {
            TicketEvent::ReplyApproved(approved) => Some(format!("<{}>", approved.external_id)),
            _ => None,
        });
        let text = String::from_utf8_lossy(&arrived[0].raw).into_owned();
        assert!(text.contains(&id.expect("a reply")), "with the identifier of the approval");
    }
}

pub async fn events(log: &Log, ticket: TicketId) -> Vec<TicketEvent> {
    use casebook_domain::event::LogEvent;
    let stream = StreamId::new("ticket", ticket.to_string());
    let stored = log.read_stream(&stream, 0, 1000).await.expect("the stream");
    let decode = |event: &casebook_store::StoredEvent| {
        TicketEvent::decode(&event.event_type, &event.event_version, &event.payload)
    };
    stored.iter().map(|event| decode(event).expect("an event")).collect()
}

/// Approves, kills when the catcher has seen what `moment` waits for, and lets another process
/// finish the work.
async fn kill_at(
    database: TestDatabase,
    faults: Vec<Fault>,
    moment: impl AsyncFnOnce(&Office),
    copies: std::ops::RangeInclusive<usize>,
) {
    let office = Office::open(database, faults).await;
    let mut first = Clerk::start(&office, 1_001);
    first.approve(office.ticket);
    moment(&office).await;
    first.kill();
    let second = Clerk::start(&office, 1_002);
    office.until_sent().await;
    second.kill();
    office.settled(copies).await;
}

async fn connected(office: &Office) {
    wait::until("a connection", || async { (office.catcher.connections() > 0).then_some(()) })
        .await;
}

async fn caught(office: &Office) {
    office.catcher.wait_for(1).await;
}

async fn killed_after_the_approval(database: TestDatabase) {
    // Nothing is waited for: the delivery may have begun or not.
    kill_at(database, Vec::new(), async |_| {}, 1..=2).await;
}

async fn killed_before_the_hand_over(database: TestDatabase) {
    kill_at(database, vec![Fault::silence(Step::Connect)], connected, 1..=1).await;
}

async fn killed_in_the_middle_of_the_mail(database: TestDatabase) {
    kill_at(database, vec![Fault::silence(Step::Content)], connected, 1..=1).await;
}

async fn killed_before_the_servers_answer(database: TestDatabase) {
    kill_at(database, vec![Fault::silence(Step::Kept)], caught, 2..=2).await;
}

async fn killed_at_the_servers_answer(database: TestDatabase) {
    kill_at(database, Vec::new(), caught, 1..=2).await;
}

async fn killed_after_the_record(database: TestDatabase) {
    kill_at(database, Vec::new(), async |office| office.until_sent().await, 1..=1).await;
}
