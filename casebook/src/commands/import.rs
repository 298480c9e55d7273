//! `casebook import`: old mail, one after the other, so that the counts by date are right.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use casebook_app::{Access, App, AppError, Arrival, ReceiveEmail, Received, ReceivedAs};
use casebook_domain::mail::Automatic;
use casebook_ingest::email::files::{self, FileError, Item};
use casebook_store::Mode;
use serde::Serialize;
use tokio::sync::mpsc;

use super::account;
use crate::cli::Import;
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::reactors::{self, Reactors};
use crate::wiring;

/// Mails read ahead of the one being taken in.
const READ_AHEAD: usize = 64;
/// Longest time that one mail's decision is waited for.
pub const DECISION_TIME: Duration = Duration::from_secs(300);
/// What is said when somebody stops the import.
const STOPPED: &str = "stopped; run the same command again to go on";
/// Pause between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(1);

/// How many mails came to what.
#[derive(Default)]
struct Counts {
    received: u64,
    duplicate: u64,
    set_aside: u64,
    failed: u64,
}

impl Counts {
    fn line(&self) -> String {
        let Self { received, duplicate, set_aside, failed } = self;
        format!(
            "{received} received, {duplicate} duplicates, {set_aside} set aside, {failed} failed"
        )
    }
}

/// Takes in all mail below the paths; stops after the present mail on Ctrl-C.
pub async fn run(settings: &Settings, secrets: &Secrets, import: Import) -> Result<Exit, Failure> {
    if let Some(missing) = import.paths.iter().find(|path| !path.exists()) {
        return Err(Failure::usage(format!("{}: no such file or folder", missing.display())));
    }
    let store = wiring::open_store(settings, Mode::Write).await?;
    let app = wiring::open_app(settings, store).await?;
    wiring::publish_missing(settings, &app).await?;
    let classifier = reactors::classifier(settings, secrets)?.filter(|_| !import.no_model);
    let mut reactors = Reactors::new();
    let decides = classifier.is_some();
    if let Some(classifier) = classifier {
        reactors.classify(&app, classifier);
    }
    let counts = take_in(&app, settings, &import, decides).await;
    reactors.stop().await;
    app.store().clone().close().await;
    let counts = counts?;
    eprintln!("{}", counts.line());
    Ok(if counts.failed > 0 { exit::FAILED } else { exit::OK })
}

async fn take_in(
    app: &App,
    settings: &Settings,
    import: &Import,
    decides: bool,
) -> Result<Counts, Failure> {
    let access = Access::operator("import");
    let (sender, mut mails) = mpsc::channel::<Item>(READ_AHEAD);
    let paths = import.paths.clone();
    let limit = settings.intake.mail_bytes_max as u64;
    tokio::task::spawn_blocking(move || {
        for item in files::read(&paths, limit) {
            if sender.blocking_send(item).is_err() {
                return;
            }
        }
    });
    let mut counts = Counts::default();
    let mut told = Instant::now();
    let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let item = tokio::select! {
            biased;
            _ = &mut stop => {
                eprintln!("{STOPPED}");
                break;
            }
            item = mails.recv() => item,
        };
        let Some(item) = item else { break };
        let source = item.source.clone();
        let received = match one(app, (&access, import), item, &mut counts).await? {
            Ok(received) => received,
            Err(failed) => {
                tell(import, &failed)?;
                continue;
            }
        };
        let patience = decides.then_some(DECISION_TIME);
        let decided = tokio::select! {
            biased;
            _ = &mut stop => None,
            line = Line::decided(app, source.clone(), &received, patience) => Some(line?),
        };
        let Some(line) = decided else {
            // The mail is in; what triage makes of it is not waited for.
            tell(import, &Line::decided(app, source, &received, None).await?)?;
            eprintln!("{STOPPED}");
            break;
        };
        tell(import, &line)?;
        if told.elapsed() >= PROGRESS && (std::io::stderr().is_terminal() || import.json) {
            eprintln!("{}", counts.line());
            told = Instant::now();
        }
    }
    Ok(counts)
}

