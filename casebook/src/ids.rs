//! Random identifiers: the one place that draws random numbers.

use casebook_app::Ids;
use uuid::Uuid;

/// Identifiers from the system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

#[expect(clippy::disallowed_methods, reason = "the one place that draws random numbers")]
impl Ids for RandomIds {
    fn ordered(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn random(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn secret(&self) -> [u8; 32] {
        rand::random()
    }
}

/// A random number from 0 up to 1, for jitter.
#[expect(clippy::disallowed_methods, reason = "the one place that draws random numbers")]
pub fn fraction() -> f64 {
    rand::random()
}
