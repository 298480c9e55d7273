//! The form of `policy.toml`: every key optional, so that one file can extend another.

use serde::Deserialize;

use super::{
    Action, Category, DraftRules, Inbox, Monitoring, Routing, Sending, SubjectRules, Thresholds,
    TicketRules,
};

/// One `policy.toml` as written. A key that is missing comes from the file named by `extends`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    pub(super) extends: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) name: Option<String>,
    pub(super) languages: Option<Vec<String>>,
    pub(super) domains: Option<Vec<String>>,
    pub(super) forward_to: Option<String>,
    /// Path of the file with the gates.
    pub(super) gates: Option<String>,
    /// Paths of articles; the file name may hold one `*`.
    pub(super) knowledge: Option<Vec<String>>,
    pub(super) thresholds: Option<Thresholds>,
    pub(super) tickets: Option<TicketRules>,
    pub(super) sending: Option<Sending>,
    pub(super) subjects: Option<SubjectRules>,
    pub(super) prompt: Option<PromptFile>,
    pub(super) drafts: Option<DraftRules>,
    pub(super) monitoring: Option<Monitoring>,
    pub(super) categories: Option<Vec<Category>>,
    pub(super) actions: Option<Vec<Action>>,
    pub(super) inboxes: Option<Vec<Inbox>>,
    pub(super) routing: Option<Routing>,
}

/// The `[prompt]` table: the text itself is a file of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PromptFile {
    pub(super) file: String,
    pub(super) known_customer: String,
    pub(super) unknown_customer: String,
}

impl PolicyFile {
    /// Rewrites the paths in this file, which are relative to it, by `resolve`.
    pub(super) fn resolve_paths<E>(
        &mut self,
        resolve: impl Fn(&str) -> Result<String, E>,
    ) -> Result<(), E> {
        let named = self.extends.iter_mut().chain(self.gates.iter_mut());
        let prompt = self.prompt.iter_mut().map(|prompt| &mut prompt.file);
        let knowledge = self.knowledge.iter_mut().flatten();
        for path in named.chain(prompt).chain(knowledge) {
            *path = resolve(path)?;
        }
        Ok(())
    }

    /// This file's keys, and the base's where this file has none.
    pub(super) fn over(self, base: Self) -> Self {
        Self {
            extends: None,
            tenant: self.tenant.or(base.tenant),
            name: self.name.or(base.name),
            languages: self.languages.or(base.languages),
            domains: self.domains.or(base.domains),
            forward_to: self.forward_to.or(base.forward_to),
            gates: self.gates.or(base.gates),
            knowledge: self.knowledge.or(base.knowledge),
            thresholds: self.thresholds.or(base.thresholds),
            tickets: self.tickets.or(base.tickets),
            sending: self.sending.or(base.sending),
            subjects: self.subjects.or(base.subjects),
            prompt: self.prompt.or(base.prompt),
            drafts: self.drafts.or(base.drafts),
            monitoring: self.monitoring.or(base.monitoring),
            categories: self.categories.or(base.categories),
            actions: self.actions.or(base.actions),
            inboxes: self.inboxes.or(base.inboxes),
            routing: self.routing.or(base.routing),
        }
    }
}
