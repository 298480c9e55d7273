//! The Casebook binary: command line, configuration, and the wiring of all parts.

mod cli;
mod commands;
mod config;
mod exit;
mod ids;
mod integrations;
mod reactors;
mod remote;
mod telemetry;
mod tenants;
mod traces;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// The system's allocator keeps an arena for each thread and seldom gives memory back: a rebuild
/// by many threads held up to three times as much.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("casebook: the runtime cannot start: {error}");
            return exit::FAILED.into();
        }
    };
    match runtime.block_on(commands::run(arguments)) {
        Ok(code) => code.into(),
        Err(failure) => {
            eprintln!("casebook: {failure}");
            failure.exit.into()
        }
    }
}
