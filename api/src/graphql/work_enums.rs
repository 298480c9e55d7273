//! Closed sets of words about triage and the work on tickets, each mapped from the domain's.

use async_graphql::Enum;
use casebook_domain::{draft, ticket, triage};

use super::enums::mapped;

mapped! {
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

mapped! {
    /// What becomes of a ticket once a reply is out.
    AfterSending from ticket::AfterSending {
        /// It is resolved.
        Resolve,
        /// It stays open and waits for the customer.
        KeepOpen,
    }
}

mapped! {
    /// How a draft was used.
    DraftUsage from draft::DraftUsage {
        /// Unchanged.
        SentAsIs,
        /// More than 70 % of its words are in the reply.
        MinorEdits,
        /// 20 % to 70 % of them are.
        MajorRewrite,
        /// Less than 20 % of them are.
        Replaced,
        /// There was none.
        NoDraft,
    }
}

mapped! {
    /// What a check of a model's answer found.
    CheckOutcome from triage::CheckOutcome {
        /// Nothing to object to.
        Passed,
        /// Something was put right.
        Repaired,
        /// The draft is not shown.
        Withheld,
        /// The answer was not accepted.
        Refused,
    }
}
