//! Blobs: raw mails, attachments, prompts and everything else too large for an event.
//!
//! Content-addressed: the key is `tenant/<sha256>`, so a blob never changes and a read can check
//! what it gets. A put answers only when the bytes are safe.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Where blobs are kept; section `[blobs]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlobSettings {
    /// `file:PATH` (or just a path) for a local folder, `s3://BUCKET[/PREFIX]` for S3; the keys and
    /// the endpoint of S3 come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT`, ...).
    pub url: String,
    /// Whether a local blob is on disk (file and folder) before it is reported as stored.
    pub fsync: bool,
    /// Largest blob, in bytes.
    pub max_bytes: usize,
}

impl Default for BlobSettings {
    fn default() -> Self {
        Self { url: "./data/blobs".into(), fsync: true, max_bytes: 64 * 1024 * 1024 }
    }
}

/// SHA-256 of a blob; in text 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobHash([u8; 32]);

impl BlobHash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BlobHash {
    type Err = BlobError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash)
            .map_err(|_| BlobError::Invalid("a blob's hash has 64 hexadecimal digits".into()))?;
        Ok(Self(hash))
    }
}

/// Why a blob could not be stored or read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlobError {
    /// No space is left; nothing was stored.
    #[error("no space is left for blobs; nothing was stored")]
    Full,
    /// There is no such blob.
    #[error("blob {hash} is missing")]
    Missing {
        /// Its hash.
        hash: BlobHash,
    },
    /// The stored bytes have another hash.
    #[error("blob {hash} is damaged")]
    Corrupt {
        /// The hash that it should have.
        hash: BlobHash,
    },
    /// The blob is larger than allowed.
    #[error("a blob of {bytes} bytes is larger than the limit of {limit}")]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The settings or the request are malformed.
    #[error("{0}")]
    Invalid(String),
    /// The store of blobs cannot be reached now.
    #[error("blobs are not available: {0}")]
    Unavailable(String),
}

/// The store of blobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    max_bytes: usize,
    local: bool,
}

impl Blobs {
    /// Opens the store, creating a local folder if it is missing.
    ///
    /// # Errors
    /// [`BlobError::Invalid`] for settings that mean nothing, [`BlobError::Unavailable`] when the
    /// folder cannot be made.
    pub fn open(settings: &BlobSettings) -> Result<Self, BlobError> {
        let (store, prefix, local): (Arc<dyn ObjectStore>, Path, bool) =
            match settings.url.strip_prefix("s3://") {
                Some(rest) => {
                    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                    let store = AmazonS3Builder::from_env()
                        .with_bucket_name(bucket)
                        .build()
                        .map_err(|error| BlobError::Invalid(error.to_string()))?;
                    (Arc::new(store), Path::from(prefix), false)
                }
                None => (Arc::new(local_store(settings)?), Path::default(), true),
            };
        Ok(Self { store, prefix, max_bytes: settings.max_bytes, local })
    }

    /// Whether the blobs lie in a folder of this machine, which other hosts cannot see.
    pub const fn is_local(&self) -> bool {
        self.local
    }

    /// Stores `bytes` for `tenant`. A blob that is present already is not written again.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`], [`BlobError::Full`] (nothing is left behind),
    /// [`BlobError::Unavailable`].
    pub async fn put(&self, tenant: &str, bytes: Bytes) -> Result<BlobHash, BlobError> {
        if bytes.len() > self.max_bytes {
            return Err(BlobError::TooLarge { bytes: bytes.len(), limit: self.max_bytes });
        }
        let hash = BlobHash::of(&bytes);
        let path = self.path(tenant, hash)?;
        let size = bytes.len() as u64;
        match self.store.head(&path).await {
            Ok(present) if present.size == size => return Ok(hash),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(failure(hash, &error)),
        }
        crate::limits::survive_file_size_limit();
        // On a task of its own: a caller that goes away must not leave half a file behind.
        let store = Arc::clone(&self.store);
        let put = tokio::spawn(async move { store.put(&path, PutPayload::from(bytes)).await });
        match put.await {
            Ok(Ok(_)) => Ok(hash),
            Ok(Err(error)) => Err(failure(hash, &error)),
            Err(_) => Err(BlobError::Unavailable("storing a blob failed".into())),
        }
    }

    /// The bytes of a blob, checked against its hash.
    ///
    /// # Errors
    /// [`BlobError::Missing`], [`BlobError::Corrupt`], [`BlobError::Unavailable`].
    pub async fn get(&self, tenant: &str, hash: BlobHash) -> Result<Bytes, BlobError> {
        let path = self.path(tenant, hash)?;
        let found = self.store.get(&path).await.map_err(|error| failure(hash, &error))?;
        let bytes = found.bytes().await.map_err(|error| failure(hash, &error))?;
        if BlobHash::of(&bytes) != hash {
            return Err(BlobError::Corrupt { hash });
        }
        Ok(bytes)
    }

    /// Whether a blob is present; its content is not checked.
    ///
    /// # Errors
    /// [`BlobError::Unavailable`].
    pub async fn exists(&self, tenant: &str, hash: BlobHash) -> Result<bool, BlobError> {
        match self.store.head(&self.path(tenant, hash)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failure(hash, &error)),
        }
    }

    fn path(&self, tenant: &str, hash: BlobHash) -> Result<Path, BlobError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if tenant.is_empty() || !tenant.bytes().all(plain) {
            return Err(BlobError::Invalid("the name of a tenant is a plain word".into()));
        }
        Ok(self.prefix.clone().join(tenant).join(hash.to_string()))
    }
}

fn local_store(settings: &BlobSettings) -> Result<LocalFileSystem, BlobError> {
    let url = &settings.url;
    let path = url.strip_prefix("file:").unwrap_or(url);
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains("://") {
        return Err(BlobError::Invalid("blobs need file:PATH or s3://BUCKET".into()));
    }
    let unavailable = |reason: String| BlobError::Unavailable(format!("the folder: {reason}"));
    std::fs::create_dir_all(path).map_err(|error| unavailable(error.to_string()))?;
    let store =
        LocalFileSystem::new_with_prefix(path).map_err(|error| unavailable(error.to_string()))?;
    Ok(store.with_fsync(settings.fsync))
}

/// Finds out what a failure means, from the system's error at the bottom of it.
fn failure(hash: BlobHash, error: &object_store::Error) -> BlobError {
    if matches!(error, object_store::Error::NotFound { .. }) {
        return BlobError::Missing { hash };
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
            return match io.kind() {
                StorageFull | FileTooLarge | QuotaExceeded => BlobError::Full,
                kind => BlobError::Unavailable(kind.to_string()),
            };
        }
        source = inner.source();
    }
    BlobError::Unavailable("the store of blobs gave an error".into())
}

#[cfg(test)]
#[path = "blobs_tests.rs"]
mod tests;
