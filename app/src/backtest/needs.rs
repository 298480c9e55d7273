//! What steps need besides their events: long texts, facts and raw answers, policies of old.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use casebook_domain::backtest::Contender;
use casebook_domain::conversation::Body;
use casebook_domain::policy::Policy;
use casebook_store::BlobHash;
use casebook_store::log::MAX_KEYS;

use super::steps::Step;
use crate::{App, AppError};

/// Versions of the tenant's policy that were in force, by version; `None` for one that cannot be
/// read.
pub(super) type Past = HashMap<String, Option<Arc<Contender>>>;

/// Bytes by their hash, of the steps of one page.
pub(super) type Bytes256 = HashMap<String, Bytes>;

impl App {
    /// The bytes that steps name; those that are missing or damaged are left out.
    pub(super) async fn bytes_of(
        &self,
        tenant: &str,
        steps: &[Step],
    ) -> Result<Bytes256, AppError> {
        let wanted: HashSet<&String> = steps.iter().flat_map(named).collect();
        let wanted: Vec<String> = wanted.into_iter().cloned().collect();
        let mut found = Bytes256::with_capacity(wanted.len());
        for hashes in wanted.chunks(MAX_KEYS) {
            let stored = self.store().log().find_blobs(tenant, hashes).await?;
            let sound =
                |(sha256, bytes): &(String, Vec<u8>)| BlobHash::of(bytes).to_string() == *sha256;
            let stored = stored.into_iter().filter(sound);
            found.extend(stored.map(|(sha256, bytes)| (sha256, Bytes::from(bytes))));
            for sha256 in hashes {
                if !found.contains_key(sha256)
                    && let Some(bytes) = self.sound_blob(tenant, sha256).await?
                {
                    found.insert(sha256.clone(), bytes);
                }
            }
        }
        Ok(found)
    }

    /// Adds the policies that steps name to those that are known.
    pub(super) async fn add_past(
        &self,
        tenant: &str,
        steps: &[Step],
        past: &mut Past,
    ) -> Result<(), AppError> {
        for version in steps.iter().filter_map(version) {
            if past.contains_key(version) {
                continue;
            }
            let json = self.sound_blob(tenant, version).await?;
            let policy = json.and_then(|json| serde_json::from_slice::<Policy>(&json).ok());
            let ready = policy.and_then(|policy| Contender::new(policy).ok());
            past.insert(version.to_owned(), ready.map(Arc::new));
        }
        Ok(())
    }
}

fn named(step: &Step) -> Vec<&String> {
    match step {
        Step::Message(message) => {
            let bodies = [Some(&message.text), message.new_text.as_ref()];
            bodies.into_iter().flatten().filter_map(blob_of).collect()
        }
        Step::Answer(_, decision) => {
            vec![&decision.run.facts_sha256, &decision.run.raw_sha256]
        }
        _ => Vec::new(),
    }
}

fn version(step: &Step) -> Option<&str> {
    match step {
        Step::Message(message) => Some(&message.policy_version),
        Step::Answer(_, decision) => Some(&decision.policy_version),
        Step::Reply(_, _, version) => version.as_deref(),
        _ => None,
    }
}

/// The blob that a body lies in, unless it stands in the event.
const fn blob_of(body: &Body) -> Option<&String> {
    match body {
        Body::Blob { sha256, .. } => Some(sha256),
        Body::Inline(_) => None,
    }
}
