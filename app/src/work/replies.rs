//! Taking a reply back, and having a failed or held one sent after all.

use casebook_domain::ids::MessageId;
use casebook_domain::ticket::{ReplyCommand, TicketCommand};

use super::execute::{Done, Found, OnTicket, Plan};
use crate::repeats::Asked;
use crate::{Access, App, AppError};

impl App {
    /// Takes an approved reply back, as long as its delivery has not begun.
    ///
    /// # Errors
    /// `CONFLICT` when it is too late, `NOT_FOUND` when the reply does not wait on this ticket.
    pub async fn withdraw_reply(
        &self,
        access: &Access,
        on: &OnTicket,
        reply_id: MessageId,
    ) -> Result<Done, AppError> {
        let asked = Asked::new("WithdrawReply", &[reply_id]);
        self.reply_command(access, on, &asked, ReplyCommand::Withdraw { reply_id }).await
    }

    /// Has a failed or held reply, or one whose fate nobody knows, sent after all.
    ///
    /// # Errors
    /// `CONFLICT` when it needs no help, `NOT_FOUND` when the reply does not wait on this ticket.
    pub async fn retry_reply(
        &self,
        access: &Access,
        on: &OnTicket,
        reply_id: MessageId,
    ) -> Result<Done, AppError> {
        let asked = Asked::new("RetryReply", &[reply_id]);
        let due_at = self.clock().now();
        self.reply_command(access, on, &asked, ReplyCommand::Retry { reply_id, due_at }).await
    }

    async fn reply_command(
        &self,
        access: &Access,
        on: &OnTicket,
        asked: &Asked,
        command: ReplyCommand,
    ) -> Result<Done, AppError> {
        let decide = |found: Found| {
            let decided = found.state.decide(TicketCommand::Reply(command.clone()));
            let plan = decided.map(Plan::from).map_err(|error| found.refused(&error));
            std::future::ready(plan)
        };
        self.on_ticket(access, on, asked, decide).await
    }
}
