//! How a repeat of a command is known: by the key that its caller gave, and by what it asks for.

use casebook_domain::ids::derive;
use casebook_store::RecordedCommand;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{App, AppError};

/// Longest idempotency key, in bytes.
const KEY_BYTES_MAX: usize = 200;

/// What a command is called and what it asks for.
pub(crate) struct Asked {
    pub(crate) name: &'static str,
    pub(crate) fingerprint: String,
}

impl Asked {
    /// A command by its name and everything that it asks for.
    pub(crate) fn new(name: &'static str, what: &impl serde::Serialize) -> Self {
        let text = serde_json::to_vec(&(name, what)).unwrap_or_default();
        Self { name, fingerprint: hex::encode(Sha256::digest(text)) }
    }
}

impl App {
    /// The identifier of a command on something: the same for the same key, else a new one.
    ///
    /// # Errors
    /// `INVALID` for a blank key, and for one of more than 200 bytes.
    pub(crate) fn command_id(&self, on: &[&str], key: Option<&str>) -> Result<Uuid, AppError> {
        let Some(key) = key else { return Ok(self.ids().ordered()) };
        if key.trim().is_empty() || key.len() > KEY_BYTES_MAX {
            let message = format!("use 1 to {KEY_BYTES_MAX} bytes");
            return Err(AppError::invalid("idempotencyKey", message));
        }
        Ok(derive(&[on, &[key]].concat()))
    }

    /// The command that was carried out before under an identifier.
    ///
    /// # Errors
    /// `IDEMPOTENCY_MISMATCH` when it asked for something else.
    pub(crate) async fn command_before(
        &self,
        command_id: Uuid,
        asked: &Asked,
    ) -> Result<Option<RecordedCommand>, AppError> {
        let before = self.store().log().find_command(command_id).await?;
        match before {
            Some(before) if before.fingerprint != asked.fingerprint => {
                Err(AppError::IdempotencyMismatch)
            }
            before => Ok(before),
        }
    }
}
