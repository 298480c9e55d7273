//! Everything at once for a long time: mails come in, a model classifies, agents answer, and the
//! server is killed again and again. At the end nothing may be lost and nothing doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use casebook_outbound::catcher::{CatcherSettings, SmtpCatcher};
use casebook_store::Dialect;
use casebook_tests::mails::INBOX;
use casebook_tests::memory::resident_mib;
use casebook_tests::served::{Served, program};
use casebook_tests::tenants;

use super::client::Client;
use super::model::Model;
use super::{database, environment};

/// Time between two kills.
const LIFE: Duration = Duration::from_secs(60);
/// Pause between two mails, so that the run measures endurance, not speed.
const PACE: Duration = Duration::from_millis(20);

/// What was acknowledged.
#[derive(Default)]
struct Promised {
    mails: AtomicU64,
    replies: AtomicU64,
}

/// Runs for so long, and says what it found; panics when something is lost or doubled.
pub async fn run(dialect: Dialect, time: Duration) {
    let database = database(dialect).await;
    let tenants = tenants::without_undo_delay();
    let model = Model::start(Duration::from_millis(5)).await;
    let catcher = SmtpCatcher::start(keep_all()).await.expect("a catcher");
    let settings = environment(&tenants, &model, &catcher, 16, true);
    let (promised, end) = (Arc::new(Promised::default()), Instant::now() + time);
    let (mut next, mut kills) = (0, 0_u32);
    let mut memory = Vec::new();
    while Instant::now() < end {
        let server = Served::start_with(database.url(), &settings);
        let writer = tokio::spawn(write(server.address(), next, Arc::clone(&promised)));
        let agent = tokio::spawn(answer(server.address(), Arc::clone(&promised)));
        tokio::time::sleep(LIFE.min(end.saturating_duration_since(Instant::now()))).await;
        memory.push(resident_mib(server.process()).round());
        drop(server);
        kills += 1;
        next = writer.await.expect("the writer ends when the server is gone");
        agent.await.expect("the agent ends when the server is gone");
        eprintln!("killed {kills} times; MiB resident before each: {memory:?}");
    }

    let server = Served::start_with(database.url(), &settings);
    let mut client = Client::open(&server).await;
    client.until_classified().await;
    client.until_sent().await;
    let tickets = client.count_all().await;
    drop(server);
    let verified = Command::new(program())
        .args(["verify", "--database-url", database.url()])
        .current_dir(tenants.path())
        .output()
        .expect("verify runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));

    let mut copies: BTreeMap<String, u32> = BTreeMap::new();
    for caught in catcher.received() {
        *copies.entry(message_id(&caught.raw)).or_default() += 1;
    }
    let people: BTreeSet<_> = catcher.received().into_iter().flat_map(|mail| mail.to).collect();
    let (mails, replies) =
        (promised.mails.load(Ordering::Relaxed), promised.replies.load(Ordering::Relaxed));
    assert!(tickets >= mails, "{mails} mails were acknowledged, {tickets} tickets are there");
    assert!(copies.len() as u64 >= replies, "{replies} approved, {} arrived", copies.len());
    let again = copies.values().filter(|count| **count > 1).count();
    println!(
        "{dialect:?}: {kills} kills in {} s; {mails} mails acknowledged, {tickets} tickets; \
         {replies} replies acknowledged, {} arrived at {} people, {again} of them again with the \
         same Message-ID; MiB resident before each kill {memory:?}; verify: sound",
        time.as_secs(),
        copies.len(),
        people.len(),
    );
}

/// A catcher that keeps whatever comes.
fn keep_all() -> CatcherSettings {
    CatcherSettings { kept_max: Some(usize::MAX), ..CatcherSettings::default() }
}

/// Posts mails until the server is gone; answers the number of the next one.
async fn write(address: SocketAddr, from: u64, promised: Arc<Promised>) -> u64 {
    let Some(mut client) = Client::try_to(address).await else { return from };
    for number in from.. {
        if !client.try_post(&letter(number)).await {
            // It may be there all the same; the next life posts it again.
            return number;
        }
        promised.mails.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PACE).await;
    }
    from
}

/// Approves replies on what is classified until the server is gone.
async fn answer(address: SocketAddr, promised: Arc<Promised>) {
    let Some(mut client) = Client::try_to(address).await else { return };
    loop {
        let Some(tickets) = client.try_pending().await else { return };
        for ticket in &tickets {
            match client.try_approve(ticket).await {
                Some(true) => promised.replies.fetch_add(1, Ordering::Relaxed),
                Some(false) => 0,
                None => return,
            };
        }
        tokio::time::sleep(PACE).await;
    }
}

/// A mail of a person of its own, so that each opens a ticket of its own.
fn letter(number: u64) -> Vec<u8> {
    format!(
        "From: Writer {number} <writer{number}@mail.example>\r\nTo: {INBOX}\r\n\
         Subject: Box {number}\r\nMessage-ID: <soak-{number}@mail.example>\r\n\r\n\
         Hello,\r\n\r\nwhen does box {number} arrive?\r\n\r\nThanks\r\nWriter {number}\r\n"
    )
    .into_bytes()
}

fn message_id(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let line = text.lines().find(|line| line.to_lowercase().starts_with("message-id:"));
    line.expect("a reply has a Message-ID").to_owned()
}
