//! What is to be made of a message: who wrote it, what the gates say, whose work it is.

use std::time::Instant;

use casebook_domain::contact::{Contact, ContactCommand, ContactEvent, RegisterContact};
use casebook_domain::conversation::MailSetAside;
use casebook_domain::gates::{GateFacts, GateInput, GateOutcome};
use casebook_domain::ids::ContactId;
use casebook_domain::intake::{Disposition, Situation, dispose, is_empty};
use casebook_domain::mail::Automatic;
use casebook_domain::ticket::GateCheck;
use casebook_domain::{Personal, subject};
use cqrs_es::Aggregate;

use super::compose::{Incoming, Sender};
use super::events::cut;
use super::place::NewMessage;
use super::receive::ReceivedAs;
use crate::AppError;
use crate::contact::count;

/// The judgement on one message.
pub(super) struct Judgement {
    /// Whether a program wrote it, our own inboxes known.
    pub(super) automatic: Option<Automatic>,
    /// What the gates say.
    pub(super) check: GateCheck,
    /// Whose work it is.
    pub(super) disposition: Disposition,
}

impl Judgement {
    /// What became of the message, for the caller.
    pub(super) const fn outcome(&self) -> ReceivedAs {
        match self.disposition {
            Disposition::SetAside(reason) => ReceivedAs::SetAside(reason),
            Disposition::Ticket | Disposition::Attach => ReceivedAs::Message,
        }
    }
}

/// Whether a person wrote it, so that it counts as a contact.
const fn by_person(automatic: Option<Automatic>) -> bool {
    matches!(automatic, None | Some(Automatic::List))
}

/// Judges a message with the facts that its contact's own stream tells at `contact_version`.
pub(super) fn judge(
    incoming: &Incoming,
    contact: &Contact,
    contact_version: u64,
    known_conversation: bool,
) -> Judgement {
    judge_told(incoming, contact, contact_version, known_conversation, None)
}

/// The same, with gates that are told recorded facts instead, so that a difference in the facts
/// does not hide one in the verdicts.
pub(super) fn judge_told(
    incoming: &Incoming,
    contact: &Contact,
    contact_version: u64,
    known_conversation: bool,
    told: Option<&GateFacts>,
) -> Judgement {
    let automatic = origin(incoming);
    let mail = &incoming.mail;
    let named = mail.to.iter().chain(&mail.cc).map(|person| person.address.as_str());
    let rules = &incoming.route.in_force.policy.subjects;
    let subject = mail.subject.as_deref();
    let subject = subject.and_then(|text| subject::clean(text, prefix(incoming), rules));
    let empty = is_empty(mail, subject.as_deref());
    let counts = by_person(automatic) && !empty && incoming.route.is_inbox;
    let facts = facts(incoming, contact, counts);
    let outcome = verdicts(incoming, told.unwrap_or(&facts));
    let policy_version = incoming.route.in_force.version.clone();
    let check = GateCheck { policy_version, facts, facts_version: contact_version, outcome };
    let disposition = dispose(&Situation {
        addressing: incoming.route.addressing(named),
        automatic,
        empty,
        gated: check.outcome.first().is_some(),
        known_conversation,
    });
    Judgement { automatic, check, disposition }
}

fn facts(incoming: &Incoming, contact: &Contact, counts: bool) -> GateFacts {
    let windows = incoming.route.in_force.gates.windows();
    let mut facts = contact.gate_facts(incoming.at, counts, windows);
    if !counts {
        // What is no contact itself must not be the one that makes the contacts too many.
        facts.contact_times.clear();
    }
    facts
}

fn verdicts(incoming: &Incoming, facts: &GateFacts) -> GateOutcome {
    let mail = &incoming.mail;
    incoming.route.in_force.gates.evaluate(&GateInput {
        subject: mail.subject.as_deref().unwrap_or_default(),
        new_text: &mail.new_text,
        full_text: &mail.text,
        facts,
    })
}

/// What wrote the mail, our own inboxes known.
pub(super) fn origin(incoming: &Incoming) -> Option<Automatic> {
    let sender = incoming.mail.from.first().map_or("", |from| from.address.as_str());
    if incoming.route.in_force.is_own(sender) {
        return Some(Automatic::Own);
    }
    incoming.mail.automatic
}

/// Makes the writer known and counts the message, when it is a person's and somebody's work.
pub(super) fn decide_contact(
    contact: &Contact,
    contact_id: ContactId,
    incoming: &Incoming,
    message: &NewMessage,
    sender: &Sender,
    judgement: &Judgement,
) -> Result<Vec<ContactEvent>, AppError> {
    let name = incoming.customer_name.clone();
    let name = name.or_else(|| incoming.mail.from.first().and_then(|from| from.name.clone()));
    let name = name.map(|name| cut(&name));
    let address = cut(&casebook_domain::address::normalise(&sender.address));
    let mut state = contact.clone();
    let register = ContactCommand::Register(RegisterContact { contact_id, address, name });
    let mut events = state.decide(register).map_err(AppError::fault)?;
    events.iter().cloned().for_each(|event| state.apply(event));
    if judgement.disposition == Disposition::Ticket && by_person(judgement.automatic) {
        let counted = count(message.identity.message_id, incoming.at);
        events.extend(state.decide(counted).map_err(AppError::fault)?);
    }
    Ok(events)
}

/// That the message is nobody's work, and where it is handed on.
pub(super) fn set_aside(
    incoming: &Incoming,
    message: &NewMessage,
    disposition: Disposition,
) -> Option<MailSetAside> {
    let Disposition::SetAside(reason) = disposition else { return None };
    let message_id = message.identity.message_id;
    let forward_to = forward_address(incoming).map(Personal::new);
    Some(MailSetAside { message_id, reason, forward_to })
}

/// Where mail that is nobody's work is handed on; old mail never is.
fn forward_address(incoming: &Incoming) -> Option<String> {
    if !incoming.live {
        return None;
    }
    let policy = &incoming.route.in_force.policy;
    policy.forward_address(policy.inbox(&incoming.route.inbox)).map(str::to_owned)
}

/// The subject prefix that this inbox puts before its own replies.
pub(super) fn prefix(incoming: &Incoming) -> Option<&str> {
    let policy = &incoming.route.in_force.policy;
    policy.sending_for(policy.inbox(&incoming.route.inbox)).subject_prefix
}

/// Milliseconds since an instant.
pub(super) fn millis(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX)
}
