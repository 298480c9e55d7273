//! Why a WebSocket is closed.

/// A code and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

impl Close {
    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }

    /// This process is about to stop (RFC 6455 section 7.4.1).
    pub(super) const GOING_AWAY: Self = Self::new(1001, "Going away");
    /// All seats are taken (1013 of the IANA registry of close codes).
    pub(super) const FULL: Self = Self::new(1013, "Try again later");
    /// What was received is no message of the protocol.
    pub(super) const BAD_MESSAGE: Self = Self::new(4400, "Invalid message");
    /// An operation before the connection was acknowledged.
    pub(super) const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    /// The credentials open nothing.
    pub(super) const FORBIDDEN: Self = Self::new(4403, "Forbidden");
    /// The client speaks another protocol.
    pub(super) const OTHER_PROTOCOL: Self = Self::new(4406, "Subprotocol not acceptable");
    /// No `connection_init` in time.
    pub(super) const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    /// An operation of this id is under way.
    pub(super) const ID_TAKEN: Self = Self::new(4409, "Subscriber already exists for this id");
    /// A second `connection_init`.
    pub(super) const SECOND_INIT: Self = Self::new(4429, "Too many initialisation requests");
    /// The client takes nothing of what it asked for; a code of our own.
    pub(super) const TOO_SLOW: Self = Self::new(4508, "Too slow");
}
