//! What operators learn about a rebuild.

use crate::verify::Comparison;

/// What a rebuild did.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct RebuildReport {
    /// Name of the read model.
    pub name: &'static str,
    /// Version of row and fold that queries saw before.
    pub version_before: u32,
    /// Version that they see now.
    pub version: u32,
    /// Number of the generation that they see now.
    pub generation: u64,
    /// Position at which they were switched.
    pub position: u64,
    /// Rows of the new table before it was caught up.
    pub rows: u64,
    /// Time from the beginning to the switch, in milliseconds.
    pub took_ms: u64,
    /// How old and new rows compare at the same positions; `None` where the definition changed,
    /// so that they must differ, or where the old rows never came as far as the new ones.
    pub comparison: Option<Comparison>,
}
