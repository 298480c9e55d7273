//! `casebook doctor`: configuration, services, database, disk, and what to do.

mod services;

use std::net::SocketAddr;
use std::path::Path;

use casebook_app::App;
use casebook_store::{DatabaseUrl, Mode, StoreError};
use serde::Serialize;

use crate::cli::Doctor;
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::{tenants, wiring};

/// Free disk space below which it warns, in bytes.
const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Ok,
    Warning,
    Error,
}

/// One finding.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    what: &'static str,
    text: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, level: Level, what: &'static str, text: impl Into<String>) {
        self.0.push(Finding { level, what, text: text.into() });
    }
}

/// Looks at everything that a server needs and says what to do about each.
pub async fn run(settings: &Settings, secrets: &Secrets, doctor: Doctor) -> Result<Exit, Failure> {
    let mut findings = Findings::default();
    listener(&mut findings, settings, secrets);
    policies(&mut findings, settings);
    services::services(&mut findings, settings, secrets);
    database(&mut findings, settings).await;
    disk(&mut findings, settings);
    let mut exit = exit::OK;
    for finding in &findings.0 {
        if finding.level == Level::Error {
            exit = exit::FAILED;
        }
        if doctor.json {
            let line = serde_json::to_string(finding);
            println!("{}", line.map_err(|error| Failure::failed(error.to_string()))?);
        } else {
            let mark = match finding.level {
                Level::Ok => "ok     ",
                Level::Warning => "warning",
                Level::Error => "ERROR  ",
            };
            println!("{mark} {}: {}", finding.what, finding.text);
        }
    }
    Ok(exit)
}

fn listener(findings: &mut Findings, settings: &Settings, secrets: &Secrets) {
    match settings.listen.parse::<SocketAddr>() {
        Err(_) => {
            let text = format!("{} is not ADDRESS:PORT; set CASEBOOK_LISTEN", settings.listen);
            findings.add(Level::Error, "listen", text);
        }
        Ok(address) if !address.ip().is_loopback() && secrets.api_token.is_none() => {
            let text = format!("{address} is not loopback; set CASEBOOK_API__TOKEN first");
            findings.add(Level::Error, "listen", text);
        }
        Ok(address) => findings.add(Level::Ok, "listen", address.to_string()),
    }
    if secrets.intake.is_none() && secrets.tenants.is_empty() {
        let text = "no secret is set, so mail is refused with 503; set CASEBOOK_INTAKE__SECRET";
        findings.add(Level::Warning, "intake", text);
    } else {
        findings.add(Level::Ok, "intake", "a secret is set");
    }
}

fn policies(findings: &mut Findings, settings: &Settings) {
    let folder = settings.tenants.dir.as_deref();
    let names = match tenants::names(folder) {
        Ok(names) => names,
        Err(failure) => return findings.add(Level::Error, "tenants", failure.message),
    };
    for name in names {
        let policy = tenants::files(folder, &name).and_then(|files| tenants::policy(&files, None));
        match policy {
            Err(failure) => findings.add(Level::Error, "tenants", failure.message),
            Ok(policy) => match policy.check().first() {
                Some(problem) => {
                    findings.add(Level::Error, "tenants", format!("{name}: {problem}"));
                }
                None => findings.add(Level::Ok, "tenants", format!("{name} {}", policy.version())),
            },
        }
    }
}

async fn database(findings: &mut Findings, settings: &Settings) {
    let url: DatabaseUrl = match settings.database_url.parse() {
        Ok(url) => url,
        Err(error) => {
            return findings.add(Level::Error, "database", StoreError::to_string(&error));
        }
    };
    if let DatabaseUrl::Sqlite(path) = &url
        && !path.exists()
    {
        let text = format!("{url} does not exist yet; serve, import and demo make it");
        return findings.add(Level::Ok, "database", text);
    }
    let store = match wiring::open_store(settings, Mode::ReadOnly).await {
        Ok(store) => store,
        Err(failure) => return findings.add(Level::Error, "database", failure.message),
    };
    let app = match wiring::open_app(settings, store).await {
        Ok(app) => app,
        Err(failure) => return findings.add(Level::Error, "database", failure.message),
    };
    match app.store().log().last_position().await {
        Ok(last) => {
            let log = app.store().log().log_id();
            findings.add(Level::Ok, "database", format!("{url}, {last} events, log {log}"));
        }
        Err(error) => findings.add(Level::Error, "database", error.to_string()),
    }
    forwarding(findings, settings, &app);
}

fn forwarding(findings: &mut Findings, settings: &Settings, app: &App) {
    for tenant in app.policies().tenants() {
        let Some(in_force) = app.policies().get(&tenant) else { continue };
        let policy = &in_force.policy;
        let forwards =
            policy.forward_to.is_some() || policy.inboxes.iter().any(|i| i.forward_to.is_some());
        if forwards && settings.smtp.host.is_empty() {
            let text = format!("{tenant} forwards mail, but smtp.host is not set: it will wait");
            findings.add(Level::Error, "forward", text);
        }
    }
}

fn disk(findings: &mut Findings, settings: &Settings) {
    let blobs = settings.blobs.url.strip_prefix("file:").unwrap_or(&settings.blobs.url);
    if blobs.starts_with("s3://") {
        return;
    }
    let mut folder = Path::new(blobs);
    while !folder.exists() {
        match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => folder = parent,
            _ => folder = Path::new("."),
        }
    }
    match rustix::fs::statvfs(folder) {
        Err(error) => findings.add(Level::Error, "disk", format!("{}: {error}", folder.display())),
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            let text = format!("{} MiB free at {}", free / 1024 / 1024, folder.display());
            if free < FREE_BYTES_MIN {
                let text = format!("{text}; make room, mail is refused when it is full");
                findings.add(Level::Warning, "disk", text);
            } else {
                findings.add(Level::Ok, "disk", text);
            }
        }
    }
}
