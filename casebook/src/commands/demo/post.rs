//! The demo's own post office: replies leave by SMTP, and arrive at a catcher in this process.

use std::time::{Duration, Instant};

use casebook_app::{Access, App, ApproveReply, OnTicket};
use casebook_outbound::SmtpTls;
use casebook_outbound::catcher::{CatcherSettings, SmtpCatcher};

use crate::commands::import::Line;
use crate::config::Settings;
use crate::exit::Failure;

/// How long the reply may take beside its undo delay.
const PATIENCE: Duration = Duration::from_secs(30);

/// A catcher that takes what the demo sends; nothing leaves the machine.
pub struct Post {
    catcher: SmtpCatcher,
}

impl Post {
    /// Starts the catcher and makes the settings send to it.
    ///
    /// # Errors
    /// When no port of this machine can be listened on.
    pub async fn open(settings: &mut Settings) -> Result<Self, Failure> {
        let catcher = SmtpCatcher::start(CatcherSettings::default()).await?;
        settings.smtp.host = catcher.address().ip().to_string();
        settings.smtp.port = catcher.address().port();
        settings.smtp.tls = SmtpTls::None;
        settings.smtp.user = None;
        Ok(Self { catcher })
    }

    /// Approves the draft that triage is surest of, and shows what arrives.
    ///
    /// # Errors
    /// When the reply is refused or does not arrive.
    pub async fn answer_one(&self, app: &App, lines: &[Line]) -> Result<(), Failure> {
        let drafted = |line: &&Line| line.draft.as_ref().is_some_and(|draft| !draft.is_empty());
        let confidence = |line: &Line| line.confidence.unwrap_or_default();
        let drafted = lines.iter().filter(drafted).filter(|line| line.outcome == "received");
        let surest = drafted.max_by(|a, b| confidence(a).total_cmp(&confidence(b)));
        let Some(line) = surest else { return Ok(()) };
        let (Some(ticket), Some(text)) = (&line.ticket, &line.draft) else { return Ok(()) };
        let ticket_id = ticket.parse().map_err(|_| Failure::failed("a ticket without id"))?;
        let on = OnTicket { ticket_id, expected_version: None, idempotency_key: None };
        let reply = ApproveReply { text: text.clone(), after: None, replacement: None };
        let begun = Instant::now();
        app.approve_reply(&Access::agent("agent:demo")?, &on, &reply).await?;
        println!(
            "An agent approves the draft for {}; it can be withdrawn for a moment.",
            line.file
        );
        let tenants = app.policies().tenants();
        let delay = tenants.iter().filter_map(|tenant| {
            let in_force = app.policies().get(tenant)?;
            Some(in_force.policy.sending.undo_delay_seconds)
        });
        let undo = Duration::from_secs(delay.max().unwrap_or_default().into());
        let arrived = tokio::time::timeout(undo + PATIENCE, self.catcher.wait_for(1)).await;
        let mails = arrived.map_err(|_| Failure::failed("the reply did not arrive in time"))?;
        let Some(mail) = mails.first() else { return Ok(()) };
        println!("{:.1} s later it is out, as the server that took it has it:\n", seconds(begun));
        for text in String::from_utf8_lossy(&mail.raw).lines() {
            println!("    {text}");
        }
        println!();
        Ok(())
    }
}

fn seconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64()
}
