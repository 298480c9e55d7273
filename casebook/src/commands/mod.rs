//! One file for each command.

mod account;
mod audit;
mod backtest;
mod contacts;
mod demo;
mod doctor;
mod export;
mod import;
mod migrate;
mod policy;
mod rebuild;
mod replay;
mod replay_verify;
mod serve;
mod skip;
mod target;
mod verify;
mod webhook;

use crate::cli::{Arguments, Command};
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::{config, telemetry, traces};

/// Runs the command.
///
/// # Errors
/// A failure with its exit code.
pub async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let (settings, secrets) = config::load(&arguments)?;
    let traces = traces::start(&settings.telemetry)?;
    let (layer, exporter) = traces.unzip();
    telemetry::start(&settings.log, layer);
    telemetry::quiet_panics();
    let done = carry_out(arguments, settings, secrets).await;
    if let Some(exporter) = exporter {
        exporter.stop().await;
    }
    done
}

async fn carry_out(
    arguments: Arguments,
    settings: Settings,
    secrets: Secrets,
) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Serve(serve) => serve::run(settings, secrets, serve).await,
        Command::Demo(demo) => demo::run(settings, secrets, demo).await,
        Command::Import(import) if import.contacts => contacts::run(&settings, import).await,
        Command::Import(import) => import::run(&settings, &secrets, import).await,
        Command::Export(export) => export::run(&settings, &secrets, export).await,
        Command::Replay(replay) => replay::run(&settings, replay).await,
        Command::Rebuild(rebuild) => rebuild::run(&settings, &secrets, rebuild).await,
        Command::Skip(skip) => skip::run(&settings, &secrets, skip).await,
        Command::Audit(audit) => audit::run(&settings, audit).await,
        Command::Verify(verify) => verify::run(&settings, verify).await,
        Command::Backtest(arguments) => backtest::run(&settings, arguments).await,
        Command::Webhook(webhook) => webhook::run(&settings, &secrets, webhook).await,
        Command::Policy(policy) => policy::run(&settings, policy).await,
        Command::Doctor(doctor) => doctor::run(&settings, &secrets, doctor).await,
        Command::Migrate => migrate::run(&settings).await,
        Command::Config => {
            let text = toml::to_string_pretty(&settings.shown());
            print!("{}", text.map_err(|error| Failure::failed(error.to_string()))?);
            Ok(exit::OK)
        }
    }
}
