//! What a classifier is told about a message: all of it comes out of the log.

use casebook_domain::conversation::{Body, ConversationEvent, MessageReceived};
use casebook_domain::event::LogEvent;
use casebook_domain::ids::{ConversationId, MessageId};
use casebook_domain::ticket::Ticket;
use casebook_domain::triage::{EARLIER_LIMIT_MESSAGES, Earlier, MessageFacts};
use casebook_domain::{Personal, subject};
use casebook_store::StreamId;

use crate::{App, AppError, InForce};

/// Events before the end of a conversation among which a message and the ones before it are
/// looked for first.
const REACH: u64 = 100;
/// Events of a conversation that are read at a time.
const PAGE: usize = 1000;

impl App {
    /// The facts about a message, and the idempotency key that its caller gave.
    pub(crate) async fn message_facts(
        &self,
        tenant: &str,
        in_force: &InForce,
        ticket: &Ticket,
        message: MessageId,
    ) -> Result<(MessageFacts, Option<Personal<String>>), AppError> {
        let conversation = ticket.conversation().ok_or(AppError::NotFound("conversation"))?;
        let (received, earlier) = self.thread_up_to(conversation, message).await?;
        let new_text = self.whole_text(tenant, received.new_text.as_ref()).await?;
        let full_text = self.whole_text(tenant, Some(&received.text)).await?;
        let contact = self.inner.contacts.load(&received.contact_id.to_string()).await?;
        let customer = contact.state.context().cloned();
        let policy = &in_force.policy;
        let prefix = policy.sending_for(policy.inbox(ticket.inbox())).subject_prefix;
        let raw_subject = received.subject.as_ref().and_then(|text| text.get());
        let facts = MessageFacts {
            is_existing_customer: customer.is_some(),
            customer,
            subject: raw_subject.and_then(|text| subject::clean(text, prefix, &policy.subjects)),
            new_text: new_text.unwrap_or_else(|| full_text.clone().unwrap_or_default()),
            full_text: full_text.unwrap_or_default(),
            earlier,
            signature: received.signature.as_ref().and_then(|text| text.get().cloned()),
            language: None,
        };
        Ok((facts, received.dedupe_key))
    }

    async fn whole_text(
        &self,
        tenant: &str,
        body: Option<&Body>,
    ) -> Result<Option<String>, AppError> {
        Ok(match body {
            None => None,
            Some(Body::Inline(text)) => text.get().cloned(),
            Some(Body::Blob { sha256, .. }) => {
                let bytes = self.blob(tenant, sha256).await?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
        })
    }

    /// A message, and those of the thread before it, the oldest first.
    async fn thread_up_to(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<(MessageReceived, Vec<Earlier>), AppError> {
        let loaded = self.load_conversation(conversation, false).await?;
        let mut from = loaded.version.saturating_sub(REACH);
        loop {
            match self.find_in(conversation, message, from).await? {
                // Fewer than are wanted may be all there are, or only those within reach: what a
                // model is told must not depend on where the reading began.
                Some((_, earlier)) if from > 0 && earlier.len() < EARLIER_LIMIT_MESSAGES => {}
                Some(found) => return Ok(found),
                None if from == 0 => {
                    // A ticket's message is always in its conversation.
                    return Err(AppError::NotFound("message"));
                }
                None => {}
            }
            from = 0;
        }
    }

    async fn find_in(
        &self,
        conversation: ConversationId,
        message: MessageId,
        mut after: u64,
    ) -> Result<Option<(MessageReceived, Vec<Earlier>)>, AppError> {
        let stream = StreamId::new(ConversationEvent::STREAM_KIND, conversation.to_string());
        let mut earlier = Vec::new();
        loop {
            let events = self.store().log().read_stream(&stream, after, PAGE).await?;
            let Some(last) = events.last() else { return Ok(None) };
            after = last.version;
            for event in &events {
                let decoded = ConversationEvent::decode(
                    &event.event_type,
                    &event.event_version,
                    &event.payload,
                );
                match decoded.map_err(AppError::fault)? {
                    ConversationEvent::MessageReceived(found) if found.message_id == message => {
                        let surplus = earlier.len().saturating_sub(EARLIER_LIMIT_MESSAGES);
                        earlier.drain(..surplus);
                        return Ok(Some((*found, earlier)));
                    }
                    ConversationEvent::MessageReceived(before) => {
                        let text = before.new_words().to_owned();
                        earlier.push(Earlier { ours: false, text });
                    }
                    ConversationEvent::MessageSent(sent) => {
                        earlier.push(Earlier { ours: true, text: sent.text.text().to_owned() });
                    }
                    _ => {}
                }
            }
        }
    }
}
