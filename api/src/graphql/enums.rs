//! Closed sets of words, each mapped from the domain's.

use async_graphql::Enum;
use casebook_app::queries;
use casebook_domain::{channel, conversation, gates, mail, ticket};

/// Makes a GraphQL enum with conversions from, and on request to, the domain's.
macro_rules! mapped {
    ($(#[$meta:meta])* $name:ident from $source:path { $($(#[$doc:meta])* $item:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub(super) enum $name { $($(#[$doc])* $item,)* }

        impl From<$source> for $name {
            fn from(value: $source) -> Self {
                match value { $(<$source>::$item => Self::$item,)* }
            }
        }

        impl From<$name> for $source {
            fn from(value: $name) -> Self {
                match value { $($name::$item => Self::$item,)* }
            }
        }
    };
}

pub(super) use mapped;

mapped! {
    /// Where a ticket stands.
    TicketStatus from ticket::Status {
        /// Received, no decision yet.
        New,
        /// Classified, waits for an agent.
        Pending,
        /// An agent works on it.
        InProgress,
        /// A gate fired or an escalation reason was given.
        Escalated,
        /// Answered.
        Resolved,
        /// Closed without an answer.
        Closed,
    }
}

mapped! {
    /// How a person writes to us.
    Channel from channel::Channel {
        /// Electronic mail.
        Email,
        /// The chat box on a website.
        WebWidget,
        /// WhatsApp.
        Whatsapp,
        /// Telegram.
        Telegram,
        /// A program of the tenant.
        Api,
    }
}

mapped! {
    /// Why a message is nobody's work.
    SetAsideReason from conversation::SetAside {
        /// Addressed to an address of the tenant that is no inbox.
        OtherAddress,
        /// An automatic answer that answers nothing we know.
        AutoReply,
        /// A delivery report about nothing we know.
        Bounce,
        /// List mail that is not addressed to the inbox itself.
        List,
        /// Mail from one of our own inboxes.
        Own,
        /// Nothing in it: a calendar invitation, a read receipt, an empty body.
        Empty,
    }
}

mapped! {
    /// Why a message was not written by a person to be answered by one.
    Automatic from mail::Automatic {
        /// An out-of-office notice or another automatic answer.
        AutoReply,
        /// A delivery report about a mail that could not be delivered.
        Bounce,
        /// Mail of a mailing list, a newsletter or other bulk mail.
        List,
        /// Mail that one of our own inboxes sent.
        Own,
    }
}

mapped! {
    /// Which way a message went.
    Direction from conversation::Direction {
        /// From the contact to us.
        Inbound,
        /// From us to the contact.
        Outbound,
    }
}

mapped! {
    /// What a conversation shows of its ticket.
    ConversationStatus from queries::ShownStatus {
        /// Somebody has to act.
        Open,
        /// The contact has the next word.
        Pending,
        /// Put off until later.
        Snoozed,
        /// Nothing is left to do.
        Resolved,
    }
}

mapped! {
    /// How a decision was made.
    DecisionKind from queries::DecisionKind {
        /// A gate fired; no model was asked.
        Gated,
        /// A model or the built-in classifier answered.
        Classified,
    }
}

mapped! {
    /// What came of an attempt to hand a reply over.
    AttemptOutcome from queries::AttemptOutcome {
        /// None is recorded: it is under way, or the process that made it ended. The next attempt then
        /// hands over the same Message-ID.
        Open,
        /// The server took the reply.
        Sent,
        /// The server did not take it, or was not reached.
        Failed,
        /// Nobody can tell.
        Unknown,
    }
}

mapped! {
    /// How far the last replacement that was asked for has come.
    ReplacementState from queries::ReplacementState {
        /// Waits for its reply to go out, or for the next attempt.
        Requested,
        /// The tenant's system took it.
        Placed,
        /// The tenant's system did not take it, and will not be asked again: an agent has to.
        Failed,
    }
}

mapped! {
    /// How far the last approved reply has come.
    ReplyState from queries::ReplyState {
        /// Waits until its undo delay is over.
        Approved,
        /// Is being handed over.
        Sending,
        /// An attempt failed and another one follows.
        Retrying,
        /// The last attempt failed.
        Failed,
        /// Nobody can tell whether it went out.
        Unknown,
        /// Stopped because the ticket moved.
        Held,
        /// Taken back.
        Withdrawn,
        /// Out.
        Sent,
        /// Out, and a delivery report came back.
        Bounced,
    }
}

mapped! {
    /// How far handing a message on has come.
    ForwardState from queries::ForwardState {
        /// To be handed on, or tried again.
        Pending,
        /// Handed on.
        Forwarded,
        /// Given up after the last attempt.
        Failed,
    }
}

mapped! {
    /// Which text words stand in.
    MatchPlace from gates::MatchPlace {
        /// The subject.
        Subject,
        /// The text that the policy's gates read.
        Text,
    }
}
