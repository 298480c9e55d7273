//! The command line.

mod webhook;

use std::path::PathBuf;

use casebook_app::ExportWhat;
use clap::{Args, Parser, Subcommand};

pub use webhook::{Add as WebhookAdd, Change as WebhookChange, Webhook, WebhookCommand};

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
    /// Take rows of read models, or events, out as JSON lines or CSV. Runs beside a server.
    Export(Export),
    /// Print each event of a ticket with the state after it; or perform decisions again.
    Replay(Replay),
    /// Print the audit trail: who did what, when and why. Runs beside a server.
    Audit(Audit),
    /// Check the whole store: log, projections, raw mails. Runs beside a server.
    Verify(Verify),
    /// Build read models anew beside those that queries see; without a name, tell how they stand.
    Rebuild(Rebuild),
    /// Record that an event which no program can read is passed over, for good.
    Skip(Skip),
    /// Try a policy on the recorded past and tell what would change. Asks no model.
    Backtest(Backtest),
    /// Check, publish, compare and roll back policies.
    #[command(subcommand)]
    Policy(Policy),
    /// Send events to other systems: subscriptions, secrets, deliveries, replays.
    Webhook(Webhook),
    /// Check configuration, services, database and disk, and say what to do.
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

/// See [`Command::Export`].
#[derive(Debug, Args)]
pub struct Export {
    /// What: tickets, conversations, messages, decisions, contacts, notes or events.
    #[arg(long)]
    pub what: ExportWhat,
    /// Form of the lines.
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub format: ExportFormat,
    /// Only this tenant.
    #[arg(long)]
    pub tenant: Option<String>,
    /// First position, for events.
    #[arg(long, value_name = "POSITION")]
    pub from: Option<u64>,
    /// Last position, for events; the end of the log as it stands when left out.
    #[arg(long, value_name = "POSITION")]
    pub to: Option<u64>,
    /// With personal data, which is recorded; left out, it is as if it had been erased.
    #[arg(long)]
    pub personal: bool,
    /// With --personal: address of the running server that records it, for example
    /// <http://127.0.0.1:8080>.
    #[arg(long, value_name = "URL", requires = "personal")]
    pub server: Option<String>,
    /// File to write, once it is complete; standard output when left out.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Form of exported lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// One JSON object on each line.
    Jsonl,
    /// Comma-separated values with a line of names.
    Csv,
}

/// See [`Command::Replay`].
#[derive(Debug, Args)]
pub struct Replay {
    /// The ticket's identifier.
    #[arg(value_name = "TICKET", required_unless_present = "verify")]
    pub ticket: Option<String>,
    /// Print one JSON line for each event, or for each difference.
    #[arg(long)]
    pub json: bool,
    /// Perform every decision again from its recorded inputs and tell what differs.
    #[arg(long)]
    pub verify: bool,
    /// Print what each event changed instead of the event and the whole state.
    #[arg(long, conflicts_with = "verify")]
    pub diff: bool,
    /// With --verify: which decisions.
    #[command(flatten)]
    pub decisions: Decisions,
}

/// Which decisions are performed again.
#[derive(Debug, Args)]
pub struct Decisions {
    /// Only of this tenant.
    #[arg(long, requires = "verify")]
    pub tenant: Option<String>,
    /// Only about this ticket; may be given several times.
    #[arg(long = "ticket", value_name = "ID", requires = "verify")]
    pub tickets: Vec<String>,
    /// From this position of the log on.
    #[arg(long, value_name = "POSITION", requires = "verify")]
    pub from: Option<u64>,
    /// Up to this position of the log.
    #[arg(long, value_name = "POSITION", requires = "verify")]
    pub to: Option<u64>,
    /// Show what differs, which may be personal data, instead of hashes and lengths.
    #[arg(long, requires = "verify")]
    pub show: bool,
}

/// See [`Command::Audit`]. What is left out does not narrow.
#[derive(Debug, Args)]
pub struct Audit {
    /// About this ticket.
    #[arg(long, value_name = "UUID", group = "about")]
    pub ticket: Option<String>,
    /// About this conversation and its tickets.
    #[arg(long, value_name = "UUID", group = "about")]
    pub conversation: Option<String>,
    /// About this contact and their conversations.
    #[arg(long, value_name = "UUID", group = "about")]
    pub contact: Option<String>,
    /// About policies coming into force.
    #[arg(long, group = "about")]
    pub policies: bool,
    /// Only of this tenant.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Only what this actor did, for example agent:ada.
    #[arg(long)]
    pub actor: Option<String>,
    /// Only events of this name; may be given several times.
    #[arg(long = "event", value_name = "NAME")]
    pub events: Vec<String>,
    /// Only what was recorded at or after this instant (RFC 3339).
    #[arg(long, value_name = "INSTANT")]
    pub from: Option<String>,
    /// Only what was recorded before this instant (RFC 3339).
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<String>,
    /// Print one JSON object on a line for each entry.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values.
    #[arg(long)]
    pub csv: bool,
}

/// See [`Command::Verify`].
#[derive(Debug, Args)]
pub struct Verify {
    /// Print problems as JSON lines.
    #[arg(long)]
    pub json: bool,
}

/// See [`Command::Rebuild`].
#[derive(Debug, Args)]
pub struct Rebuild {
    /// Names of read models.
    pub names: Vec<String>,
    /// All read models, one after the other.
    #[arg(long)]
    pub all: bool,
    /// Have it done by the server at this address, for example http://127.0.0.1:8080; its token
    /// is taken from CASEBOOK_API__TOKEN.
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Print JSON lines.
    #[arg(long)]
    pub json: bool,
}

/// See [`Command::Skip`].
#[derive(Debug, Args)]
pub struct Skip {
    /// Position of the event.
    #[arg(long)]
    pub position: u64,
    /// Why; kept with the decision.
    #[arg(long)]
    pub reason: String,
    /// Only this read model or errand passes it over, by name, or `events`, public events; all of
    /// them when left out.
    #[arg(long, value_name = "NAME")]
    pub reader: Option<String>,
    /// Have it done by the server at this address; its token is taken from CASEBOOK_API__TOKEN.
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
}

/// See [`Command::Backtest`].
#[derive(Debug, Args)]
pub struct Backtest {
    /// The policy: a folder with `policy.toml`, a policy among the tenant's files (`default`,
    /// `sop-literal`), or the beginning of a published version.
    #[arg(long, value_name = "DIR|NAME|VERSION")]
    pub policy: String,
    /// Hold it against this policy, given in the same way, instead of what was recorded.
    #[arg(long, value_name = "DIR|NAME|VERSION")]
    pub against: Option<String>,
    /// The tenant; may be left out where a folder tells it, or there is only one.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Messages from this day (UTC) or instant on.
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Messages up to the end of this day (UTC), or before this instant.
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Print one JSON line for each changed ticket, and one with the totals.
    #[arg(long)]
    pub json: bool,
    /// Write a page with charts to this file; it needs no network.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Changed tickets that the table and the page show, at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    pub changes: usize,
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
