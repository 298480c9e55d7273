//! A policy that is tried on the past.

use crate::gates::{FactWindows, GateError, GateFacts, GateInput, Gates};
use crate::policy::Policy;
use crate::triage::{Answer, Confidence, MessageFacts, accept};
use crate::{persona, subject};

/// A message as it was recorded.
#[derive(Clone, Copy, Debug)]
pub struct PastMessage<'a> {
    /// The inbox it came in by.
    pub inbox: &'a str,
    /// Subject as it stands in the mail.
    pub subject: Option<&'a str>,
    /// What the person newly wrote.
    pub new_text: &'a str,
    /// The full text.
    pub full_text: &'a str,
    /// What the gates were told about the world.
    pub facts: &'a GateFacts,
}

/// A raw answer of a model as it was recorded.
#[derive(Clone, Copy, Debug)]
pub struct PastAnswer<'a> {
    /// What the checks were told.
    pub facts: &'a MessageFacts,
    /// The answer as it came.
    pub raw: &'a str,
}

/// A reply as it was approved.
#[derive(Clone, Copy, Debug)]
pub struct PastReply<'a> {
    /// The person it went to.
    pub to: &'a str,
    /// The address it left by.
    pub from: &'a str,
    /// Subject as it left.
    pub subject: &'a str,
    /// Subject prefix under the policy of that time.
    pub prefix: Option<&'a str>,
}

/// What a policy makes of a message before anybody else is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageVerdict {
    /// Gates that fire, the most severe first.
    pub gates: Vec<String>,
    /// The customer's subject as a ticket keeps it; `None` when it says nothing.
    pub subject: Option<String>,
    /// Subject of a gated ticket whose customer gave none.
    pub gated_subject: Option<String>,
    /// Category of a gated ticket.
    pub gated_category: String,
}

/// What a policy makes of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerVerdict {
    /// It may be used.
    Accepted {
        /// Code of the category.
        category: String,
        /// How sure.
        confidence: Confidence,
        /// Whether the confidence lies below `thresholds.priority`.
        unsure: bool,
        /// Whether people are notified: below `thresholds.notify`.
        notify: bool,
        /// Whether it reaches `thresholds.autonomy`, in a category that allows that.
        autonomous: bool,
        /// Whether a person must decide.
        escalates: bool,
        /// The draft; blank when there is none to show.
        draft: String,
        /// Subject for a ticket that has none.
        subject: String,
    },
    /// It cannot be used; a model would be asked again, and then a person.
    Refused,
    /// There was none: a person took the message.
    Missing,
}

/// How a policy has a reply leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyVerdict {
    /// Who signs.
    pub persona: String,
    /// Second line of the sign-off.
    pub brand: String,
    /// Subject as it leaves.
    pub subject: String,
}

/// A policy with its gates compiled.
#[derive(Clone, Debug)]
pub struct Contender {
    policy: Policy,
    gates: Gates,
    version: String,
}

impl Contender {
    /// Makes a policy ready.
    ///
    /// # Errors
    /// [`GateError`] when its gates do not compile, which [`Policy::check`] reports, too.
    pub fn new(policy: Policy) -> Result<Self, GateError> {
        let gates = policy.gates.compile()?;
        let version = policy.version().as_str().to_owned();
        Ok(Self { policy, gates, version })
    }

    /// The policy.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How far back its gates look.
    pub const fn windows(&self) -> FactWindows {
        self.gates.windows()
    }

    /// Runs all gates on a message.
    pub fn message(&self, message: &PastMessage<'_>) -> MessageVerdict {
        let outcome = self.gates.evaluate(&GateInput {
            subject: message.subject.unwrap_or_default(),
            new_text: message.new_text,
            full_text: message.full_text,
            facts: message.facts,
        });
        let gates: Vec<String> = outcome.fired().map(str::to_owned).collect();
        let policy = &self.policy;
        let prefix = policy.sending_for(policy.inbox(message.inbox)).subject_prefix;
        let clean = |text| subject::clean(text, prefix, &policy.subjects);
        let gated = (!gates.is_empty()).then(|| policy.escalation_code().to_owned());
        MessageVerdict {
            subject: message.subject.and_then(clean),
            gated_subject: gated
                .as_deref()
                .map(|code| subject::from_category(policy, code, policy.primary_language())),
            gated_category: gated.unwrap_or_default(),
            gates,
        }
    }

    /// Accepts an answer again.
    pub fn answer(&self, answer: &PastAnswer<'_>) -> AnswerVerdict {
        match accept(&self.policy, answer.facts, answer.raw) {
            Ok(accepted) => self.accepted(&accepted.answer),
            Err(_) => AnswerVerdict::Refused,
        }
    }

    /// What follows from an accepted answer.
    pub fn accepted(&self, answer: &Answer) -> AnswerVerdict {
        let policy = &self.policy;
        let limits = policy.thresholds;
        let reviewed = policy.category(&answer.category).is_some_and(|c| c.mandatory_review);
        let suggested = answer.suggested_subject.as_ref().map(|text| text.text());
        let language = policy.primary_language();
        let chosen = subject::choose(policy, None, None, suggested, &answer.category, language);
        let draft = answer.draft_response.text();
        AnswerVerdict::Accepted {
            category: answer.category.clone(),
            confidence: answer.confidence,
            unsure: answer.confidence.is_below(limits.priority),
            notify: answer.confidence.is_below(limits.notify),
            autonomous: !answer.confidence.is_below(limits.autonomy)
                && !answer.escalates()
                && !reviewed
                && !draft.trim().is_empty(),
            escalates: answer.escalates(),
            draft: draft.to_owned(),
            subject: chosen.text,
        }
    }

    /// How a reply would leave; `None` where the policy has no personas.
    pub fn reply(&self, reply: &PastReply<'_>) -> Option<ReplyVerdict> {
        let policy = &self.policy;
        let sending = policy.sending_for(policy.inbox_for_address(reply.from));
        let rules = &policy.subjects;
        let is_answer = reply.subject.starts_with("Re: ");
        let stored = subject::clean(reply.subject, reply.prefix, rules);
        let stored = stored.and_then(|text| subject::clean(&text, sending.subject_prefix, rules));
        let stored = stored.unwrap_or_else(|| {
            let fallback = policy.fallback_category().map_or("", |category| &category.code);
            subject::from_category(policy, fallback, policy.primary_language())
        });
        Some(ReplyVerdict {
            persona: persona::choose(sending.personas, reply.to)?.to_owned(),
            brand: sending.brand.to_owned(),
            subject: subject::outgoing(&stored, sending.subject_prefix, is_answer),
        })
    }
}
