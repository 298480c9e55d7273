//! What stands between two words of a text.

/// What stands between two words, as flags.
#[derive(Clone, Copy, Default)]
pub(super) struct Gap(u8);

impl Gap {
    /// White space of any kind.
    pub const SPACE: Self = Self(1);
    /// A line break.
    pub const NEWLINE: Self = Self(2);
    /// Two line breaks or more.
    pub const PARAGRAPH: Self = Self(4);
    /// A mark that parts clauses.
    pub const PAUSE: Self = Self(8);
    /// A full stop, which may also stand within a name or number.
    pub const STOP: Self = Self(16);
    /// A mark that always ends a sentence.
    pub const HARD_STOP: Self = Self(32);

    /// Adds what a flag says.
    #[inline]
    pub const fn add(&mut self, flag: Self) {
        self.0 |= flag.0;
    }

    /// Whether a flag is set.
    #[inline]
    pub const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    /// Whether words before and after it surely stand in one clause.
    #[inline]
    pub const fn joins(self) -> bool {
        self.0 <= Self::SPACE.0 | Self::NEWLINE.0
    }
}
