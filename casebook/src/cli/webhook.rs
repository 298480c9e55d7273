//! Arguments of `casebook webhook`.

use casebook_domain::ids::WebhookId;
use clap::{Args, Subcommand};

/// See [`super::Command::Webhook`].
#[derive(Debug, Args)]
pub struct Webhook {
    /// What to do.
    #[command(subcommand)]
    pub command: WebhookCommand,
    /// Have it done by the server at this address; its token is taken from CASEBOOK_API__TOKEN.
    /// What only reads is read from the database.
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// Print the answer as JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with subscriptions.
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Send a tenant's events to an address; prints the secret that signatures are checked by.
    Add(Add),
    /// List the subscriptions.
    List {
        /// Only of this tenant.
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Show a subscription with its dead letters.
    Show(Id),
    /// Change what is sent where.
    Change(Change),
    /// Sign with a new secret, and with the present one for a while besides.
    Rotate(Id),
    /// Print the secret in use.
    Secret(Id),
    /// Send nothing for the time being.
    Pause {
        /// The subscription.
        #[command(flatten)]
        id: Id,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Go on where sending stopped.
    Resume(Id),
    /// Send everything behind a position again.
    Replay {
        /// The subscription.
        #[command(flatten)]
        id: Id,
        /// The position: a number, a cursor, or `earliest`.
        #[arg(long, value_name = "POSITION")]
        after: String,
    },
    /// Send one event again that was given up.
    Redeliver {
        /// The subscription.
        #[command(flatten)]
        id: Id,
        /// Position of the event: a number or a cursor.
        #[arg(long)]
        position: String,
    },
    /// End a subscription for good.
    Remove(Id),
    /// List attempts to send events, the latest first.
    Deliveries {
        /// The subscription.
        #[command(flatten)]
        id: Id,
        /// Number of attempts.
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        first: usize,
    },
}

/// A subscription.
#[derive(Clone, Copy, Debug, Args)]
pub struct Id {
    /// The subscription, as `casebook webhook list` shows it.
    #[arg(value_name = "WEBHOOK")]
    pub id: WebhookId,
}

/// See [`WebhookCommand::Add`].
#[derive(Args)]
pub struct Add {
    /// The tenant.
    #[arg(long)]
    pub tenant: String,
    /// The address.
    #[arg(long)]
    pub url: String,
    /// Only events of this public type; may be given several times.
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Send events with personal data.
    #[arg(long)]
    pub personal: bool,
    /// What it is for.
    #[arg(long, default_value = "")]
    pub description: String,
    /// Where to begin: `earliest`, `latest`, a number or a cursor.
    #[arg(long, value_name = "POSITION", default_value = "latest")]
    pub from: String,
}

/// See [`WebhookCommand::Change`].
#[derive(Args)]
pub struct Change {
    /// The subscription.
    #[command(flatten)]
    pub id: Id,
    /// The address.
    #[arg(long)]
    pub url: Option<String>,
    /// Only events of this public type; may be given several times.
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "all_types")]
    pub types: Vec<String>,
    /// Events of all types.
    #[arg(long)]
    pub all_types: bool,
    /// Whether events are sent with personal data.
    #[arg(long, value_name = "true|false")]
    pub personal: Option<bool>,
    /// What it is for.
    #[arg(long)]
    pub description: Option<String>,
}

impl std::fmt::Debug for Add {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Add").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("id", &self.id).finish_non_exhaustive()
    }
}
