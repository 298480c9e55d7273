//! Sends replies as a server does, in a process of its own, to be killed.
//!
//! Usage: `clerk URL BLOBS SMTP_PORT SEED`. Says `ready` when it runs. A line `approve TICKET` on
//! standard input approves a reply and says `approved REPLY` when that is safe. Ends in good order
//! when standard input closes.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use casebook_app::{Access, App, ApproveReply, DeliveryTask, OnTicket};
use casebook_outbound::{Composer, SmtpSettings, SmtpTls, SmtpTransport};
use casebook_store::{Mode, Store, StoreSettings, SystemClock};
use casebook_tests::desk::{DeskParts, start};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::watch;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, blobs, port, seed] = arguments.as_slice() else {
        panic!("usage: clerk URL BLOBS SMTP_PORT SEED")
    };
    let seed: u64 = seed.parse().expect("a number as seed");
    let url = url.parse().expect("a database address");
    let store = Store::open(&url, Mode::Write, StoreSettings::default(), Arc::new(SystemClock));
    let store = store.await.expect("the store opens");
    let (blobs, clock) = (PathBuf::from(blobs), Arc::new(SystemClock));
    let app = start(store, &blobs, clock, DeskParts::default(), seed).await.expect("it starts");
    let smtp = SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: port.parse().expect("a port"),
        tls: SmtpTls::None,
        ..SmtpSettings::default()
    };
    let smtp = SmtpTransport::new(&smtp, None).expect("settings");
    let (stop, stopped) = watch::channel(false);
    let task = DeliveryTask::new(app.clone(), Arc::new(Composer), Arc::new(smtp));
    let task = tokio::spawn(task.run(stopped));
    say("ready");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(ticket) = line.strip_prefix("approve ") {
            say(&format!("approved {}", approve(&app, ticket).await));
        }
    }
    stop.send_replace(true);
    task.await.expect("the task ends well");
    app.store().clone().close().await;
}

async fn approve(app: &App, ticket: &str) -> String {
    let ticket_id = ticket.parse().expect("a ticket");
    let on = OnTicket { ticket_id, expected_version: None, idempotency_key: None };
    let text = "It comes on Friday.".to_owned();
    let reply = ApproveReply { text, after: None, replacement: None };
    let sam = Access::agent("sam").expect("a name");
    app.approve_reply(&sam, &on, &reply).await.expect("approved").0.to_string()
}

/// Writes a line at once; a pipe whose reader is gone does not matter any more.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush());
}
