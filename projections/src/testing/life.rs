//! The life of a ticket as somebody's choices make it: each step asks the ticket for something,
//! and what it allows becomes history.

use casebook_domain::Timestamp;
use casebook_domain::conversation::{ConversationEvent, NoteAdded};
use casebook_domain::ids::{MessageId, NoteId, ReplacementId, derive};
use casebook_domain::ticket::{
    AfterSending, Because, Classified, CustomerReplied, DeliveryCommand, DeliveryOutcome, GateRun,
    JoinTicket, OpenTicket, ReplacementCommand, ReplacementFailed, ReplacementPlaced,
    ReplacementRequested, ReplyApproved, ReplyBounced, ReplyCommand, Ticket, TicketCommand,
    TicketEvent, TriageCommand, TriageFailed, Urgency, WorkCommand,
};
use cqrs_es::Aggregate;

use super::replies::{answer, reply, sent_message};
use super::{History, Mail};

/// Microseconds that pass with each step.
const STEP_MICROS: i64 = 7_000_000;

/// A ticket that somebody works on.
#[derive(Clone, Debug)]
pub struct Life {
    mail: Mail,
    ticket: Ticket,
    history: History,
    now: Timestamp,
    steps: u64,
    /// Replies that were approved, the latest last.
    replies: Vec<ReplyApproved>,
}

impl Life {
    /// A ticket that `mail` opened just now.
    pub fn new(mail: Mail) -> Self {
        let mut history = History::new();
        mail.add_to(&mut history);
        let run = GateRun { execution_duration_ms: 12, ..GateRun::default() };
        let open = OpenTicket { received: mail.received(), run };
        let mut ticket = Ticket::default();
        let open = TicketCommand::Open(Box::new(open));
        for event in ticket.decide(open).unwrap_or_default() {
            ticket.apply(event);
        }
        let now = mail.at;
        Self { mail, ticket, history, now, steps: 0, replies: Vec::new() }
    }

    /// The ticket as its own decisions made it.
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// What happened.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The mail that opened it.
    pub const fn mail(&self) -> &Mail {
        &self.mail
    }

    /// The reply that was approved last.
    pub fn last_reply(&self) -> Option<MessageId> {
        self.replies.last().map(|reply| reply.reply_id)
    }

    /// Asks for what the choice stands for; answers whether anything came of it.
    pub fn choose(&mut self, choice: u8) -> bool {
        self.steps += 1;
        self.now = self.now.plus_micros(STEP_MICROS);
        let variant = choice / 32;
        let command = match choice % 32 {
            0..=3 => self.triage(variant),
            4..=6 => self.write_again(variant),
            7..=9 => self.approve(variant),
            10..=12 => self.start(variant),
            13..=16 => self.record(variant),
            17 => TicketCommand::Reply(ReplyCommand::Withdraw { reply_id: self.some_reply() }),
            18 => self.retry(),
            19 => self.bounce(variant),
            20 | 21 => self.replace(variant),
            22 => return self.note(),
            other => TicketCommand::Work(self.work(other, variant)),
        };
        self.ask(command)
    }

    /// Asks the ticket; answers whether anything came of it.
    pub fn ask(&mut self, command: TicketCommand) -> bool {
        let joined = match &command {
            TicketCommand::Join(join) => Some(join.replied.message_id),
            _ => None,
        };
        let Ok(events) = self.ticket.decide(command) else { return false };
        if events.is_empty() {
            return false;
        }
        self.history.begin_in(&self.mail.tenant, self.mail.conversation_id());
        if joined.is_some() {
            let message = self.further_mail().message();
            let received = ConversationEvent::MessageReceived(Box::new(message));
            self.history.push(self.mail.conversation_id(), &received);
        }
        for event in events {
            self.history.push(self.mail.ticket_id(), &event);
            if let TicketEvent::ReplyApproved(approved) = &event {
                self.replies.push((**approved).clone());
            }
            if let TicketEvent::ReplySent(sent) = &event
                && let Some(reply) = self.replies.iter().find(|r| r.reply_id == sent.reply_id)
            {
                let message = sent_message(&self.mail, reply, sent.sent_at);
                let message = ConversationEvent::MessageSent(Box::new(message));
                self.history.push(self.mail.conversation_id(), &message);
            }
            self.ticket.apply(event);
        }
        true
    }

