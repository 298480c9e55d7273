//! Identifiers that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

/// What [`fresh`] draws from.
static PROCESS: Ids = Ids::new(0);

/// An identifier that this process has not used yet; the same ones in each run.
pub fn fresh() -> Uuid {
    PROCESS.next()
}

/// Milliseconds since the Unix epoch that all seeded identifiers carry.
const MILLIS: u64 = 1_775_000_000_000;

/// A source of UUIDv7 that repeats itself for the same seed.
#[derive(Debug)]
pub struct Ids {
    seed: u64,
    next: AtomicU64,
}

impl Ids {
    /// Identifiers that depend on `seed` only.
    pub const fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(0) }
    }

    /// The next identifier.
    pub fn next(&self) -> Uuid {
        Self::nth(self.seed, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The identifier that [`Self::next`] gives after `n` others.
    pub fn nth(seed: u64, n: u64) -> Uuid {
        let high = mix(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(n));
        let mut random = [0; 10];
        random[..8].copy_from_slice(&high.to_be_bytes());
        random[8..].copy_from_slice(&mix(high).to_be_bytes()[..2]);
        // The counter makes them differ even if the mixed halves collide.
        random[4..8].copy_from_slice(&u32::try_from(n & 0xFFFF_FFFF).unwrap_or(0).to_be_bytes());
        Builder::from_unix_timestamp_millis(MILLIS + n, &random).into_uuid()
    }
}

/// Spreads the bits of a counter over the whole word (finaliser of SplitMix64).
pub fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
