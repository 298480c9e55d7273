//! A published version of a tenant's policy.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use casebook_app::{AppError, Permission};
use casebook_domain::gates::Gate;
use casebook_domain::policy::{self, Policy};

use super::context::{Request, request};
use super::error;
use super::policy_version::PolicyVersion;
use super::scalars::int;
use super::tenant::Category;

/// A version of a tenant's policy.
pub(super) struct PolicyView {
    policy: Arc<Policy>,
    version: String,
    in_force: bool,
}

/// Limits on the model's confidence, each between 0 and 1.
#[derive(SimpleObject)]
pub(super) struct Thresholds {
    /// Below this confidence a ticket has priority 2.
    priority: f64,
    /// Below this confidence people are notified.
    notify: f64,
    /// From this confidence a reply may leave without review, once autonomy is switched on.
    autonomy: f64,
}

/// One thing that triage may recommend.
#[derive(SimpleObject)]
pub(super) struct Action {
    /// Its code.
    code: String,
    /// How an agent sees it; the code where the policy in force does not know it any more.
    label: String,
}

/// A group of agents.
#[derive(SimpleObject)]
pub(super) struct Team {
    /// Its code, as in mutations.
    code: String,
    /// How people see it.
    name: String,
}

/// A rule that escalates without a model, in short.
#[derive(SimpleObject)]
pub(super) struct GateSummary {
    /// Its code.
    code: String,
    /// The escalation reason that agents see.
    reason: String,
    /// A label of severity.
    severity: Option<String>,
    /// Number of its rules; it fires when one of them holds.
    rule_count: i32,
}

/// A version of a tenant's policy.
#[Object(name = "Policy")]
impl PolicyView {
    /// Tenant that owns it.
    async fn tenant(&self) -> &str {
        &self.policy.tenant
    }

    /// Its name among the tenant's policies.
    async fn name(&self) -> &str {
        &self.policy.name
    }

    /// SHA-256 of its content, in hex.
    async fn version(&self) -> &str {
        &self.version
    }

    /// Whether it is in force.
    async fn in_force(&self) -> bool {
        self.in_force
    }

    /// Limits on the model's confidence.
    async fn thresholds(&self) -> Thresholds {
        let policy::Thresholds { priority, notify, autonomy } = self.policy.thresholds;
        Thresholds { priority, notify, autonomy }
    }

    /// What a message can be about, in the order in which people see it.
    async fn categories(&self) -> Vec<Category> {
        let language = self.policy.primary_language();
        let category = |category: &policy::Category| {
            let name = category.customer_name.get(language, language);
            Category::new(category.code.clone(), name.map(str::to_owned))
        };
        self.policy.categories.iter().map(category).collect()
    }

    /// The closed set of actions that triage may recommend.
    async fn actions(&self) -> Vec<Action> {
        self.policy.actions.iter().map(Action::from).collect()
    }

    /// The teams that tickets can be given to.
    async fn teams(&self) -> Vec<Team> {
        let team = |team: &policy::Team| Team { code: team.code.clone(), name: team.name.clone() };
        self.policy.routing.teams.iter().map(team).collect()
    }

    /// Its gates, the most severe first.
    async fn gates(&self) -> Vec<GateSummary> {
        self.policy.gates.gates.iter().map(GateSummary::from).collect()
    }

    /// All of it as JSON, in the form that `publishPolicy` takes.
    async fn json(&self) -> String {
        self.policy.canonical_json()
    }

    /// Every version of the tenant's policy that was ever published, in the order of publication.
    async fn versions(&self, ctx: &Context<'_>) -> Result<Vec<PolicyVersion>> {
        let request = request(ctx)?;
        let versions = request.app().policy_versions(&request.access, &self.policy.tenant).await;
        Ok(versions.map_err(error::of)?.into_iter().map(PolicyVersion::from).collect())
    }
}

/// The policy of a tenant that is in force.
pub(super) fn in_force(request: &Request, tenant: &str) -> Result<PolicyView> {
    request.access.require(Permission::Read).map_err(error::of)?;
    let found = request.app().policies().get(tenant).filter(|_| request.access.sees(tenant));
    let now = found.ok_or_else(|| error::of(AppError::NotFound("tenant")))?;
    Ok(PolicyView { policy: Arc::clone(&now.policy), version: now.version.clone(), in_force: true })
}

/// A version of a tenant's policy that was ever published; the one in force when none is named.
pub(super) async fn published(
    request: &Request,
    tenant: &str,
    version: Option<&str>,
) -> Result<PolicyView> {
    let now = in_force(request, tenant)?;
    let Some(version) = version.filter(|version| *version != now.version) else { return Ok(now) };
    let policy = request.app().published_policy(&request.access, tenant, version).await;
    Ok(PolicyView {
        policy: Arc::new(policy.map_err(error::of)?),
        version: version.to_owned(),
        in_force: false,
    })
}

/// What the policy in force calls an action of a tenant.
pub(super) fn action(request: &Request, tenant: &str, code: &str) -> Action {
    let now = request.app().policies().get(tenant);
    let known = now.as_ref().and_then(|now| now.policy.action(code)).map(Action::from);
    known.unwrap_or_else(|| Action { code: code.to_owned(), label: code.to_owned() })
}

impl From<&policy::Action> for Action {
    fn from(action: &policy::Action) -> Self {
        Self { code: action.code.clone(), label: action.label.clone() }
    }
}

impl From<&Gate> for GateSummary {
    fn from(gate: &Gate) -> Self {
        Self {
            code: gate.code.clone(),
            reason: gate.reason.clone(),
            severity: gate.severity.clone(),
            rule_count: int(gate.rules.len()),
        }
    }
}
