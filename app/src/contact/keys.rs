//! Finding a contact by address without keeping the address in the clear.

use casebook_domain::address::normalise;
use casebook_domain::ids::ContactId;
use hmac::{Hmac, Mac};
use quick_cache::sync::Cache;
use sha2::Sha256;

use crate::policy::InForce;
use crate::{App, AppError};

/// Kind of the keys that lead to contacts.
pub(crate) const CONTACT_KEY: &str = "contact";

/// Contacts by the keyed hash of their address. A mapping never changes, so it can be kept.
pub(crate) struct ContactKeys(Cache<(String, String), ContactId>);

impl ContactKeys {
    pub(crate) fn new(max: usize) -> Self {
        Self(Cache::new(max))
    }
}

/// The keyed hash of an address (HMAC-SHA-256 with the tenant's key); `None` for a blank address.
pub(crate) fn hash_address(in_force: &InForce, address: &str) -> Option<String> {
    let address = normalise(address);
    if address.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&in_force.contact_key).ok()?;
    mac.update(address.as_bytes());
    Some(hex::encode(mac.finalize().into_bytes()))
}

impl App {
    /// The contact that a keyed hash is known to lead to, without a look into the log.
    pub(crate) fn known_contact(&self, tenant: &str, hash: &str) -> Option<ContactId> {
        self.inner.contact_keys.0.get(&(tenant.to_owned(), hash.to_owned()))
    }

    /// Keeps in mind what a stored key says.
    pub(crate) fn remember_contact(&self, tenant: &str, hash: &str, id: ContactId) {
        self.inner.contact_keys.0.insert((tenant.to_owned(), hash.to_owned()), id);
    }

    /// The contact that a keyed hash leads to.
    pub(crate) async fn contact_by_hash(
        &self,
        tenant: &str,
        hash: &str,
    ) -> Result<Option<ContactId>, AppError> {
        if let Some(known) = self.known_contact(tenant, hash) {
            return Ok(Some(known));
        }
        let found = self.store().log().find_key(tenant, CONTACT_KEY, hash).await?;
        let Some(id) = found.and_then(|value| value.parse().ok()) else { return Ok(None) };
        self.remember_contact(tenant, hash, id);
        Ok(Some(id))
    }
}
