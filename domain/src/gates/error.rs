//! What can be wrong with a gate policy, said so that its author finds the place.

/// A gate policy that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// Not TOML, or not of the policy's form (unknown or missing keys, wrong types).
    #[error("gate policy: {0}")]
    Toml(String),
    /// Two gates share a code.
    #[error("gate `{0}` is defined twice")]
    DuplicateCode(String),
    /// A code with other characters than small letters, digits and underscores, or none.
    #[error("gate code `{0}` must be small letters, digits and underscores, at most 64")]
    BadCode(String),
    /// A gate without a reason or without rules, or a rule that asks for nothing.
    #[error("{place}: {what} is missing")]
    Missing {
        /// Where in the policy.
        place: String,
        /// What is missing.
        what: &'static str,
    },
    /// A pattern that does not follow the pattern language.
    #[error("{place}: pattern `{pattern}`: {what}")]
    Pattern {
        /// Where in the policy.
        place: String,
        /// The pattern as written.
        pattern: String,
        /// What is wrong with it.
        what: String,
    },
    /// A reference to a list or guard that does not exist.
    #[error("{place}: there is no {kind} `{name}`")]
    Unknown {
        /// Where in the policy.
        place: String,
        /// `list` or `guard`.
        kind: &'static str,
        /// The name referred to.
        name: String,
    },
    /// Lists or guards that contain themselves, or are nested too deep.
    #[error("{place}: {kind} `{name}` contains itself or is nested too deep")]
    TooDeep {
        /// Where in the policy.
        place: String,
        /// `list` or `guard`.
        kind: &'static str,
        /// The name at which the limit was reached.
        name: String,
    },
    /// A size limit of the policy is passed.
    #[error("{place}: more than {limit} {what}")]
    Limit {
        /// Where in the policy.
        place: String,
        /// What is counted.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A threshold or window outside its range.
    #[error("{place}: {what} must be between 1 and {max}")]
    Range {
        /// Where in the policy.
        place: String,
        /// The field.
        what: &'static str,
        /// Its largest value.
        max: u32,
    },
}
