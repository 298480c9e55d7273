//! Exit codes, documented in `docs/cli.md`, and failures that carry one.

use std::fmt;
use std::process::ExitCode;

use casebook_app::AppError;
use casebook_store::{BlobError, StoreError};

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

/// All is well.
pub const OK: Exit = Exit(0);
/// The command ran and found or met a problem.
pub const FAILED: Exit = Exit(1);
/// The command line, the configuration or an input is wrong.
pub const USAGE: Exit = Exit(2);
/// Another process writes to the database.
pub const LOCKED: Exit = Exit(3);

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// Why a command ended, for the person at the console.
#[derive(Debug)]
pub struct Failure {
    /// What happened and what to do.
    pub message: String,
    /// The exit code.
    pub exit: Exit,
}

impl Failure {
    /// A wrong command line, configuration or input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: USAGE }
    }

    /// A command that ran and failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: FAILED }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::Locked { .. } => LOCKED,
            StoreError::Url(_) => USAGE,
            _ => FAILED,
        };
        Self { message: error.to_string(), exit }
    }
}

impl From<BlobError> for Failure {
    fn from(error: BlobError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<casebook_projections::ProjectionError> for Failure {
    fn from(error: casebook_projections::ProjectionError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let exit = match error {
            AppError::Invalid { .. } | AppError::NotFound(_) => USAGE,
            _ => FAILED,
        };
        let message = match error.internal() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        Self { message, exit }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}