    /// A further mail of the same thread, another one with each step.
    fn further_mail(&self) -> Mail {
        let number = (self.mail.number + 1) * 100_000 + self.steps;
        let (thread, ticket) = (self.mail.thread, self.mail.ticket);
        Mail { at: self.now, thread, ticket, ..Mail::new(&self.mail.tenant, number) }
    }

    fn some_reply(&self) -> MessageId {
        self.last_reply().unwrap_or_else(|| self.mail.message_id())
    }

    fn triage(&self, variant: u8) -> TicketCommand {
        let message = self.ticket.awaits_triage().unwrap_or_else(|| self.mail.message_id());
        let mut decision = answer(message);
        match variant {
            0 | 1 => {}
            2 | 3 => decision.unsure = true,
            4 => decision.answer.draft_response = "".into(),
            5 => decision.answer.escalation_reason = Some("Asks for a vet".into()),
            _ => {
                return TicketCommand::Triage(TriageCommand::Failed(TriageFailed {
                    message_id: message,
                    policy_version: "p2".to_owned(),
                    provider: "anthropic".to_owned(),
                    attempts: 4,
                    error: "529".to_owned(),
                }));
            }
        }
        let fallback_subject = "Your delivery".to_owned();
        let classified = Classified { decision, fallback_subject };
        TicketCommand::Triage(TriageCommand::Classified(Box::new(classified)))
    }

    fn write_again(&self, variant: u8) -> TicketCommand {
        let mail = self.further_mail();
        let mail = if variant == 0 { mail.gated(&["legal_threat"]) } else { mail };
        let replied = CustomerReplied {
            message_id: mail.message_id(),
            contact_id: mail.contact_id(),
            preview: mail.text.clone().into(),
            received_at: mail.at,
            check: mail.check(),
        };
        let run = GateRun::default();
        TicketCommand::Join(Box::new(JoinTicket { replied, run }))
    }

    fn approve(&self, variant: u8) -> TicketCommand {
        let id = derive(&["reply", &self.mail.number.to_string(), &self.steps.to_string()]);
        let draft = self.ticket.draft().map(|draft| draft.text.as_str());
        let mut approved = reply(&self.mail, MessageId(id), draft, self.now);
        if variant > 5 {
            approved.after = AfterSending::KeepOpen;
        }
        TicketCommand::Reply(ReplyCommand::Approve(Box::new(approved)))
    }

    fn start(&self, variant: u8) -> TicketCommand {
        TicketCommand::Deliver(DeliveryCommand::Start {
            reply_id: self.some_reply(),
            raw_sha256: "05".repeat(32),
            size_bytes: 400,
            // The undo delay is over, and so is any pause between attempts.
            now: self.now.plus_micros(3_600_000_000),
            repeatable: variant != 0,
            attempts_max: 8,
        })
    }

    fn record(&self, variant: u8) -> TicketCommand {
        let attempt = self.ticket.reply().map_or(1, |reply| reply.attempts);
        let outcome = match variant {
            0..=4 => DeliveryOutcome::Sent { answer: "250 Ok".to_owned(), at: self.now },
            _ => DeliveryOutcome::Failed {
                error: "451 later".to_owned(),
                retry_at: (variant > 5).then_some(self.now),
            },
        };
        let reply_id = self.some_reply();
        TicketCommand::Deliver(DeliveryCommand::Record { reply_id, attempt, outcome })
    }

    fn retry(&self) -> TicketCommand {
        let (reply_id, due_at) = (self.some_reply(), self.now);
        TicketCommand::Reply(ReplyCommand::Retry { reply_id, due_at })
    }

