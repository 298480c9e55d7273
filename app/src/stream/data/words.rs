//! Closed sets of words in public events, each mapped from the domain's.

use casebook_domain::{channel, conversation, draft, mail, ticket};
use schemars::JsonSchema;
use serde::Serialize;

/// Makes a public enum with a conversion from the domain's, which must name every word.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident from $source:path { $($(#[$doc:meta])* $item:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $item,)* }

        impl From<$source> for $name {
            fn from(value: $source) -> Self {
                match value { $(<$source>::$item => Self::$item,)* }
            }
        }
    };
}

words! {
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

words! {
    /// Which way a message went.
    Direction from conversation::Direction {
        /// From the contact to us.
        Inbound,
        /// From us to the contact, seen on its way back in.
        Outbound,
    }
}

words! {
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
        /// Nothing in it.
        Empty,
    }
}

words! {
    /// Which program wrote a message.
    Automatic from mail::Automatic {
        /// An out-of-office notice or another automatic answer.
        AutoReply,
        /// A mail server, about a mail that could not be delivered.
        Bounce,
        /// A mailing list, a newsletter or other bulk mail.
        List,
        /// One of our own inboxes.
        Own,
    }
}

words! {
    /// How urgent an agent says a ticket is.
    Urgency from ticket::Urgency {
        /// Counts as priority 1.
        Urgent,
        /// Counts as priority 1.
        High,
        /// As triage found.
        Normal,
        /// Never above priority 3.
        Low,
    }
}

words! {
    /// Why something happened to a ticket.
    Because from ticket::Because {
        /// The customer wrote.
        Customer,
        /// An agent said so.
        Agent,
        /// The time had come.
        Time,
    }
}

words! {
    /// What becomes of the ticket once the reply is out.
    AfterSending from ticket::AfterSending {
        /// It is resolved.
        Resolve,
        /// It stays open and waits for the customer.
        KeepOpen,
    }
}

words! {
    /// What stopped a reply that waited.
    HeldBecause from ticket::HeldBecause {
        /// The customer wrote again.
        CustomerWrote,
        /// Somebody escalated the ticket.
        Escalated,
    }
}

words! {
    /// How the model's draft was used.
    DraftUsage from draft::DraftUsage {
        /// Unchanged.
        SentAsIs,
        /// More than 70 % of the draft's words are in the reply.
        MinorEdits,
        /// 20 % to 70 % of them are.
        MajorRewrite,
        /// Less than 20 % of them are.
        Replaced,
        /// There was no draft.
        NoDraft,
    }
}
