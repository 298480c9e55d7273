//! The customer directory: a port with an implementation that stores what the business tells.

use casebook_domain::address::{normalise, parse_address};
use casebook_domain::contact::{
    ContactCommand, ContactWrote, CustomerContext, RegisterContact, Subscription,
};
use casebook_domain::gates::Credit;
use casebook_domain::ids::{ContactId, derive};
use serde::Deserialize;

use super::keys::{CONTACT_KEY, hash_address};
use crate::append::Command;
use crate::{Access, App, AppError, Permission};

/// One entry of a directory file, as JSON lines carry it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactRecord {
    /// The person's address.
    pub email: String,
    /// First name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// Whole name, where first and last are not known apart.
    #[serde(default)]
    pub name: Option<String>,
    /// Identifier in the tenant's own system.
    #[serde(default)]
    pub customer_id: Option<String>,
    /// What they subscribe to.
    #[serde(default)]
    pub subscription: Option<Subscription>,
    /// Size of the box they receive.
    #[serde(default)]
    pub box_size: Option<String>,
    /// Credits they were given.
    #[serde(default)]
    pub credits: Vec<Credit>,
}

/// What became of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedContact {
    /// The contact.
    pub contact_id: ContactId,
    /// Whether anything changed.
    pub changed: bool,
}

impl ContactRecord {
    fn into_context(self) -> CustomerContext {
        let (first, last) = match (self.first_name, self.last_name, self.name) {
            (None, None, Some(name)) => match name.trim().rsplit_once(' ') {
                Some((first, last)) => (Some(first.to_owned()), Some(last.to_owned())),
                None => (Some(name.trim().to_owned()), None),
            },
            (first, last, _) => (first, last),
        };
        let subscription = self.subscription.map(|known| Subscription {
            status: plain(known.status),
            plan: known.plan.map(plain),
            external_id: known.external_id.map(plain),
            next_billing_date: known.next_billing_date.map(plain),
            ..known
        });
        let credits = self.credits.into_iter().map(|credit| Credit {
            currency: plain(credit.currency),
            reason: plain(credit.reason),
            ..credit
        });
        CustomerContext {
            customer_id: self.customer_id.map(plain),
            first_name: first.map(plain),
            last_name: last.map(plain),
            subscription,
            box_size: self.box_size.map(plain),
            credits: credits.collect(),
        }
    }
}

/// NUL, which no text in a database holds, becomes U+FFFD.
fn plain(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

impl App {
    /// Takes over what the tenant's business knows about a person; repeats change nothing.
    ///
    /// # Errors
    /// `INVALID` for a malformed address, `NOT_FOUND` for an unknown tenant.
    pub async fn import_contact(
        &self,
        access: &Access,
        tenant: &str,
        record: ContactRecord,
    ) -> Result<ImportedContact, AppError> {
        access.require(Permission::Administer)?;
        let in_force = self.policies().get(tenant).filter(|_| access.sees(tenant));
        let in_force = in_force.ok_or(AppError::NotFound("tenant"))?;
        let address = normalise(&record.email);
        let wrong = |error| AppError::invalid("email", format!("{error}"));
        parse_address(&address).map_err(wrong)?;
        let hash = hash_address(&in_force, &address)
            .ok_or_else(|| AppError::invalid("email", "is blank"))?;

        let _guard = self.inner.contact_locks.lock(&hash).await;
        let known = self.contact_by_hash(tenant, &hash).await?;
        let contact_id = known.unwrap_or_else(|| ContactId(self.ids().random()));
        let contact = self.inner.contacts.load_fresh(&contact_id.to_string()).await?;
        let register = RegisterContact { contact_id, address, name: None };
        let mut state = (*contact.state).clone();
        let mut events = Vec::new();
        let context = Box::new(record.into_context());
        for command in [
            ContactCommand::Register(register),
            ContactCommand::ChangeContext { context, source: "import".to_owned() },
        ] {
            for event in state.decide(command).map_err(AppError::fault)? {
                cqrs_es::Aggregate::apply(&mut state, event.clone());
                events.push(event);
            }
        }
        if events.is_empty() {
            return Ok(ImportedContact { contact_id, changed: false });
        }
        let version = contact.version.to_string();
        let command_id = derive(&["import-contact", tenant, &contact_id.to_string(), &version]);
        let mut command = Command::new(access, tenant, "ImportContact", command_id, &version);
        command.write(self.ids(), &contact_id, contact.version, &events)?;
        if known.is_none() {
            command.claim(CONTACT_KEY, hash, contact_id.to_string());
        }
        let append = command.into_append();
        self.evict(append.writes.iter().map(|write| &write.stream));
        self.store().log().append(append).await?;
        Ok(ImportedContact { contact_id, changed: true })
    }
}

/// What a counted message adds to a contact; shared by all ways in.
pub(crate) fn count(
    message_id: casebook_domain::ids::MessageId,
    at: casebook_domain::Timestamp,
) -> ContactCommand {
    ContactCommand::CountMessage(ContactWrote { message_id, at })
}
