//! Where a message belongs: known already, in a known conversation, or in a new one.

use std::collections::HashMap;

use casebook_domain::conversation::{Conversation, SENT};
use casebook_domain::ids::{ConversationId, MessageId, TicketId};
use casebook_domain::intake::{Identity, conversation_root, identify, key_of};
use casebook_domain::mail::{Automatic, ParsedMail};
use casebook_store::Aggregates;

use super::compose::{Incoming, Sender};
use crate::contact::CONTACT_KEY;
use crate::{App, AppError};

/// Kind of the keys that lead to messages.
pub(crate) const MESSAGE_KEY: &str = "message";

/// What the key of a message stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) conversation_id: ConversationId,
    pub(crate) message_id: MessageId,
    pub(crate) ticket_id: Option<TicketId>,
    pub(crate) content_digest: String,
}

impl Place {
    /// The text that the key stands for in the log.
    pub(crate) fn to_value(&self) -> String {
        let ticket = self.ticket_id.map_or_else(|| "-".to_owned(), |ticket| ticket.to_string());
        format!("{}/{}/{ticket}/{}", self.conversation_id, self.message_id, self.content_digest)
    }

    /// Reads the text that a key stands for.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let mut parts = value.splitn(4, '/');
        Some(Self {
            conversation_id: parts.next()?.parse().ok()?,
            message_id: parts.next()?.parse().ok()?,
            ticket_id: parts.next()?.parse().ok(),
            content_digest: parts.next()?.to_owned(),
        })
    }
}

/// Where a message belongs.
pub(super) enum Placed {
    /// It was here before.
    Known(Place),
    /// It is new.
    New(Box<NewMessage>),
}

/// A message that was not here before.
pub(super) struct NewMessage {
    pub(super) identity: Identity,
    pub(super) conversation_id: ConversationId,
    /// The message that a delivery report is about.
    pub(super) about: Option<Place>,
    /// Whether it answers a message of ours, whose identifier only its receivers know.
    pub(super) answers_ours: bool,
    /// The ticket of the message that it answers.
    pub(super) answered_ticket: Option<TicketId>,
    /// What is remarkable about it.
    pub(super) flags: Vec<String>,
    /// Whether it refers to nothing, so that its conversation follows from its own key: hardly
    /// anybody else can have opened that.
    pub(super) begins: bool,
}

impl App {
    /// Looks the message, what it answers and its sender up by their keys.
    pub(super) async fn place(
        &self,
        incoming: &Incoming,
        sender: &mut Sender,
    ) -> Result<Placed, AppError> {
        let tenant = &incoming.route.in_force.policy.tenant;
        let inbox = &incoming.route.inbox;
        let mail = &incoming.mail;
        let mut identity = identify(tenant, inbox, mail);
        if let Some(own) = &incoming.own_id {
            identity = known_as(tenant, inbox, own.clone(), identity);
        }
        let about = mail.bounce.as_ref().and_then(|report| report.original_message_id.as_deref());
        let mut keys = vec![identity.key.clone()];
        keys.extend(about.iter().map(|id| key_of(inbox, id)));
        keys.extend(identity.answers.iter().map(|id| key_of(inbox, id)));
        let found = self.find_places(tenant, keys, sender).await?;
        let at = |key: &String| found.get(key).and_then(|value| Place::parse(value));

        let mut flags = Vec::new();
        if let Some(known) = at(&identity.key) {
            // Only mail carries its content twice; other transports repeat by identifier alone.
            if known.content_digest == mail.content_digest || incoming.own_id.is_some() {
                return Ok(Placed::Known(known));
            }
            identity = second_content(tenant, inbox, mail, identity);
            let again = self.store().log().find_key(tenant, MESSAGE_KEY, &identity.key).await?;
            if let Some(known) = again.and_then(|value| Place::parse(&value)) {
                return Ok(Placed::Known(known));
            }
            flags.push("same_id_other_content".to_owned());
        }
        let about = about.map(|id| key_of(inbox, id)).and_then(|key| at(&key));
        let answered = identity.answers.iter().find_map(|id| at(&key_of(inbox, id)));
        let answers_ours = answered.as_ref().is_some_and(|place| place.content_digest == SENT);
        let answered_ticket = answered.as_ref().and_then(|place| place.ticket_id);
        let known = about.as_ref().or(answered.as_ref()).map(|place| place.conversation_id);
        let root = match &incoming.thread {
            Some(thread) => thread.as_str(),
            None => conversation_root(mail, &identity),
        };
        let begins = known.is_none() && incoming.thread.is_none() && root == identity.own;
        let conversation_id =
            known.unwrap_or_else(|| ConversationId::of_thread(tenant, inbox, root));
        let message = NewMessage {
            identity,
            conversation_id,
            about,
            answers_ours,
            answered_ticket,
            flags,
            begins,
        };
        Ok(Placed::New(Box::new(message)))
    }