    fn bounce(&self, variant: u8) -> TicketCommand {
        TicketCommand::Bounce(ReplyBounced {
            reply_id: self.replies.first().map_or_else(|| self.some_reply(), |r| r.reply_id),
            message_id: self.further_mail().message_id(),
            is_final: variant > 3,
            status: Some("5.1.1".to_owned()),
        })
    }

    fn replace(&self, variant: u8) -> TicketCommand {
        let replacement_id = ReplacementId(derive(&["again", &self.mail.number.to_string()]));
        TicketCommand::Replace(match variant {
            0..=3 => ReplacementCommand::Request(ReplacementRequested {
                replacement_id,
                order_reference: "A-100".into(),
                reason: "It leaked".into(),
                reply_id: self.some_reply(),
            }),
            4 | 5 => ReplacementCommand::RecordFailed(ReplacementFailed {
                replacement_id,
                attempt: 1,
                error: "503".to_owned(),
                retry_at: (variant == 4).then_some(self.now),
            }),
            _ => {
                let (attempt, reference) = (1, None);
                let placed = ReplacementPlaced { replacement_id, attempt, reference };
                ReplacementCommand::RecordPlaced(placed)
            }
        })
    }

    fn note(&mut self) -> bool {
        let note = NoteAdded {
            note_id: NoteId(derive(&["note", &self.mail.tenant, &self.steps.to_string()])),
            ticket_id: self.mail.ticket_id(),
            contact_id: self.mail.contact_id(),
            author: "sam".to_owned(),
            text: "Call the depot".into(),
            written_at: self.now,
        };
        self.history.begin_in(&self.mail.tenant, self.mail.conversation_id());
        self.history.push(self.mail.conversation_id(), &ConversationEvent::NoteAdded(note));
        true
    }

    fn work(&self, choice: u8, variant: u8) -> WorkCommand {
        let agent = if variant < 4 { "sam" } else { "kim" }.to_owned();
        match choice {
            23 => WorkCommand::Claim { agent },
            24 => WorkCommand::Release { agent },
            25 if variant > 5 => WorkCommand::Assign { agent: None, team: None },
            25 => WorkCommand::Assign { agent: Some(agent), team: Some("vets".to_owned()) },
            26 if variant > 3 => {
                WorkCommand::Label { add: vec!["vip".to_owned()], remove: vec!["late".to_owned()] }
            }
            26 => WorkCommand::Label { add: vec!["late".to_owned()], remove: Vec::new() },
            27 => WorkCommand::SetPriority(match variant % 4 {
                0 => Urgency::Urgent,
                1 => Urgency::High,
                2 => Urgency::Normal,
                _ => Urgency::Low,
            }),
            28 if variant > 3 => WorkCommand::Escalate { reason: "Ask the vet".to_owned() },
            28 => WorkCommand::CorrectCategory("quality".to_owned()),
            29 => WorkCommand::AwaitCustomer { agent },
            30 if variant > 3 => WorkCommand::Wake(Because::Agent),
            30 => WorkCommand::Snooze { until: self.now.plus_micros(1), now: self.now },
            _ if variant > 3 => WorkCommand::Reopen,
            _ => WorkCommand::Close { now: self.now },
        }
    }
}

/// Tickets with all kinds of lives, over two tenants.
pub fn worked(from: u64, count: u64) -> History {
    let mut history = History::new();
    for number in from..from + count {
        let tenant = if number % 4 == 0 { "tenant-b" } else { "tenant-a" };
        let mail = Mail::new(tenant, number);
        let mail = if number % 6 == 0 { mail.gated(&["health_blood"]) } else { mail };
        let mut life = Life::new(mail);
        let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for _ in 0..40 {
            // The multiplier of Knuth's MMIX generator; its high bits are well mixed.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            life.choose(state.to_be_bytes()[0]);
        }
        history.extend(life.history);
    }
    history
}
