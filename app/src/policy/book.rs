//! The policies in force, compiled and ready.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use casebook_domain::channel::Channel;
use casebook_domain::event::LogEvent;
use casebook_domain::gates::Gates;
use casebook_domain::intake::Addressing;
use casebook_domain::policy::{Inbox, Policy};
use casebook_domain::policy_log::PolicyEvent;
use casebook_store::{Filter, StoreError, StoredEvent};

use crate::{App, AppError};

/// Pages in which policy events are read.
const PAGE: usize = 1000;

/// Pause after a failure to follow the log.
const FOLLOW_PAUSE: Duration = Duration::from_secs(1);

/// A tenant's policy in force.
pub struct InForce {
    /// SHA-256 in hex of its content.
    pub version: String,
    /// The policy.
    pub policy: Arc<Policy>,
    /// Its gates, compiled.
    pub gates: Gates,
    /// Key under which addresses of this tenant are hashed.
    pub(crate) contact_key: Vec<u8>,
}

/// Name of the pseudo inbox for mail to addresses that are no inbox.
pub(crate) const OTHER_INBOX: &str = "@other";

/// Where a mail belongs.
pub(crate) struct Route {
    /// The tenant's policy.
    pub(crate) in_force: Arc<InForce>,
    /// Name of the inbox, or [`OTHER_INBOX`].
    pub(crate) inbox: String,
    /// How people write to it.
    pub(crate) channel: Channel,
    /// Whether the address is an inbox.
    pub(crate) is_inbox: bool,
}

impl Route {
    pub(crate) fn to(in_force: Arc<InForce>, inbox: &Inbox) -> Self {
        let (inbox, channel) = (inbox.name.clone(), inbox.channel);
        Self { in_force, inbox, channel, is_inbox: true }
    }

    /// Whom the mail is addressed to, given the addresses in To and Cc.
    pub(crate) fn addressing<'a>(&self, named: impl Iterator<Item = &'a str>) -> Addressing {
        if !self.is_inbox {
            return Addressing::OtherAddress;
        }
        let mut named = named;
        let inbox = self.in_force.policy.inbox(&self.inbox);
        let addresses = inbox.map_or(&[][..], |inbox| inbox.addresses.as_slice());
        let named = named.any(|address| addresses.iter().any(|own| same(own, address)));
        Addressing::Inbox { named }
    }
}

fn same(left: &str, right: &str) -> bool {
    use casebook_domain::address::normalise;
    normalise(left) == normalise(right)
}

/// All policies in force, by tenant, each with the position of the event that brought it in.
#[derive(Default)]
pub struct PolicyBook(RwLock<Book>);

type Book = BTreeMap<String, (u64, Arc<InForce>)>;

impl PolicyBook {
    /// The policy in force of a tenant.
    pub fn get(&self, tenant: &str) -> Option<Arc<InForce>> {
        self.read().get(tenant).map(|(_, in_force)| in_force.clone())
    }

    /// The tenants that have a policy.
    pub fn tenants(&self) -> Vec<String> {
        self.read().keys().cloned().collect()
    }

    /// Where mail for an address belongs; `None` when no tenant owns its domain.
    pub(crate) fn route(&self, address: &str) -> Option<Route> {
        let book = self.read();
        let inbox = book.values().find_map(|(_, in_force)| {
            let inbox = in_force.policy.inbox_for_address(address)?;
            Some(Route::to(in_force.clone(), inbox))
        });
        inbox.or_else(|| {
            let mut policies = book.values().map(|(_, in_force)| in_force);
            let owner = policies.find(|owner| owner.policy.owns_domain_of(address))?;
            Some(Route {
                in_force: owner.clone(),
                inbox: OTHER_INBOX.to_owned(),
                channel: Channel::Email,
                is_inbox: false,
            })
        })
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Book> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Sets what an event at `position` brought into force, unless a later one was faster.
    fn set(&self, tenant: &str, position: u64, in_force: Arc<InForce>) {
        let mut book = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if book.get(tenant).is_none_or(|(known, _)| *known <= position) {
            book.insert(tenant.to_owned(), (position, in_force));
        }
    }
}

impl InForce {
    /// A policy with its gates compiled; without the key, addresses are not looked up by it.
    ///
    /// # Errors
    /// A fault when the gates do not compile, which a published policy's do.
    pub(crate) fn of(
        version: &str,
        policy: Policy,
        contact_key: Vec<u8>,
    ) -> Result<Self, AppError> {
        let gates = policy.gates.compile().map_err(AppError::fault)?;
        let version = version.to_owned();
        Ok(Self { version, policy: Arc::new(policy), gates, contact_key })
    }