/// Takes one mail in and counts what came of it; what is wrong with this mail alone is a line.
async fn one(
    app: &App,
    (access, import): (&Access, &Import),
    item: Item,
    counts: &mut Counts,
) -> Result<Result<Received, Line>, Failure> {
    let raw = match item.content {
        Ok(raw) => Bytes::from(raw),
        Err(error) => {
            counts.failed += 1;
            let reason = match error {
                FileError::Io(error) => format!("cannot be read: {error}"),
                error => error.to_string(),
            };
            return Ok(Err(Line::failed(item.source, reason)));
        }
    };
    let arrival = Arrival::Import { tenant: import.tenant.clone(), inbox: import.inbox.clone() };
    let received = match app.receive_email(access, ReceiveEmail { raw, arrival }).await {
        // What is wrong with one mail must not keep out the others; what is wrong with the store
        // stops the import.
        Err(error @ (AppError::Limit { .. } | AppError::Invalid { .. })) => {
            counts.failed += 1;
            return Ok(Err(Line::failed(item.source, error.to_string())));
        }
        answer => answer?,
    };
    match received.outcome {
        ReceivedAs::Message => counts.received += 1,
        ReceivedAs::SetAside(_) => counts.set_aside += 1,
        ReceivedAs::Duplicate => counts.duplicate += 1,
    }
    Ok(Ok(received))
}

fn tell(import: &Import, line: &Line) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if import.json {
        let text = serde_json::to_string(line).map_err(|e| Failure::failed(e.to_string()))?;
        writeln!(out, "{text}")?;
    } else {
        writeln!(out, "{}", account::line(line))?;
    }
    Ok(())
}

/// What `--json` prints for a mail.
#[derive(Debug, Default, Serialize)]
pub struct Line {
    /// Where the mail was read.
    pub file: String,
    /// `received`, `duplicate`, `set_aside` or `failed`.
    pub outcome: &'static str,
    /// Why it was set aside or failed.
    pub reason: Option<String>,
    /// The ticket.
    pub ticket: Option<String>,
    /// The conversation.
    pub conversation: Option<String>,
    /// The mail's Message-ID.
    pub message_id: Option<String>,
    /// Address of the author.
    pub from: Option<String>,
    /// Name of the author.
    pub from_name: Option<String>,
    /// Addresses in To.
    pub to: Vec<String>,
    /// Subject as it stands in the mail.
    pub subject: Option<String>,
    /// The full text.
    pub text: String,
    /// The text without quoted history and signature.
    pub new_text: String,
    /// Names of the files that came along.
    pub attachments: Vec<String>,
    /// Whether a program wrote it.
    pub automatic: Option<Automatic>,
    /// Every gate that fired, most severe first.
    pub gates: Vec<String>,
    /// Category, once decided.
    pub category: Option<String>,
    /// Confidence, once decided.
    pub confidence: Option<f64>,
    /// What decided.
    pub model: Option<String>,
    /// Proposed reply.
    pub draft: Option<String>,
}

impl Line {
    fn failed(file: String, reason: String) -> Self {
        Self { file, outcome: "failed", reason: Some(reason), ..Self::default() }
    }

    /// What a received mail came to, with what triage decided. Waits at most `patience` for a
    /// decision; without it, only what is decided already is told.
    pub async fn decided(
        app: &App,
        file: String,
        received: &Received,
        patience: Option<Duration>,
    ) -> Result<Self, Failure> {
        let gates = app.fired_gates(received).await?;
        let deadline = tokio::time::Instant::now() + patience.unwrap_or_default();
        let answer = app.triage_answer_by(received, deadline).await?;
        let mut line = Self::of(file, received, gates);
        line.category = answer.category;
        line.confidence = answer.confidence;
        line.draft = answer.draft_response;
        line.model = match line.gates.is_empty() {
            true => answer.model_used,
            false => Some("policy_gate".to_owned()),
        };
        Ok(line)
    }

    fn of(file: String, received: &Received, gates: Vec<String>) -> Self {
        let mail = &received.mail;
        let (outcome, reason) = match received.outcome {
            ReceivedAs::Message => ("received", None),
            ReceivedAs::Duplicate => ("duplicate", None),
            ReceivedAs::SetAside(reason) => ("set_aside", Some(reason.name().to_owned())),
        };
        let author = mail.from.first();
        Self {
            file,
            outcome,
            reason,
            ticket: received.ticket_id.map(|id| id.to_string()),
            conversation: Some(received.conversation_id.to_string()),
            message_id: mail.message_id.clone(),
            from: author.map(|from| from.address.clone()),
            from_name: author.and_then(|from| from.name.clone()),
            to: mail.to.iter().map(|to| to.address.clone()).collect(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            new_text: mail.new_text.clone(),
            attachments: mail.attachments.iter().filter_map(|file| file.name.clone()).collect(),
            automatic: received.automatic,
            gates,
            ..Self::default()
        }
    }
}
