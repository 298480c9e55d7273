//! Mails as the events that taking them in makes.

use casebook_domain::channel::Channel;
use casebook_domain::contact::{
    Contact, ContactCommand, ContactEvent, ContactWrote, CustomerContext, RegisterContact,
};
use casebook_domain::conversation::{
    Body, Conversation, ConversationCommand, ConversationOpened, Direction, MailForwarded,
    MailSetAside, MessageReceived, Receipt, ReceiveMessage, SetAside,
};
use casebook_domain::gates::{Finding, GateFacts, GateOutcome, GateVerdict};
use casebook_domain::ids::{ContactId, ConversationId, MessageId, TicketId, derive};
use casebook_domain::mail::{Mailbox, TextSource};
use casebook_domain::ticket::{
    CustomerReplied, GateCheck, GateRun, OpenTicket, Ticket, TicketCommand, TicketEvent,
    TicketReceived,
};
use casebook_domain::{Personal, Timestamp};

use super::History;

/// One mail of a made-up customer.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Tenant it comes to.
    pub tenant: String,
    /// Number of the mail, unique within the tenant.
    pub number: u64,
    /// Number of the first mail of its thread.
    pub thread: u64,
    /// Number of the mail that opened its ticket.
    pub ticket: u64,
    /// Codes of the gates that fire.
    pub gates: Vec<String>,
    /// Why it is nobody's work, if so; it is then handed on.
    pub set_aside: Option<SetAside>,
    /// When it comes.
    pub at: Timestamp,
    /// Its words.
    pub text: String,
}

impl Mail {
    /// The first mail of a thread, without gates.
    pub fn new(tenant: &str, number: u64) -> Self {
        let seconds = 1_775_000_000 + i64::try_from(number).unwrap_or(0) * 60;
        Self {
            tenant: tenant.to_owned(),
            number,
            thread: number,
            ticket: number,
            gates: Vec::new(),
            set_aside: None,
            at: Timestamp::from_seconds(seconds),
            text: format!("Where is my box number {number}?"),
        }
    }

    /// The same with gates that fire.
    #[must_use]
    pub fn gated(mut self, codes: &[&str]) -> Self {
        self.gates = codes.iter().map(ToString::to_string).collect();
        self
    }

    /// The same as an answer within an earlier thread.
    #[must_use]
    pub fn in_thread(mut self, thread: u64) -> Self {
        (self.thread, self.ticket) = (thread, thread);
        self
    }

    /// The same as the beginning of a further ticket within an earlier thread.
    #[must_use]
    pub fn after_thread(mut self, thread: u64) -> Self {
        self.thread = thread;
        self
    }

    /// The same as nobody's work.
    #[must_use]
    pub fn set_aside(mut self, reason: SetAside) -> Self {
        self.set_aside = Some(reason);
        self
    }

    /// The message.
    pub fn message_id(&self) -> MessageId {
        MessageId(derive(&["message", &self.tenant, &self.number.to_string()]))
    }

    /// The thread it belongs to.
    pub fn conversation_id(&self) -> ConversationId {
        ConversationId(derive(&["conversation", &self.tenant, &self.thread.to_string()]))
    }

    /// The ticket that it opened or joined.
    pub fn ticket_id(&self) -> TicketId {
        TicketId(derive(&["ticket", &self.tenant, &self.ticket.to_string()]))
    }

    /// Who writes.
    pub fn contact_id(&self) -> ContactId {
        ContactId(derive(&["contact", &self.tenant, &self.thread.to_string()]))
    }

    /// Adds the events of taking it in, as one append.
    pub fn add_to(&self, history: &mut History) {
        history.begin_in(&self.tenant, self.conversation_id());
        self.add_contact(history);
        let received = ConversationCommand::Receive(Box::new(ReceiveMessage {
            opening: self.opening(),
            message: self.message(),
            set_aside: self.set_aside.map(|reason| MailSetAside {
                message_id: self.message_id(),
                reason,
                forward_to: Some("desk@elsewhere.example".into()),
            }),
            bounce: None,
        }));
        let mut events = Conversation::default().decide(received).unwrap_or_default();
        if self.is_answer() {
            // The thread is open already.
            events.remove(0);
        }
        for event in events {
            history.push(self.conversation_id(), &event);
        }
        if self.set_aside.is_none() {
            self.add_ticket(history);
        } else {
            let message_id = self.message_id();
            let done = MailForwarded { message_id, attempt: 1, answer: "250 Ok".to_owned() };
            let event = casebook_domain::conversation::ConversationEvent::MailForwarded(done);
            history.push(self.conversation_id(), &event);
        }
    }

    /// Adds only the events of its ticket, as one append.
    pub fn add_ticket_to(&self, history: &mut History) {
        history.begin_in(&self.tenant, self.conversation_id());
        self.add_ticket(history);
    }

    fn is_answer(&self) -> bool {
        self.thread != self.number
    }

    fn address(&self) -> String {
        format!("customer{}@mail.example", self.thread)
    }

