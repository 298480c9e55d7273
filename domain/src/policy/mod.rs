//! The policy: everything about a tenant that may change without a new program.
//!
//! One versioned object holds categories, thresholds, gates, prompt, inboxes and sending rules, so
//! a decision that names its policy version can be explained from that version alone. A policy is
//! composed from text files ([`Policy::from_files`]), checked ([`Policy::check`]), identified by
//! its content ([`Policy::version`]) and compared ([`Policy::diff`]).

mod category;
mod check;
mod diff;
mod drafts;
mod file;
mod files;
mod inbox;
mod limits;
mod monitoring;
mod prompt;
mod render;
mod routing;
mod sending;
mod subjects;
mod tickets;
mod version;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use category::{Action, Category, CategoryRole, Localised};
pub use check::Problem;
pub use diff::Change;
pub use drafts::DraftRules;
pub use files::{PolicyError, entries};
pub use inbox::Inbox;
pub use limits::Thresholds;
pub use monitoring::{BusinessHours, Monitoring, Weekday};
pub use prompt::{KnowledgeText, PROMPT_VARIABLES, Prompt};
pub use routing::{Routing, RoutingRule, Team};
pub use sending::{Sending, SendingFor};
pub(crate) use subjects::CATEGORY_SLOT;
pub use subjects::SubjectRules;
pub use tickets::TicketRules;
pub use version::{InvalidVersion, PolicyVersion};

use crate::address;
use crate::gates::GateSet;

/// Code of the escalation category when a policy names none: the word of the triage contract.
const DEFAULT_ESCALATION: &str = "escalation";

/// Everything that is decided per tenant, in one value whose content is its identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Code of the tenant, for example `protocol-raw`.
    pub tenant: String,
    /// Name of this policy among the tenant's, for example `default` or `sop-literal`.
    pub name: String,
    /// Language tags in order of preference; the first is used when nothing else is known.
    pub languages: Vec<String>,
    /// Mail domains that belong to the tenant, in lower case.
    pub domains: Vec<String>,
    /// Address for mail that reaches the tenant but no inbox, and for mail without content.
    /// `None` sets such mail aside instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_to: Option<String>,
    /// Confidence limits that steer priority, notification and autonomy.
    pub thresholds: Thresholds,
    /// What a message can be about, in the order in which people see it.
    pub categories: Vec<Category>,
    /// The closed set of actions that triage may recommend.
    pub actions: Vec<Action>,
    /// How tickets live.
    #[serde(default)]
    pub tickets: TicketRules,
    /// How replies leave, unless an inbox says otherwise.
    pub sending: Sending,
    /// How subjects are cleaned, recognised as blank and replaced.
    pub subjects: SubjectRules,
    /// What the model is told.
    pub prompt: Prompt,
    /// Articles that the model may rely on.
    pub knowledge: Vec<KnowledgeText>,
    /// What a draft may contain.
    pub drafts: DraftRules,
    /// Addresses and accounts through which people write.
    pub inboxes: Vec<Inbox>,
    /// Which team takes what.
    pub routing: Routing,
    /// Rules that escalate without a model.
    pub gates: GateSet,
    /// When the health of support is worth an alert.
    pub monitoring: Monitoring,
}

impl Policy {
    /// The language to use when nothing is known about the person; empty only in a policy that
    /// [`Policy::check`] refuses.
    pub fn primary_language(&self) -> &str {
        self.languages.first().map_or("", String::as_str)
    }

    /// The category with this code.
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.code == code)
    }

    /// The category of a gated or escalated ticket.
    pub fn escalation_category(&self) -> Option<&Category> {
        self.categories.iter().find(|category| category.role == CategoryRole::Escalation)
    }

    /// Code of the category of a gated or escalated ticket.
    pub fn escalation_code(&self) -> &str {
        self.escalation_category().map_or(DEFAULT_ESCALATION, |category| &category.code)
    }

    /// The category for messages that fit no other.
    pub fn fallback_category(&self) -> Option<&Category> {
        self.categories.iter().find(|category| category.role == CategoryRole::Fallback)
    }

    /// The action with this code.
    pub fn action(&self, code: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.code == code)
    }

    /// The inbox with this name.
    pub fn inbox(&self, name: &str) -> Option<&Inbox> {
        self.inboxes.iter().find(|inbox| inbox.name == name)
    }

    /// The inbox that receives mail for `address`, compared in normalised form.
    pub fn inbox_for_address(&self, address: &str) -> Option<&Inbox> {
        let wanted = address::normalise(address);
        self.inboxes
            .iter()
            .find(|inbox| inbox.addresses.iter().any(|own| address::normalise(own) == wanted))
    }

    /// Whether `address` lies in one of the tenant's domains.
    pub fn owns_domain_of(&self, address: &str) -> bool {
        let wanted = address::normalise(address);
        wanted
            .rsplit_once('@')
            .is_some_and(|(_, domain)| self.domains.iter().any(|own| own.to_lowercase() == domain))
    }

    /// Where mail that is not triaged goes on to: the inbox's own address, else the tenant's.
    pub fn forward_address<'a>(&'a self, inbox: Option<&'a Inbox>) -> Option<&'a str> {
        inbox.and_then(|inbox| inbox.forward_to.as_deref()).or(self.forward_to.as_deref())
    }
}

#[cfg(test)]
pub(crate) mod tests;
