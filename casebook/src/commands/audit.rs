//! `casebook audit`: the audit trail, straight from the log.

use std::io::Write;
use std::str::FromStr;

use casebook_app::{Access, AuditExport, AuditFormat, AuditRequest, AuditSubject};
use casebook_store::Mode;

use crate::cli::Audit;
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::wiring;

/// Prints the audit trail, the oldest entry first; runs beside a server.
pub async fn run(settings: &Settings, audit: Audit) -> Result<Exit, Failure> {
    let (json, csv) = (audit.json, audit.csv);
    let request = request(audit)?;
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let app = wiring::open_app(settings, store).await?;
    let format = if csv { AuditFormat::Csv } else { AuditFormat::JsonLines };
    let export = app.audit_scan(&Access::operator("audit"), &request, format).await?;
    let shown = if json || csv { Shown::Lines } else { Shown::Words };
    match print(export, shown).await? {
        Ok(()) => Ok(exit::OK),
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(exit::OK),
        Err(error) => Err(Failure::failed(format!("standard output: {error}"))),
    }
}

/// How entries are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// As the export writes them.
    Lines,
    /// For a person.
    Words,
}

async fn print(mut export: AuditExport, shown: Shown) -> Result<std::io::Result<()>, Failure> {
    let mut out = std::io::stdout().lock();
    while let Some(part) = export.next().await? {
        let written = match shown {
            Shown::Lines => out.write_all(part.as_bytes()),
            Shown::Words => part.lines().try_for_each(|line| writeln!(out, "{}", words(line))),
        };
        if let Err(error) = written.and_then(|()| out.flush()) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// A JSON line of the export for a person.
fn words(line: &str) -> String {
    let entry: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let position = entry["position"].to_string();
    let subject = format!("{} {}", text("subject"), text("subject_id"));
    format!(
        "{position:>8}  {}  {:<28} {subject}  {}",
        text("time"),
        text("actor"),
        text("sentence")
    )
}

fn request(audit: Audit) -> Result<AuditRequest, Failure> {
    let subject = if let Some(id) = &audit.ticket {
        AuditSubject::Ticket(read("--ticket", id, "a UUID")?)
    } else if let Some(id) = &audit.conversation {
        AuditSubject::Conversation(read("--conversation", id, "a UUID")?)
    } else if let Some(id) = &audit.contact {
        AuditSubject::Contact(read("--contact", id, "a UUID")?)
    } else if audit.policies {
        AuditSubject::Policies
    } else {
        AuditSubject::Everything
    };
    let instant = |name, text: Option<String>| {
        text.map(|text| read(name, &text, "an RFC 3339 instant")).transpose()
    };
    Ok(AuditRequest {
        subject,
        tenant: audit.tenant,
        actor: audit.actor,
        event_types: audit.events,
        from: instant("--from", audit.from)?,
        until: instant("--until", audit.until)?,
    })
}

fn read<T: FromStr>(name: &str, text: &str, expected: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::usage(format!("{name}: {text} is not {expected}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_of_words() {
        let line = r#"{"position":7,"time":"t","actor":"agent:ada","subject":"ticket",
            "subject_id":"x","sentence":"ada took the ticket."}"#;
        let shown = words(&line.replace('\n', ""));
        assert!(shown.starts_with("       7  t  agent:ada"), "{shown}");
        assert!(shown.ends_with("ticket x  ada took the ticket."));
    }
}
