//! Blobs in a local folder: content addressing, damage, and a disk that is full.

use std::path::PathBuf;

use super::*;

/// A folder of its own for one test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("casebook-blobs-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn open(&self, max_bytes: usize) -> Blobs {
        let url = format!("file:{}", self.0.display());
        Blobs::open(&BlobSettings { url, fsync: true, max_bytes }).expect("open")
    }

    fn files(&self, tenant: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join(tenant)).expect("folder of the tenant");
        entries
            .map(|entry| entry.expect("entry").file_name().into_string().expect("name"))
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind at worst; the system clears its temporary folder.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn what_is_put_is_found_by_its_hash() {
    let folder = Folder::new("put");
    let blobs = folder.open(100);
    let hash = blobs.put("acme", Bytes::from_static(b"hello")).await.expect("put");
    assert_eq!(hash, blobs.put("acme", Bytes::from_static(b"hello")).await.expect("again"));
    assert_eq!(
        hash.to_string(),
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    assert_eq!(hash.to_string().parse::<BlobHash>(), Ok(hash));
    assert_eq!(blobs.get("acme", hash).await.expect("get"), "hello");
    assert_eq!(folder.files("acme"), [hash.to_string()]);
    assert!(blobs.exists("acme", hash).await.expect("exists"));
    assert!(!blobs.exists("other", hash).await.expect("exists"));
    assert_eq!(blobs.get("other", hash).await, Err(BlobError::Missing { hash }));
}

#[tokio::test]
async fn damage_is_noticed_and_mended_by_putting_again() {
    let folder = Folder::new("damage");
    let blobs = folder.open(100);
    let hash = blobs.put("acme", Bytes::from_static(b"hello")).await.expect("put");
    std::fs::write(folder.0.join("acme").join(hash.to_string()), "hell").expect("cut it short");
    assert_eq!(blobs.get("acme", hash).await, Err(BlobError::Corrupt { hash }));
    blobs.put("acme", Bytes::from_static(b"hello")).await.expect("put");
    assert_eq!(blobs.get("acme", hash).await.expect("get"), "hello");
}

#[tokio::test]
async fn limits_and_names_are_checked() {
    let folder = Folder::new("limits");
    let blobs = folder.open(4);
    let large = blobs.put("acme", Bytes::from_static(b"hello")).await;
    assert_eq!(large, Err(BlobError::TooLarge { bytes: 5, limit: 4 }));
    for tenant in ["", "..", "a/b"] {
        let refused = blobs.put(tenant, Bytes::from_static(b"x")).await;
        assert!(matches!(refused, Err(BlobError::Invalid(_))), "{tenant}");
    }
    let ftp = BlobSettings { url: "ftp://x".into(), ..BlobSettings::default() };
    assert!(matches!(Blobs::open(&ftp), Err(BlobError::Invalid(_))));
}

#[test]
fn no_space_is_told_apart_from_other_failures() {
    let hash = BlobHash::of(b"");
    let with = |kind: io::ErrorKind| object_store::Error::Generic {
        store: "test",
        source: Box::new(io::Error::from(kind)),
    };
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::FileTooLarge] {
        assert_eq!(failure(hash, &with(kind)), BlobError::Full);
    }
    let denied = failure(hash, &with(io::ErrorKind::PermissionDenied));
    assert!(matches!(denied, BlobError::Unavailable(_)));
}
