//! Which part of an errand this process carries out: shards by lease, shared evenly.

use std::time::Duration;

use casebook_store::{Dialect, Lease, Leases, Store, StoreError};
use tokio::time::Instant;

use super::waiting::Key;

/// How long the only process that writes can be sure of its work.
const ALONE: Duration = Duration::from_secs(3600);
/// How long a lease is held without being renewed.
const TTL: Duration = Duration::from_secs(6);

/// The shards of one errand that this process holds.
pub(crate) struct Attendance {
    /// Whether no other process can write to the database, so that all shards are this one's and
    /// no lease has to be written every other second.
    alone: bool,
    leases: Leases,
    name: &'static str,
    owner: String,
    shards: Vec<Option<Held>>,
}

/// A lease, and until when it is surely held.
struct Held {
    lease: Lease,
    until: Instant,
    /// Nothing new is begun under it; it is given back with the next renewal, so that what is out
    /// can come to its end before others begin.
    is_leaving: bool,
}

impl Attendance {
    pub(crate) fn new(store: &Store, name: &'static str, shards: u32, owner: String) -> Self {
        let shards = (0..shards.max(1)).map(|_| None).collect();
        // The one process that writes to a SQLite file holds its lock.
        let alone = store.dialect() == Dialect::Sqlite;
        Self { alone, leases: store.leases().clone(), name, owner, shards }
    }

    /// Whether an entry is this process's work.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.until(key).is_some_and(|until| until > Instant::now())
    }

    /// Until when an entry is surely this process's work.
    pub(crate) fn until(&self, key: &Key) -> Option<Instant> {
        if self.alone {
            return Some(Instant::now() + ALONE);
        }
        let count = self.shards.len() as u128;
        let shard = usize::try_from(key.as_u128() % count).unwrap_or(0);
        let held = self.shards.get(shard)?.as_ref()?;
        (!held.is_leaving).then_some(held.until)
    }

    /// Keeps what is held, lets go of what is more than a fair share and gives it back the next
    /// time, and takes what is free.
    /// When the database does not answer nothing is held any more: others may have taken over.
    pub(crate) async fn renew(&mut self) -> Result<(), StoreError> {
        if self.alone {
            return Ok(());
        }
        let renewed = self.keep_and_share().await;
        if renewed.is_err() {
            self.shards.iter_mut().for_each(|slot| *slot = None);
        }
        renewed
    }

    async fn keep_and_share(&mut self) -> Result<(), StoreError> {
        for slot in &mut self.shards {
            let Some(held) = slot else { continue };
            if held.is_leaving {
                self.leases.release(&held.lease).await?;
                *slot = None;
                continue;
            }
            // Counted from before the question, so that this process lets go first.
            let until = Instant::now() + TTL;
            match self.leases.renew(&held.lease, TTL).await? {
                true => held.until = until,
                false => *slot = None,
            }
        }
        let share = self.share().await?;
        let mut held = self.shards.iter().flatten().count();
        for (number, slot) in self.shards.iter_mut().enumerate() {
            match slot {
                Some(surplus) if held > share => {
                    surplus.is_leaving = true;
                    held -= 1;
                }
                None if held < share => {
                    let name = format!("{}/{number}", self.name);
                    let until = Instant::now() + TTL;
                    let lease = self.leases.acquire(&name, &self.owner, TTL).await?;
                    *slot = lease.map(|lease| Held { lease, until, is_leaving: false });
                    held += usize::from(slot.is_some());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// How many shards are this process's fair share, all that take part counted.
    async fn share(&self) -> Result<usize, StoreError> {
        if self.shards.len() == 1 {
            return Ok(1);
        }
        let member = format!("{}/member/{}", self.name, self.owner);
        self.leases.acquire(&member, &self.owner, TTL).await?;
        let members = self.leases.count(&format!("{}/member/", self.name)).await?.max(1);
        Ok(self.shards.len().div_ceil(members))
    }

    /// Gives everything back, so that others need not wait until it expires.
    pub(crate) async fn leave(&mut self) {
        if self.alone {
            return;
        }
        for held in self.shards.iter_mut().filter_map(Option::take) {
            let _ = self.leases.release(&held.lease).await;
        }
        let name = format!("{}/member/{}", self.name, self.owner);
        let _ = self.leases.acquire(&name, &self.owner, Duration::ZERO).await;
    }
}
