//! Both verdicts on each step. Pure; a page of steps is judged on all cores at once.

use std::borrow::Cow;
use std::sync::Arc;

use casebook_domain::backtest::{
    AnswerVerdict, Contender, HumanStep, Ledger, MessageVerdict, PastAnswer, PastMessage,
    PastReply, ReplyVerdict, Seen,
};
use casebook_domain::conversation::Body;
use casebook_domain::draft::DraftUsage;
use casebook_domain::ids::{MessageId, TicketId};
use casebook_domain::ticket::{GATED_CATEGORY, ReplyApproved, TicketClassified};
use casebook_domain::triage::MessageFacts;

use super::needs::{Bytes256, Past};
use super::steps::{MessageStep, Step};

/// The policies of a run.
pub(super) struct Trial {
    /// The policy that is tried.
    pub(super) after: Contender,
    /// The policy that it is held against, instead of what was recorded.
    pub(super) against: Option<Contender>,
}

/// What a page of steps is judged with.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) trial: Arc<Trial>,
    pub(super) past: Arc<Past>,
    pub(super) bytes: Arc<Bytes256>,
}

/// A step with its verdicts.
pub(super) enum Judged {
    Message {
        ticket: TicketId,
        message: MessageId,
        position: u64,
        opens: bool,
        before: MessageVerdict,
        after: MessageVerdict,
        /// Whether the tried policy's gates look further back than the recorded facts reach.
        short: bool,
    },
    Answer(TicketId, MessageId, AnswerVerdict, AnswerVerdict),
    Reply(TicketId, DraftUsage, ReplyVerdict, Option<ReplyVerdict>),
    Human(TicketId, HumanStep),
    Unread(&'static str),
}

impl Judged {
    /// Enters the step into the ledger.
    pub(super) fn enter(&self, tenant: &str, ledger: &mut Ledger) {
        match self {
            Self::Message { ticket, message, position, opens, before, after, .. } => {
                let (ticket, message, position) = (*ticket, *message, *position);
                let seen = Seen { tenant, ticket, message, position, opens: *opens };
                ledger.message(&seen, before, after);
            }
            Self::Answer(ticket, message, before, after) => {
                ledger.answer((*ticket, *message), before, after);
            }
            Self::Reply(ticket, usage, before, after) => {
                ledger.reply(*ticket, *usage, before, after.as_ref());
            }
            Self::Human(ticket, step) => ledger.human(*ticket, *step),
            Self::Unread(_) => {}
        }
    }
}

impl Means {
    /// Judges a step.
    pub(super) fn judge(&self, step: &Step) -> Judged {
        match step {
            Step::Message(message) => {
                self.message(message).unwrap_or(Judged::Unread("text_missing"))
            }
            Step::Answer(ticket, decision) => {
                self.answer(*ticket, decision).unwrap_or(Judged::Unread("answer_missing"))
            }
            Step::Unanswered(ticket, message) => {
                let missing = || AnswerVerdict::Missing;
                Judged::Answer(*ticket, *message, missing(), missing())
            }
            Step::Reply(ticket, approved, version) => {
                self.reply(*ticket, approved, version.as_deref())
            }
            Step::Human(ticket, step) => Judged::Human(*ticket, *step),
            Step::Unread(reason, _) => Judged::Unread(reason),
        }
    }

    fn text<'a>(&'a self, body: &'a Body) -> Option<Cow<'a, str>> {
        match body {
            Body::Inline(text) => text.get().map(|text| Cow::Borrowed(text.as_str())),
            Body::Blob { sha256, .. } => {
                self.bytes.get(sha256).map(|bytes| String::from_utf8_lossy(bytes))
            }
        }
    }

    fn known(&self, version: Option<&str>) -> Option<&Contender> {
        self.past.get(version?)?.as_deref()
    }

    fn message(&self, step: &MessageStep) -> Option<Judged> {
        let full_text = self.text(&step.text)?;
        let new_text = match &step.new_text {
            None => full_text.clone(),
            Some(body) => self.text(body)?,
        };
        let past = PastMessage {
            inbox: &step.inbox,
            subject: step.subject.as_deref(),
            new_text: &new_text,
            full_text: &full_text,
            facts: &step.facts,
        };
        let known = self.known(Some(&step.policy_version));
        let (wanted, had) = (self.trial.after.windows(), known.map(Contender::windows));
        let short = had.is_some_and(|had| {
            had.contact_days < wanted.contact_days || had.credit_days < wanted.credit_days
        });
        let before = match &self.trial.against {
            Some(against) => against.message(&past),
            None => recorded(step, known),
        };
        Some(Judged::Message {
            ticket: step.ticket,
            message: step.message,
            position: step.position,
            opens: step.opens,
            before,
            after: self.trial.after.message(&past),
            short,
        })
    }

    fn answer(&self, ticket: TicketId, decision: &TicketClassified) -> Option<Judged> {
        let facts = self.bytes.get(&decision.run.facts_sha256)?;
        let facts: MessageFacts = serde_json::from_slice(facts).ok()?;
        let raw = String::from_utf8_lossy(self.bytes.get(&decision.run.raw_sha256)?);
        let past = PastAnswer { facts: &facts, raw: &raw };
        let before = match &self.trial.against {
            Some(against) => against.answer(&past),
            // The thresholds of that time tell what followed; what was accepted is recorded.
            None => match self.known(Some(&decision.policy_version)) {
                Some(known) => known.accepted(&decision.answer),
                // Of a policy that cannot be read any more, it is recorded how sure it was.
                None => with_doubt(self.trial.after.accepted(&decision.answer), decision.unsure),
            },
        };
        let after = self.trial.after.answer(&past);
        Some(Judged::Answer(ticket, decision.message_id, before, after))
    }

    fn reply(&self, ticket: TicketId, approved: &ReplyApproved, version: Option<&str>) -> Judged {
        let known = self.known(version).map(Contender::policy);
        let inbox = known.and_then(|policy| policy.inbox_for_address(&approved.from.address));
        let past = PastReply {
            to: approved.to.get().map_or("", |to| to.address.as_str()),
            from: &approved.from.address,
            subject: approved.subject.text(),
            prefix: known.and_then(|policy| policy.sending_for(inbox).subject_prefix),
        };
        let recorded = || ReplyVerdict {
            persona: approved.persona.clone(),
            brand: approved.from.name.clone().unwrap_or_default(),
            subject: approved.subject.text().to_owned(),
        };
        let before = self.trial.against.as_ref().and_then(|against| against.reply(&past));
        let before = before.unwrap_or_else(recorded);
        let after = self.trial.after.reply(&past);
        Judged::Reply(ticket, approved.comparison.usage, before, after)
    }
}

fn with_doubt(mut verdict: AnswerVerdict, recorded: bool) -> AnswerVerdict {
    if let AnswerVerdict::Accepted { unsure, .. } = &mut verdict {
        *unsure = recorded;
    }
    verdict
}

/// What was made of a message at that time.
fn recorded(step: &MessageStep, known: Option<&Contender>) -> MessageVerdict {
    let escalation = known.map_or(GATED_CATEGORY, |known| known.policy().escalation_code());
    let gated = step.gated.as_ref();
    let subject = gated.and_then(|gated| gated.subject.as_ref()).and_then(|text| text.get());
    MessageVerdict {
        gates: step.outcome.fired().map(str::to_owned).collect(),
        subject: step.stored_subject.clone(),
        gated_subject: subject.cloned(),
        gated_category: if gated.is_some() { escalation.to_owned() } else { String::new() },
    }
}
