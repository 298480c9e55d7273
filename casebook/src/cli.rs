//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Casebook: customer support in which nothing is lost and every decision can be proven.
#[derive(Debug, Parser)]
#[command(name = "casebook", version, about, max_term_width = 100)]
pub struct Arguments {
    /// Configuration file; `casebook.toml` in the working folder when it exists.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database, as in CASEBOOK_DATABASE_URL: `sqlite:PATH` or `postgres://...`.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Receive mail and serve the API until stopped.
    Serve(Serve),
    /// Take the sample mails through the real pipeline, tell what happened to each, then serve.
    Demo(Demo),
    /// Take in old mail: .eml files, folders, Maildir, mbox; or contacts as JSON lines or CSV.
    Import(Import),
    /// Print each event of a ticket with the state after it.
    Replay(Replay),
    /// Check the whole store: log, projections, raw mails. Runs beside a server.
    Verify(Verify),
    /// Check, publish, compare and roll back policies.
    #[command(subcommand)]
    Policy(Policy),
    /// Check configuration, database and disk, and say what to do.
    Doctor(Doctor),
    /// Bring the database to the form this program needs.
    Migrate,
    /// Print the settings in force, secrets left out.
    Config,
}

/// See [`Command::Serve`].
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on, as in CASEBOOK_LISTEN.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
}

/// See [`Command::Demo`].
#[derive(Debug, Args)]
pub struct Demo {
    /// Address to listen on, as in CASEBOOK_LISTEN.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// End after the account instead of serving.
    #[arg(long)]
    pub no_serve: bool,
    /// Folder for the demo's database and raw mails; a fresh one each time when left out.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// See [`Command::Import`].
#[derive(Debug, Args)]
pub struct Import {
    /// The tenant that the mail belongs to.
    #[arg(long)]
    pub tenant: String,
    /// The inbox; the tenant's first e-mail inbox when left out.
    #[arg(long)]
    pub inbox: Option<String>,
    /// Stop after the gates: no model is asked.
    #[arg(long)]
    pub no_model: bool,
    /// Print one JSON line for each mail instead of an account.
    #[arg(long)]
    pub json: bool,
    /// The paths hold contacts (.jsonl or .csv), not mail.
    #[arg(long)]
    pub contacts: bool,
    /// Files and folders.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
}

/// See [`Command::Replay`].
#[derive(Debug, Args)]
pub struct Replay {
    /// The ticket's identifier.
    pub ticket: String,
    /// Print one JSON line for each event.
    #[arg(long)]
    pub json: bool,
}

/// See [`Command::Verify`].
#[derive(Debug, Args)]
pub struct Verify {
    /// Print problems as JSON lines.
    #[arg(long)]
    pub json: bool,
}

/// See [`Command::Doctor`].
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print findings as JSON lines.
    #[arg(long)]
    pub json: bool,
}

/// See [`Command::Policy`].
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Check a policy's files without a database.
    Check(PolicySource),
    /// Bring a policy's files into force.
    Publish {
        /// Which files.
        #[command(flatten)]
        source: PolicySource,
        /// Why, kept with the event.
        #[arg(long)]
        note: Option<String>,
    },
    /// Bring an earlier version into force again.
    Rollback {
        /// The tenant.
        #[arg(long)]
        tenant: String,
        /// The version, or the beginning of it.
        version: String,
        /// Why, kept with the event.
        #[arg(long)]
        note: Option<String>,
    },
    /// Compare a policy's files with the version in force, or with another version.
    Diff {
        /// Which files.
        #[command(flatten)]
        source: PolicySource,
        /// A published version, or the beginning of it; the one in force when left out.
        #[arg(long)]
        against: Option<String>,
    },
    /// List the published versions of a tenant.
    List {
        /// The tenant.
        #[arg(long)]
        tenant: String,
    },
}

/// Which policy files to read.
#[derive(Debug, Args)]
pub struct PolicySource {
    /// The tenant whose shipped policy is meant.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Name of the policy among the tenant's, for example `sop-literal`.
    #[arg(long, value_name = "NAME")]
    pub policy: Option<String>,
    /// A tenant's folder with `policy.toml`, instead of the shipped one.
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}
