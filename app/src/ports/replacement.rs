//! Replacements of orders, which the tenant's own system carries out.

use std::fmt;

use async_trait::async_trait;
use uuid::Uuid;

use super::TransportError;

/// Takes replacements to the tenant's own system.
#[async_trait]
pub trait ReplacementDesk: Send + Sync + 'static {
    /// Asks for a replacement; the same identifier asks for the same one. Answers what the
    /// tenant's system calls it, where it says.
    ///
    /// # Errors
    /// [`TransportError`], which tells whether another attempt may help.
    async fn place(&self, order: &ReplacementOrder) -> Result<Option<String>, TransportError>;
}

/// A replacement to be asked for. `Debug` shows nothing personal.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplacementOrder {
    /// The tenant.
    pub tenant: String,
    /// Identifies the request; also its idempotency key.
    pub replacement_id: Uuid,
    /// The ticket.
    pub ticket_id: Uuid,
    /// The customer's address.
    pub customer_email: String,
    /// The order.
    pub order_reference: String,
    /// Why.
    pub reason: String,
}

impl fmt::Debug for ReplacementOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplacementOrder")
            .field("replacement_id", &self.replacement_id)
            .finish_non_exhaustive()
    }
}