    fn add_contact(&self, history: &mut History) {
        if !self.is_answer() {
            let register = ContactCommand::Register(RegisterContact {
                contact_id: self.contact_id(),
                address: self.address(),
                name: Some(format!("Customer {}", self.thread)),
            });
            for event in Contact::default().decide(register).unwrap_or_default() {
                history.push(self.contact_id(), &event);
            }
        }
        let wrote = ContactWrote { message_id: self.message_id(), at: self.at };
        history.push(self.contact_id(), &ContactEvent::ContactWrote(wrote));
        if self.number % 7 == 3 {
            let context =
                CustomerContext { first_name: Some("Ada".into()), ..CustomerContext::default() };
            let changed = casebook_domain::contact::ContactContextChanged {
                context: Personal::new(context),
                source: "import".to_owned(),
            };
            history.push(self.contact_id(), &ContactEvent::ContactContextChanged(changed));
        }
    }

    fn opening(&self) -> ConversationOpened {
        ConversationOpened {
            conversation_id: self.conversation_id(),
            inbox: "hello".to_owned(),
            channel: Channel::Email,
            contact_id: self.contact_id(),
            subject: Some(format!("Box {}", self.thread).into()),
        }
    }

    pub(super) fn message(&self) -> MessageReceived {
        let mailbox =
            |name: Option<String>, address: String| Personal::new(Mailbox { name, address });
        MessageReceived {
            message_id: self.message_id(),
            contact_id: self.contact_id(),
            direction: Direction::Inbound,
            ticket_id: self.set_aside.is_none().then(|| self.ticket_id()),
            receipt: Receipt {
                sha256: format!("{:064x}", self.number),
                size_bytes: 2_000,
                received_at: self.at,
                transport: "smtp".to_owned(),
                envelope_from: None,
                envelope_to: None,
            },
            external_id: Some(format!("{}@mail.example", self.number).into()),
            answers: Vec::new(),
            from: mailbox(Some(format!("Customer {}", self.thread)), self.address()),
            reply_to: Vec::new(),
            to: vec![mailbox(None, "hello@shop.example".to_owned())],
            cc: Vec::new(),
            subject: Some(format!("Box {}", self.thread).into()),
            sent_at: Some(self.at),
            text: Body::Inline(self.text.clone().into()),
            new_text: None,
            signature: None,
            text_source: TextSource::Plain,
            attachments: Vec::new(),
            automatic: None,
            flags: Vec::new(),
            content_digest: format!("{:064x}", self.number),
            dedupe_key: None,
        }
    }

    pub(super) fn check(&self) -> GateCheck {
        let verdict = |code: &String| GateVerdict {
            code: code.clone(),
            finding: Some(Finding {
                code: code.clone(),
                reason: format!("Reason of {code}"),
                ..Finding::default()
            }),
        };
        GateCheck {
            policy_version: "p1".to_owned(),
            facts: GateFacts::first_contact(self.at),
            facts_version: 1,
            outcome: GateOutcome { verdicts: self.gates.iter().map(verdict).collect() },
        }
    }

    pub(super) fn received(&self) -> TicketReceived {
        TicketReceived {
            ticket_id: self.ticket_id(),
            conversation_id: self.conversation_id(),
            message_id: self.message_id(),
            contact_id: self.contact_id(),
            inbox: "hello".to_owned(),
            channel: Channel::Email,
            customer_email: self.address().into(),
            customer_name: Some(format!("Customer {}", self.thread).into()),
            subject: Some(format!("Box {}", self.thread).into()),
            preview: self.text.clone().into(),
            email_message_id: Some(format!("{}@mail.example", self.number).into()),
            received_at: self.at,
            check: self.check(),
        }
    }

    fn add_ticket(&self, history: &mut History) {
        let dedupe_key = Some("key".to_owned());
        let run = GateRun { execution_duration_ms: 12, dedupe_key, subject: None };
        let open = TicketCommand::Open(Box::new(OpenTicket { received: self.received(), run }));
        let mut events = Ticket::default().decide(open).unwrap_or_default();
        if self.ticket != self.number {
            // An answer leads to the same, but for how it begins.
            events[0] = TicketEvent::CustomerReplied(Box::new(CustomerReplied {
                message_id: self.message_id(),
                contact_id: self.contact_id(),
                preview: self.text.clone().into(),
                received_at: self.at,
                check: self.check(),
            }));
        }
        for event in events {
            history.push(self.ticket_id(), &event);
        }
    }
}

/// Many mails of every kind: gated, answered, set aside, over two tenants.
pub fn mixed(from: u64, count: u64) -> History {
    let mut history = History::new();
    for number in from..from + count {
        let tenant = if number % 5 == 0 { "tenant-b" } else { "tenant-a" };
        let mail = Mail::new(tenant, number);
        let mail = match number % 10 {
            1 => mail.gated(&["health_blood", "legal_threat"]),
            4 => mail.set_aside(SetAside::AutoReply),
            // Mail 10n+6 and 10n+7 answer 10n+1 (gated) and 10n+2.
            6 | 7 if number >= from + 5 => mail.in_thread(number - 5),
            8 if number >= from + 6 => mail.in_thread(number - 6).gated(&["media_threat"]),
            _ => mail,
        };
        mail.add_to(&mut history);
    }
    history
}