    /// Whether the address is one of the tenant's own inboxes.
    pub fn is_own(&self, address: &str) -> bool {
        self.policy.inbox_for_address(address).is_some()
    }
}

impl App {
    /// Reads the policies in force from the log.
    ///
    /// # Errors
    /// When the log or a policy's content cannot be read.
    pub async fn reload_policies(&self) -> Result<(), AppError> {
        let log = self.store().log();
        for stream in log.streams(PolicyEvent::STREAM_KIND).await? {
            let mut last = None;
            loop {
                let after = last.as_ref().map_or(0, |(version, _, _)| *version);
                let events = log.read_stream(&stream, after, PAGE).await?;
                let complete = events.len() < PAGE;
                if let Some(event) = events.last() {
                    last = Some((event.version, named_version(event)?, event.position));
                }
                if complete {
                    break;
                }
            }
            if let Some((_, version, position)) = last {
                self.bring_into_force(&stream.id, &version, position).await?;
            }
        }
        Ok(())
    }

    /// Follows the log for as long as the process runs, so that policies published by another
    /// process come into force here, too.
    pub async fn follow_policies(self) {
        let filter =
            Filter { stream_kinds: vec![PolicyEvent::STREAM_KIND.to_owned()], ..Filter::default() };
        let mut changes = loop {
            match self.store().log().last_position().await {
                Ok(after) => break self.store().log().subscribe(after, filter),
                Err(error) => not_followed(&error).await,
            }
        };
        // What was published between the start of the process and now is read first.
        let mut stale = true;
        loop {
            if stale && let Err(error) = self.reload_policies().await {
                tracing::error!(cause = error.internal(), "policies were not read again");
                tokio::time::sleep(FOLLOW_PAUSE).await;
                continue;
            }
            stale = match changes.next_page().await {
                Ok(page) => !page.events.is_empty(),
                Err(error) => {
                    not_followed(&error).await;
                    false
                }
            };
        }
    }

    pub(crate) async fn bring_into_force(
        &self,
        tenant: &str,
        version: &str,
        position: u64,
    ) -> Result<(), AppError> {
        if let Some(now) = self.policies().get(tenant).filter(|now| now.version == version) {
            self.policies().set(tenant, position, now);
            return Ok(());
        }
        let json = self.blob(tenant, version).await?;
        let policy: Policy = serde_json::from_slice(&json).map_err(AppError::fault)?;
        let key = self.store().log().find_key(tenant, "secret", "contact").await?;
        let contact_key = hex::decode(key.unwrap_or_default()).map_err(AppError::fault)?;
        let in_force = InForce::of(version, policy, contact_key)?;
        self.policies().set(tenant, position, Arc::new(in_force));
        Ok(())
    }
}

async fn not_followed(error: &StoreError) {
    tracing::warn!(%error, "the log cannot be followed for policies");
    tokio::time::sleep(FOLLOW_PAUSE).await;
}

/// The version of the policy that an event brings into force.
fn named_version(event: &StoredEvent) -> Result<String, AppError> {
    let decoded = PolicyEvent::decode(&event.event_type, &event.event_version, &event.payload);
    Ok(match decoded.map_err(AppError::fault)? {
        PolicyEvent::PolicyPublished(published) => published.version,
        PolicyEvent::PolicyRolledBack(back) => back.version,
    })
}
