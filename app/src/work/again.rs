//! An approval made again from the recorded text, ticket and policy.

use casebook_domain::policy::Policy;
use casebook_domain::ticket::{ReplyApproved, Ticket};

use super::approve::{ApproveReply, Token, approval};
use crate::AppError;

/// The approval that must follow from its recorded inputs: the text, the agent and their wish, the
/// time, the random identifier and the thread it answers in. `ticket` is as it stood before.
///
/// # Errors
/// When nothing could have been approved like this.
pub(crate) fn approve_again(
    policy: &Policy,
    ticket: &Ticket,
    recorded: &ReplyApproved,
) -> Result<ReplyApproved, AppError> {
    let request = ApproveReply {
        text: recorded.text.text().to_owned(),
        after: Some(recorded.after),
        replacement: None,
    };
    let digits = recorded.external_id.split('@').next().unwrap_or_default();
    let bits = u128::from_str_radix(digits, 16).unwrap_or_default();
    let token = Token { reply_id: recorded.reply_id, bits };
    let by = (recorded.approved_by.as_str(), recorded.approved_at);
    let mut again = approval(policy, ticket, &request, token, by)?;
    again.in_reply_to.clone_from(&recorded.in_reply_to);
    again.references.clone_from(&recorded.references);
    Ok(again)
}
