//! Contacts, conversations, policies and webhook subscriptions as auditors see them.

use super::{Collect, Facts};
use crate::contact::Contact;
use crate::conversation::Conversation;
use crate::policy_log::PolicyLog;
use crate::webhook::Webhook;

/// The facts of a contact; none before its first event.
pub fn of_contact(contact: &Contact) -> Facts {
    let mut facts = Collect::default();
    if contact.exists() {
        facts.add("address", contact.address());
        facts.add("name", contact.name());
        facts.add("customer", contact.context());
        facts.add("countedMessages", contact.counted_messages());
    }
    Facts::new(facts.0, &["address", "name", "customer"])
}

/// The facts of a conversation; none before its first event.
pub fn of_conversation(conversation: &Conversation) -> Facts {
    let mut facts = Collect::default();
    if conversation.is_open() {
        facts.add("contact", conversation.contact());
        facts.add("inbox", conversation.inbox());
        facts.add("channel", conversation.channel().name());
        facts.add("openTicket", conversation.open_ticket());
        facts.add("messages", conversation.message_count());
        facts.add("forwarded", conversation.count_messages(|message| message.forwarded));
        facts.add("bounced", conversation.count_messages(|message| message.bounced));
        facts.add("notes", conversation.note_count());
        facts.add("participants", conversation.participants());
    }
    Facts::new(facts.0, &["participants"])
}

/// The facts of a tenant's policy log; none before its first event.
pub fn of_policy(log: &PolicyLog) -> Facts {
    let mut facts = Collect::default();
    if let Some(version) = log.in_force() {
        facts.add("inForce", version);
        facts.add("name", log.versions().get(version));
        facts.add("versions", log.versions().len());
    }
    Facts::new(facts.0, &[])
}

/// The facts of a webhook subscription that its [decisions](crate::webhook::WebhookEvent::DECISIONS)
/// tell; none before its first event.
pub fn of_webhook(webhook: &Webhook) -> Facts {
    let mut facts = Collect::default();
    if webhook.exists() {
        let subscription = webhook.subscription();
        facts.add("url", &subscription.url);
        facts.add("types", &subscription.types);
        facts.add("personal", subscription.personal);
        facts.add("description", &subscription.description);
        facts.add("standing", webhook.standing());
        facts.add("secret", webhook.generation());
        facts.add("secretKey", webhook.key_id());
        facts.add("previousSecretUntil", webhook.previous_until());
        facts.add("run", webhook.run());
    }
    Facts::new(facts.0, &[])
}
