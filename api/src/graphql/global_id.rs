//! Identifiers that are unique over all types and tenants.

use std::str::FromStr;

use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use casebook_app::AppError;

use super::error;

/// Longest identifier that is looked at, in bytes.
const BYTES_MAX: usize = 512;

/// Kinds of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ticket,
    SetAsideMail,
    Conversation,
    Message,
    Decision,
    Contact,
    Webhook,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Ticket,
        Self::SetAsideMail,
        Self::Conversation,
        Self::Message,
        Self::Decision,
        Self::Contact,
        Self::Webhook,
    ];

    /// Name of the GraphQL type.
    const fn name(self) -> &'static str {
        match self {
            Self::Ticket => "Ticket",
            Self::SetAsideMail => "SetAsideMail",
            Self::Conversation => "Conversation",
            Self::Message => "Message",
            Self::Decision => "Decision",
            Self::Contact => "Contact",
            Self::Webhook => "Webhook",
        }
    }
}

/// What a global identifier says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GlobalId {
    pub(super) kind: Kind,
    pub(super) tenant: String,
    /// The identifier within its kind, a UUID.
    pub(super) local: String,
}

/// The global identifier of a node.
pub(super) fn encode(kind: Kind, tenant: &str, local: impl ToString) -> ID {
    ID(BASE64.encode(format!("{}:{tenant}:{}", kind.name(), local.to_string())))
}

/// Reads a global identifier; `None` when it is none.
pub(super) fn decode(id: &str) -> Option<GlobalId> {
    if id.len() > BYTES_MAX {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(id.trim_end_matches('=')).ok()?).ok()?;
    let (kind, rest) = text.split_once(':')?;
    let (tenant, local) = rest.rsplit_once(':')?;
    let kind = Kind::ALL.into_iter().find(|known| known.name() == kind)?;
    Some(GlobalId { kind, tenant: tenant.to_owned(), local: local.to_owned() })
}

/// Reads the argument `field`: a global identifier of `kind`, or a bare UUID.
pub(super) fn local<T: FromStr>(field: &str, kind: Kind, id: &ID) -> async_graphql::Result<T> {
    read(field, kind, id).map_err(error::of)
}

/// Reads the field `field` of an input: a global identifier of `kind`, or a bare UUID.
///
/// # Errors
/// `INVALID` with the field named.
pub(super) fn read<T: FromStr>(field: &str, kind: Kind, id: &ID) -> Result<T, AppError> {
    if let Ok(bare) = id.parse() {
        return Ok(bare);
    }
    let global = decode(id).filter(|global| global.kind == kind);
    let parsed = global.and_then(|global| global.local.parse().ok());
    parsed.ok_or_else(|| AppError::invalid(field, format!("is not the id of a {}", kind.name())))
}

#[cfg(test)]
mod tests {
    use casebook_domain::ids::TicketId;

    use super::*;

    const UUID: &str = "0195c1a0-0000-7000-8000-000000000001";

    #[test]
    fn identifiers_come_back() {
        let id = encode(Kind::Ticket, "protocol-raw", UUID);
        let global = decode(&id).expect("a global id");
        assert_eq!((global.kind, global.tenant.as_str()), (Kind::Ticket, "protocol-raw"));
        assert_eq!(global.local, UUID);
        let ticket: TicketId = local("id", Kind::Ticket, &id).expect("a ticket");
        assert_eq!(ticket.to_string(), UUID);
        assert!(local::<TicketId>("id", Kind::Ticket, &ID(UUID.to_owned())).is_ok());
        assert!(local::<TicketId>("id", Kind::Contact, &id).is_err());
    }

    #[test]
    fn what_is_none_is_refused() {
        for id in ["", "x", "====", "VGlja2V0", "\u{fffd}", &"A".repeat(10_000)] {
            assert_eq!(decode(id), None, "{id}");
        }
    }
}
