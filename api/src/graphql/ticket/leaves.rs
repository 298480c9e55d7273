//! The fields of a ticket that are known at once and hold no others.

use async_graphql::parser::types::Field;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, Value};
use futures::FutureExt;

use super::Ticket;

/// Gives the value of a field by its own resolver; `None` when that fails or must wait.
pub(in crate::graphql) type Leaf =
    fn(&Ticket, &ContextSelectionSet<'_>, &Positioned<Field>) -> Option<Value>;

macro_rules! leaves {
    ($($name:literal => $resolver:ident,)*) => {
        /// How a field is known at once, where it is.
        pub(in crate::graphql) fn leaf(name: &str) -> Option<Leaf> {
            match name {
                $($name => Some(|ticket, ctx, field| {
                    let own = ctx.with_field(field);
                    let value = ticket.$resolver(&own).now_or_never()?.ok()?;
                    OutputType::resolve(&value, ctx, field).now_or_never()?.ok()
                }),)*
                _ => None,
            }
        }
    };
}

leaves! {
    "id" => id,
    "uuid" => uuid,
    "tenant" => tenant,
    "status" => status,
    "priority" => priority,
    "inbox" => inbox,
    "channel" => channel,
    "subject" => subject,
    "customerEmail" => customer_email,
    "customerName" => customer_name,
    "preview" => preview,
    "receivedAt" => received_at,
    "lastMessageAt" => last_message_at,
    "messageCount" => message_count,
    "category" => category,
    "confidence" => confidence,
    "gateCode" => gate_code,
    "gateCodes" => gate_codes,
    "escalationReason" => escalation_reason,
    "decided" => decided,
    "unsure" => unsure,
    "escalated" => escalated,
    "draft" => draft,
    "draftUsage" => draft_usage,
    "modelUsed" => model_used,
    "policyVersion" => policy_version,
    "executionDurationMs" => execution_duration_ms,
    "assignee" => assignee,
    "team" => team,
    "urgency" => urgency,
    "awaitingCustomer" => awaiting_customer,
    "snoozedUntil" => snoozed_until,
    "replyId" => reply_id,
    "replyState" => reply_state,
    "replyDueAt" => reply_due_at,
    "replyError" => reply_error,
    "replacementState" => replacement_state,
    "replacementError" => replacement_error,
    "replyCount" => reply_count,
    "firstReplyAt" => first_reply_at,
    "resolvedAt" => resolved_at,
    "labels" => labels,
    "emailMessageId" => email_message_id,
    "dedupeKey" => dedupe_key,
    "isOutbound" => is_outbound,
    "version" => version,
    "position" => position,
    "setAsideReason" => set_aside_reason,
}

#[cfg(test)]
mod tests {
    use super::leaf;

    #[test]
    fn every_field_without_fields_is_known_at_once() {
        let sdl = crate::graphql::sdl();
        let holds_fields = |name: &str| {
            sdl.contains(&format!("\ntype {name} "))
                || sdl.contains(&format!("\ninterface {name} "))
        };
        let (_, ticket) = sdl.split_once("\ntype Ticket ").expect("the type");
        let (ticket, _) = ticket.split_once("\n}").expect("its end");
        let fields = ticket.lines().filter_map(|line| line.trim().split_once(": "));
        let mut known = 0;
        for (name, of) in fields.filter(|(name, _)| name.chars().all(char::is_alphanumeric)) {
            let of = of.split(' ').next().unwrap_or_default().replace(['[', ']', '!'], "");
            assert_eq!(leaf(name).is_none(), holds_fields(&of), "{name}: {of}");
            known += usize::from(leaf(name).is_some());
        }
        assert!(known > 40, "{known}");
    }
}
