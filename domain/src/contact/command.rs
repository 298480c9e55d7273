//! What can be asked of a contact, and what it answers.

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use thiserror::Error;

use super::{
    Contact, ContactContextChanged, ContactEvent, ContactRegistered, ContactWrote, CustomerContext,
};
use crate::Personal;
use crate::ids::ContactId;

/// What can be asked of a contact.
#[derive(Clone, Debug, PartialEq)]
pub enum ContactCommand {
    /// Make the person known; a repeat changes nothing.
    Register(RegisterContact),
    /// Count a message of the person; a repeat changes nothing.
    CountMessage(ContactWrote),
    /// Take over what the tenant's business knows.
    ChangeContext {
        /// All that is known now.
        context: Box<CustomerContext>,
        /// Where it comes from.
        source: String,
    },
}

/// See [`ContactCommand::Register`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterContact {
    /// Random identifier to be used.
    pub contact_id: ContactId,
    /// Normalised address.
    pub address: String,
    /// Name as the person writes it.
    pub name: Option<String>,
}

/// Why a contact refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ContactError {
    /// The contact is not known.
    #[error("the contact does not exist")]
    NotFound,
}

impl Contact {
    /// Decides what a command leads to. Pure: the same state and command give the same events.
    ///
    /// # Errors
    /// [`ContactError`] when the command does not fit the state.
    pub fn decide(&self, command: ContactCommand) -> Result<Vec<ContactEvent>, ContactError> {
        match command {
            ContactCommand::Register(_) if self.exists() => Ok(Vec::new()),
            ContactCommand::Register(register) => {
                Ok(vec![ContactEvent::ContactRegistered(ContactRegistered {
                    contact_id: register.contact_id,
                    address: register.address.into(),
                    name: register.name.map(Personal::new),
                })])
            }
            _ if !self.exists() => Err(ContactError::NotFound),
            ContactCommand::CountMessage(wrote) if self.has_counted(wrote.message_id) => {
                Ok(Vec::new())
            }
            ContactCommand::CountMessage(wrote) => Ok(vec![ContactEvent::ContactWrote(wrote)]),
            ContactCommand::ChangeContext { context, .. } if self.context() == Some(&context) => {
                Ok(Vec::new())
            }
            ContactCommand::ChangeContext { context, source } => {
                Ok(vec![ContactEvent::ContactContextChanged(ContactContextChanged {
                    context: Personal::new(*context),
                    source,
                })])
            }
        }
    }
}

impl Aggregate for Contact {
    const TYPE: &'static str = "contact";
    type Command = ContactCommand;
    type Event = ContactEvent;
    type Error = ContactError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.evolve(&event);
    }
}
