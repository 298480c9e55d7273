//! What every use case needs, in one place.

use std::sync::Arc;

use bytes::Bytes;
use casebook_domain::Timestamp;
use casebook_domain::contact::Contact;
use casebook_domain::conversation::Conversation;
use casebook_domain::ids::ConversationId;
use casebook_domain::policy_log::PolicyLog;
use casebook_domain::ticket::Ticket;
use casebook_domain::webhook::Webhook;
use casebook_store::log::MAX_LOG_BLOB_BYTES;
use casebook_store::{
    Aggregates, BlobError, BlobHash, Blobs, Clock, Loaded, NewBlob, Store, StoreError,
};

use crate::append::KeyedLocks;
use crate::contact::ContactKeys;
use crate::stream::Tail;
use crate::{
    AppError, DeliverySettings, ForwardSettings, Ids, IntakeSettings, MailParser, PolicyBook,
    TriageSettings, WebhookParts,
};

/// The outside parts that the binary puts together.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Raw mails and long texts.
    pub blobs: Blobs,
    /// Reads raw mail.
    pub parser: Arc<dyn MailParser>,
    /// Makes identifiers.
    pub ids: Arc<dyn Ids>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Section `[intake]`.
    pub intake: IntakeSettings,
    /// Section `[forward]`.
    pub forward: ForwardSettings,
    /// Section `[triage]`.
    pub triage: TriageSettings,
    /// Section `[delivery]`.
    pub delivery: DeliverySettings,
    /// Sending events to subscribers.
    pub webhooks: WebhookParts,
    /// Aggregates kept in memory, each kind.
    pub cache_aggregates_max: usize,
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) contacts: Aggregates<Contact>,
    pub(crate) conversations: Aggregates<Conversation>,
    pub(crate) tickets: Aggregates<Ticket>,
    pub(crate) policy_logs: Aggregates<PolicyLog>,
    pub(crate) webhooks: Aggregates<Webhook>,
    pub(crate) policies: PolicyBook,
    pub(crate) contact_keys: ContactKeys,
    pub(crate) contact_locks: KeyedLocks,
    pub(crate) conversation_locks: KeyedLocks,
    pub(crate) tail: Tail,
}

impl App {
    /// Puts the use cases together and reads the policies in force.
    ///
    /// # Errors
    /// When the log cannot be read or a policy in force cannot be understood.
    pub async fn new(parts: Parts) -> Result<Self, AppError> {
        let log = parts.store.log();
        let max = parts.cache_aggregates_max;
        let inner = Inner {
            contacts: Aggregates::new(log.clone(), max),
            conversations: Aggregates::new(log.clone(), max),
            tickets: Aggregates::new(log.clone(), max),
            policy_logs: Aggregates::new(log.clone(), max),
            webhooks: Aggregates::new(log.clone(), max),
            policies: PolicyBook::default(),
            contact_keys: ContactKeys::new(max),
            contact_locks: KeyedLocks::default(),
            conversation_locks: KeyedLocks::default(),
            tail: Tail::default(),
            parts,
        };
        let app = Self { inner: Arc::new(inner) };
        app.reload_policies().await?;
        Ok(app)
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    /// Raw mails and long texts.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.parts.blobs
    }

    /// The bytes of a blob, by the SHA-256 in hex that an event names.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none; a fault when its bytes are damaged.
    pub async fn blob(&self, tenant: &str, sha256: &str) -> Result<Bytes, AppError> {
        Ok(self.stored_blob(tenant, sha256).await??)
    }

    /// The bytes of a blob, kept beside the events or in the blob store; what is wrong with the
    /// blob is told apart from a database that does not answer.
    pub(crate) async fn stored_blob(
        &self,
        tenant: &str,
        sha256: &str,
    ) -> Result<Result<Bytes, BlobError>, StoreError> {
        let hash: BlobHash = match sha256.parse() {
            Ok(hash) => hash,
            Err(error) => return Ok(Err(error)),
        };
        match self.store().log().find_blob(tenant, sha256).await? {
            Some(bytes) if BlobHash::of(&bytes) == hash => Ok(Ok(bytes.into())),
            Some(_) => Ok(Err(BlobError::Corrupt { hash })),
            None => Ok(self.blobs().get(tenant, hash).await),
        }
    }

    /// The bytes of a blob; `None` where it is missing or damaged, which `verify` tells apart.
    ///
    /// # Errors
    /// When the database or the blob store does not answer: the blob may be there all the same.
    pub(crate) async fn sound_blob(
        &self,
        tenant: &str,
        sha256: &str,
    ) -> Result<Option<Bytes>, AppError> {
        match self.stored_blob(tenant, sha256).await? {
            Ok(bytes) => Ok(Some(bytes)),
            Err(BlobError::Missing { .. } | BlobError::Corrupt { .. } | BlobError::Invalid(_)) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes raw bytes ready to be kept: small ones go into the append that names them, so that
    /// both are safe by one sync; large ones go to the blob store now.
    pub(crate) async fn keep_raw(
        &self,
        tenant: &str,
        raw: Bytes,
        inline_max: usize,
    ) -> Result<Raw, AppError> {
        let size_bytes = raw.len() as u64;
        if raw.len() > inline_max.min(MAX_LOG_BLOB_BYTES) {
            let sha256 = self.blobs().put(tenant, raw).await?.to_string();
            return Ok(Raw { sha256, size_bytes, inline: None });
        }
        let sha256 = BlobHash::of(&raw).to_string();
        let inline = Some(NewBlob { sha256: sha256.clone(), bytes: raw });
        Ok(Raw { sha256, size_bytes, inline })
    }

    /// Reads raw mail.
    pub fn parser(&self) -> &dyn MailParser {
        self.inner.parts.parser.as_ref()
    }

    /// The policies in force.
    pub fn policies(&self) -> &PolicyBook {
        &self.inner.policies
    }

    pub(crate) async fn load_conversation(
        &self,
        id: ConversationId,
        fresh: bool,
    ) -> Result<Loaded<Conversation>, AppError> {
        let (id, cache) = (id.to_string(), &self.inner.conversations);
        Ok(if fresh { cache.load_fresh(&id).await? } else { cache.load(&id).await? })
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.inner.parts.clock.as_ref()
    }

    pub(crate) fn ids(&self) -> &dyn Ids {
        self.inner.parts.ids.as_ref()
    }
}

/// Raw bytes on their way in.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    /// SHA-256 in hex.
    pub(crate) sha256: String,
    /// Their number.
    pub(crate) size_bytes: u64,
    /// The bytes, where they are to be stored with the events.
    pub(crate) inline: Option<NewBlob>,
}
