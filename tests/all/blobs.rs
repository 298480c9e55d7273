//! Blobs: by hash, whole or not at all, checked when read.

use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use casebook_store::{BlobError, BlobHash, BlobSettings, Blobs};
use tempfile::TempDir;
use tokio::task::JoinSet;

fn open(folder: &TempDir) -> Blobs {
    let url = format!("file:{}", folder.path().display());
    Blobs::open(&BlobSettings { url, max_bytes: 1_000_000, ..BlobSettings::default() })
        .expect("the folder opens")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// All files beneath a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("entry"));
    entries
        .flat_map(|entry| match entry.file_type().expect("a type").is_dir() {
            true => files(&entry.path()),
            false => vec![entry.path()],
        })
        .collect()
}

#[tokio::test]
async fn blob_comes_back_by_its_hash() {
    let folder = folder();
    let blobs = open(&folder);
    for content in [&b""[..], b"hello", &[0, 255, 13, 10], &[7; 999_999]] {
        let hash = blobs.put("acme", Bytes::copy_from_slice(content)).await.expect("stored");
        assert_eq!(hash, BlobHash::of(content));
        assert_eq!(blobs.get("acme", hash).await.expect("read"), content);
        assert!(blobs.exists("acme", hash).await.expect("asked"));
        let other = blobs.get("other", hash).await;
        assert_eq!(other, Err(BlobError::Missing { hash }), "a tenant sees its own only");
    }
    let known = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(BlobHash::of(b"hello").to_string(), known);
    assert!(folder.path().join("acme").join(known).is_file(), "the key is tenant/sha256");
    assert_eq!(files(folder.path()).len(), 4, "nothing else is left");
}

#[tokio::test]
async fn blob_that_is_present_is_not_written_again() {
    let folder = folder();
    let blobs = open(&folder);
    let hash = blobs.put("acme", Bytes::from_static(b"hello")).await.expect("stored");
    let file = files(folder.path()).remove(0);
    let written = std::fs::metadata(&file).expect("the file").modified().expect("a time");
    for _ in 0..3 {
        assert_eq!(blobs.put("acme", Bytes::from_static(b"hello")).await, Ok(hash));
    }
    assert_eq!(std::fs::metadata(&file).expect("the file").modified().expect("a time"), written);
}

#[tokio::test]
async fn damaged_blob_is_detected() {
    let folder = folder();
    let blobs = open(&folder);
    let hash = blobs.put("acme", Bytes::from_static(b"hello")).await.expect("stored");
    let file = files(folder.path()).remove(0);
    for damage in [&b"hellO"[..], b"hell", b""] {
        std::fs::write(&file, damage).expect("damaged");
        assert_eq!(blobs.get("acme", hash).await, Err(BlobError::Corrupt { hash }));
    }
    blobs.put("acme", Bytes::from_static(b"hello")).await.expect("stored again");
    assert_eq!(blobs.get("acme", hash).await.expect("mended"), &b"hello"[..]);
    std::fs::remove_file(&file).expect("removed");
    assert_eq!(blobs.get("acme", hash).await, Err(BlobError::Missing { hash }));
    assert!(!blobs.exists("acme", hash).await.expect("asked"));
}

#[tokio::test]
async fn too_large_blob_is_refused() {
    let folder = folder();
    let blobs = open(&folder);
    let refused = blobs.put("acme", Bytes::from(vec![1; 1_000_001])).await;
    assert_eq!(refused, Err(BlobError::TooLarge { bytes: 1_000_001, limit: 1_000_000 }));
    blobs.put("acme", Bytes::from(vec![1; 1_000_000])).await.expect("just small enough");
    assert_eq!(files(folder.path()).len(), 1);
}

#[tokio::test]
async fn names_of_tenants_do_not_lead_elsewhere() {
    let folder = folder();
    let blobs = open(&folder);
    for tenant in ["..", "a/b", "", "/etc", "a\0", "a b"] {
        let refused = blobs.put(tenant, Bytes::from_static(b"hello")).await;
        assert!(matches!(refused, Err(BlobError::Invalid(_))), "{tenant:?}: {refused:?}");
    }
    assert!(files(folder.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_the_same_blob_agree() {
    let folder = folder();
    let blobs = open(&folder);
    let mut writers = JoinSet::new();
    for writer in 0..40_u8 {
        let blobs = blobs.clone();
        writers.spawn(async move {
            let content = Bytes::from(vec![writer % 4; 50_000]);
            let put = blobs.put("acme", content.clone());
            // Some of the callers go away in the middle.
            if writer % 5 == 4 {
                let _ = tokio::time::timeout(std::time::Duration::from_micros(200), put).await;
            } else {
                let hash = put.await.expect("stored");
                assert_eq!(blobs.get("acme", hash).await.expect("read"), content);
            }
        });
    }
    writers.join_all().await;
    casebook_tests::wait::until("temporary files to go", || async {
        (files(folder.path()).len() == 4).then_some(())
    })
    .await;
    for kind in 0..4_u8 {
        let content = vec![kind; 50_000];
        assert_eq!(blobs.get("acme", BlobHash::of(&content)).await.expect("read"), content);
    }
}

#[test]
fn full_disk_is_told_and_leaves_nothing() {
    let folder = folder();
    // The shell limits the size of files to 64 blocks of at most 1024 bytes, as a full disk would.
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 64 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_fill_blobs")])
        .arg(folder.path())
        .arg("200000")
        .output()
        .expect("the shell runs");
    let lines = String::from_utf8(output.stdout).expect("text");
    assert_eq!(lines.lines().collect::<Vec<_>>(), ["stored", "Full", "stored"], "{lines}");
    assert_eq!(files(folder.path()).len(), 2, "nothing of the large one is left");
}
