//! `casebook policy`: check, publish, compare and roll back.

use casebook_app::{Access, App};
use casebook_domain::policy::Policy;
use casebook_store::Mode;

use crate::cli::{Policy as PolicyCommand, PolicySource};
use crate::config::Settings;
use crate::exit::{self, Exit, Failure};
use crate::{tenants, wiring};

/// Runs a policy command.
pub async fn run(settings: &Settings, command: PolicyCommand) -> Result<Exit, Failure> {
    let access = Access::operator("policy");
    match command {
        PolicyCommand::Check(source) => check(&read(settings, &source)?),
        PolicyCommand::Publish { source, note } => {
            let policy = read(settings, &source)?;
            let app = open(settings, Mode::Write).await?;
            let done = app.publish_policy(&access, &policy, note).await;
            app.store().clone().close().await;
            let done = done?;
            let state = if done.changed { "published" } else { "already in force" };
            println!("{}: {} {state}", policy.tenant, short(&done.version));
            Ok(exit::OK)
        }
        PolicyCommand::Rollback { tenant, version, note } => {
            let app = open(settings, Mode::Write).await?;
            let done = app.rollback_policy(&access, &tenant, &version, note).await;
            app.store().clone().close().await;
            let done = done?;
            let state = if done.changed { "in force again" } else { "already in force" };
            println!("{tenant}: {} {state}", short(&done.version));
            Ok(exit::OK)
        }
        PolicyCommand::Diff { source, against } => {
            let policy = read(settings, &source)?;
            let app = open(settings, Mode::ReadOnly).await?;
            let other = published(&app, &access, &policy.tenant, against.as_deref()).await?;
            diff(&other, &policy)
        }
        PolicyCommand::List { tenant } => {
            let app = open(settings, Mode::ReadOnly).await?;
            let versions = app.policy_versions(&access, &tenant).await?;
            for version in versions {
                let mark = if version.in_force { "  in force" } else { "" };
                println!("{}  {}{mark}", short(&version.version), version.name);
            }
            Ok(exit::OK)
        }
    }
}

async fn open(settings: &Settings, mode: Mode) -> Result<App, Failure> {
    wiring::open_app(settings, wiring::open_store(settings, mode).await?).await
}

fn read(settings: &Settings, source: &PolicySource) -> Result<Policy, Failure> {
    let files = match (&source.folder, &source.tenant) {
        (Some(folder), _) => tenants::read_folder(folder)?,
        (None, Some(tenant)) => tenants::files(settings.tenants.dir.as_deref(), tenant)?,
        (None, None) => return Err(Failure::usage("name a FOLDER or --tenant")),
    };
    tenants::policy(&files, source.policy.as_deref())
}

fn short(version: &str) -> String {
    format!("v{}", version.get(..12).unwrap_or(version))
}

fn check(policy: &Policy) -> Result<Exit, Failure> {
    let problems = policy.check();
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        println!("{} {}: sound, {}", policy.tenant, policy.name, policy.version());
        return Ok(exit::OK);
    }
    Ok(exit::FAILED)
}

async fn published(
    app: &App,
    access: &Access,
    tenant: &str,
    version: Option<&str>,
) -> Result<Policy, Failure> {
    let versions = app.policy_versions(access, tenant).await?;
    let wanted = version.map(|text| text.strip_prefix('v').unwrap_or(text));
    let mut found = versions.iter().filter(|known| match wanted {
        Some(beginning) => known.version.starts_with(beginning),
        None => known.in_force,
    });
    match (found.next(), found.next()) {
        (Some(known), None) => Ok(app.published_policy(access, tenant, &known.version).await?),
        (None, _) => Err(Failure::usage("no such version was published")),
        (Some(_), Some(_)) => Err(Failure::usage("several versions begin so; give more digits")),
    }
}

fn diff(before: &Policy, after: &Policy) -> Result<Exit, Failure> {
    let changes = before.diff(after);
    for change in &changes {
        let value = |value: &Option<serde_json::Value>| match value {
            Some(value) => value.to_string(),
            None => "(absent)".to_owned(),
        };
        println!("{}: {} -> {}", change.path, value(&change.before), value(&change.after));
    }
    println!("{} -> {}: {} changes", before.version(), after.version(), changes.len());
    Ok(exit::OK)
}
