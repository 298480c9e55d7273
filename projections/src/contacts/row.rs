//! One person who writes.

use casebook_domain::Timestamp;
use casebook_domain::contact::CustomerContext;
use casebook_domain::ids::ContactId;

use crate::columns::row;

row! {
    /// One person who writes, and what the tenant's business knows about them.
    pub struct ContactRow {
        /// Tenant that owns it.
        pub tenant: String,
        /// The contact.
        pub contact_id: ContactId,
        /// Normalised address.
        pub address: String,
        /// The person's name: the directory's where known, else as they write it.
        pub name: Option<String>,
        /// The name as they write it.
        pub written_name: Option<String>,
        /// What the tenant's business knows.
        pub context: Option<CustomerContext>,
        /// When the first counted message came; `None` before one came.
        pub first_seen_at: Option<Timestamp>,
        /// When the latest counted message came.
        pub last_seen_at: Option<Timestamp>,
        /// Number of counted messages; duplicates and automatic mail do not count.
        pub message_count: u32,
        /// Version of the contact's stream.
        pub version: u64,
        /// Position of the last event that changed the row.
        pub position: u64,
    }
}