    /// What the keys of messages stand for; the sender, where nobody knows them yet, is looked up
    /// by the same statement.
    async fn find_places(
        &self,
        tenant: &str,
        mut keys: Vec<String>,
        sender: &mut Sender,
    ) -> Result<HashMap<String, String>, AppError> {
        let log = self.store().log();
        let unknown = sender.hash.clone().filter(|hash| self.known_contact(tenant, hash).is_none());
        let Some(hash) = unknown else {
            return Ok(log.find_keys(tenant, MESSAGE_KEY, &keys).await?);
        };
        keys.push(hash.clone());
        let (places, contacts) =
            log.find_keys_of(tenant, [MESSAGE_KEY, CONTACT_KEY], &keys).await?;
        match contacts.get(&hash).and_then(|id| id.parse().ok()) {
            Some(id) => self.remember_contact(tenant, &hash, id),
            None => sender.unknown = true,
        }
        Ok(places)
    }

    /// The conversation that the sender takes part in: the one found, else one of their own
    /// beside it, so that a stranger who quotes an identifier never reads along.
    pub(super) async fn admitted(
        &self,
        incoming: &Incoming,
        message: &mut NewMessage,
        sender: &str,
        fresh: bool,
    ) -> Result<(u64, std::sync::Arc<Conversation>), AppError> {
        let trusted = incoming.thread.is_some()
            || matches!(incoming.mail.automatic, Some(Automatic::Bounce) if message.about.is_some());
        let trusted = trusted || incoming.route.in_force.is_own(sender);
        let takes_part = |state: &Conversation| !state.is_open() || trusted || state.admits(sender);
        let cache = &self.inner.conversations;
        let mut found = if message.begins && !fresh {
            let known = cache.known_or_new(&message.conversation_id.to_string());
            (known.version, known.state)
        } else {
            load(cache, message.conversation_id, fresh).await?
        };
        if !fresh && !takes_part(&found.1) {
            // Another process may have let them in since: nobody is turned away from memory, and
            // no version check would notice, because the conversation beside is another stream.
            found = load(cache, message.conversation_id, true).await?;
        }
        if takes_part(&found.1) {
            return Ok(found);
        }
        if message.answers_ours {
            message.flags.push("new_sender".to_owned());
            return Ok(found);
        }
        let sender = casebook_domain::address::normalise(sender);
        message.conversation_id = ConversationId::beside(message.conversation_id, &sender);
        message.about = None;
        load(cache, message.conversation_id, fresh).await
    }
}

async fn load(
    cache: &Aggregates<Conversation>,
    id: ConversationId,
    fresh: bool,
) -> Result<(u64, std::sync::Arc<Conversation>), AppError> {
    let id = id.to_string();
    let loaded = if fresh { cache.load_fresh(&id).await? } else { cache.load(&id).await? };
    Ok((loaded.version, loaded.state))
}

/// The identity of a mail that carries the Message-ID of another one.
pub(super) fn second_content(
    tenant: &str,
    inbox: &str,
    mail: &ParsedMail,
    first: Identity,
) -> Identity {
    let own = format!("{}#{}", first.own, mail.content_digest);
    known_as(tenant, inbox, own, first)
}

/// The identity under another identifier.
pub(super) fn known_as(tenant: &str, inbox: &str, own: String, identity: Identity) -> Identity {
    let key = key_of(inbox, &own);
    Identity { message_id: MessageId::of_key(tenant, inbox, &key), own, key, ..identity }
}
