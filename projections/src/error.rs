//! What can go wrong with a read model. Texts are free of personal data.

use casebook_store::StoreError;
use thiserror::Error;

/// Why a read model could not do what it was asked.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no read model of this name.
    #[error("there is no read model {name}")]
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// The read model did not reach the position in time.
    #[error("read model {name} did not reach position {position} in time; it stands at {reached}")]
    Timeout {
        /// Name of the read model.
        name: String,
        /// Position that was waited for.
        position: u64,
        /// Position that it has reached.
        reached: u64,
    },
    /// The read model stands still and needs an operator.
    #[error("read model {name} stands still at position {position}: {reason}")]
    Stopped {
        /// Name of the read model.
        name: String,
        /// Position that it has reached.
        position: u64,
        /// Why.
        reason: String,
    },
    /// Another writer took over.
    #[error("read model {name} is written by another process now")]
    TakenOver {
        /// Name of the read model.
        name: String,
    },
    /// The read models are being stopped.
    #[error("the read models are being stopped")]
    Stopping,
}
