//! Both sides of every ticket, and what humans did with it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::contender::{AnswerVerdict, MessageVerdict, ReplyVerdict};
use super::names::Names;
use super::side::{DraftChange, Outcome, Side};
use crate::draft::DraftUsage;
use crate::ids::{MessageId, TicketId};

/// What humans did with a ticket in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Human {
    /// An agent passed it on to those who decide.
    Escalated,
    /// The draft was sent unchanged.
    SentAsIs,
    /// The draft was sent with changes, or another text in its place.
    Edited,
    /// A reply was sent, and there was no draft.
    OwnWords,
    /// It was closed without a reply.
    Closed,
    /// Nobody has dealt with it yet.
    Open,
}

impl Human {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Escalated, Self::SentAsIs, Self::Edited, Self::OwnWords, Self::Closed, Self::Open];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Escalated => "escalated",
            Self::SentAsIs => "sent_as_is",
            Self::Edited => "edited",
            Self::OwnWords => "own_words",
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }

    const fn sent(usage: DraftUsage) -> Self {
        match usage {
            DraftUsage::SentAsIs => Self::SentAsIs,
            DraftUsage::MinorEdits | DraftUsage::MajorRewrite | DraftUsage::Replaced => {
                Self::Edited
            }
            DraftUsage::NoDraft => Self::OwnWords,
        }
    }
}

/// A step of a human.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HumanStep {
    /// An agent escalated the ticket.
    Escalated,
    /// The reply that was approved last is out.
    Sent,
    /// The ticket ended.
    Ended,
    /// The ticket is open again.
    Reopened,
}

/// What humans did so far.
#[derive(Clone, Copy, Debug, Default)]
struct Work {
    escalated: bool,
    approved: Option<DraftUsage>,
    sent: Option<DraftUsage>,
    ended: bool,
}

impl Work {
    const fn judged(self) -> Human {
        match (self.escalated, self.sent) {
            (true, _) => Human::Escalated,
            (false, Some(usage)) => Human::sent(usage),
            (false, None) if self.ended => Human::Closed,
            (false, None) => Human::Open,
        }
    }
}

/// A message of a ticket, as the log tells it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub message: MessageId,
    /// Its position.
    pub position: u64,
    /// Whether it opened the ticket.
    pub opens: bool,
}

/// A ticket in the run.
#[derive(Clone, Debug)]
pub(super) struct Track {
    id: TicketId,
    latest: MessageId,
    position: u64,
    tenant: u16,
    pub(super) before: Side,
    pub(super) after: Side,
    work: Work,
    pub(super) sign_off: bool,
    pub(super) reply_subject: bool,
}

impl Track {
    fn begin(tenant: u16, seen: &Seen<'_>) -> Self {
        let side = if seen.opens { Side::default() } else { Side::joined() };
        Self {
            id: seen.ticket,
            latest: seen.message,
            position: seen.position,
            tenant,
            before: side.clone(),
            after: side,
            work: Work::default(),
            sign_off: false,
            reply_subject: false,
        }
    }

    pub(super) const fn human(&self) -> Human {
        self.work.judged()
    }

    pub(super) fn changed(&self) -> bool {
        self.sign_off || self.reply_subject || !self.before.same(&self.after)
    }
}

/// How often something happened on either side, and on both at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) both: u64,
}

impl Count {
    fn add(&mut self, before: bool, after: bool) {
        self.before += u64::from(before);
        self.after += u64::from(after);
        self.both += u64::from(before && after);
    }
}

/// A ticket on which the sides differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TicketChange {
    /// The tenant.
    pub tenant: String,
    /// The ticket.
    pub ticket_id: TicketId,
    /// Position of its first message in the run.
    pub position: u64,
    /// What was made of it, or another policy makes of it.
    pub before: Outcome,
    /// What the tried policy makes of it.
    pub after: Outcome,
    /// What became of its draft.
    pub draft: DraftChange,
    /// Whether a reply would be signed otherwise.
    pub sign_off_changed: bool,
    /// Whether a reply would carry another subject.
    pub reply_subject_changed: bool,
    /// What humans did.
    pub human: Human,
}

/// Everything that a run keeps: about 300 bytes for each ticket.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub(super) names: Names,
    index: HashMap<TicketId, u32>,
    pub(super) tracks: Vec<Track>,
    pub(super) gates: BTreeMap<u16, Count>,
    pub(super) messages: u64,
    pub(super) answers: u64,
    pub(super) refused: Count,
    pub(super) notified: Count,
    pub(super) autonomous: Count,
}

impl Ledger {
    /// Tickets so far.
    pub fn tickets(&self) -> usize {
        self.tracks.len()
    }

    /// Messages so far.
    pub const fn messages(&self) -> u64 {
        self.messages
    }

    /// Whether a message of a ticket was taken in.
    pub fn knows(&self, ticket: TicketId) -> bool {
        self.index.contains_key(&ticket)
    }

    /// Takes a message in, with both verdicts; the first one that is seen of a ticket begins it.
    pub fn message(&mut self, seen: &Seen<'_>, before: &MessageVerdict, after: &MessageVerdict) {
        self.messages += 1;
        let more = after.gates.iter().filter(|code| !before.gates.contains(code));
        for code in before.gates.iter().chain(more) {
            let number = self.names.number(code);
            let count = self.gates.entry(number).or_default();
            count.add(before.gates.contains(code), after.gates.contains(code));
        }
        let Seen { tenant, ticket, message, opens, .. } = *seen;
        let tenant = self.names.number(tenant);
        let next = self.tracks.len();
        let at =
            *self.index.entry(ticket).or_insert_with(|| u32::try_from(next).unwrap_or(u32::MAX));
        if at as usize == next {
            self.tracks.push(Track::begin(tenant, seen));
        }
        if let Some(track) = self.tracks.get_mut(at as usize) {
            track.latest = message;
            track.before.take_message(before, opens, &mut self.names);
            track.after.take_message(after, opens, &mut self.names);
        }
    }

    /// Takes an answer about a ticket's latest message in, with both verdicts; one about a message
    /// that is not part of the run leads to nothing.
    pub fn answer(
        &mut self,
        (ticket, message): (TicketId, MessageId),
        before: &AnswerVerdict,
        after: &AnswerVerdict,
    ) {
        let found = self.index.get(&ticket).and_then(|at| self.tracks.get_mut(*at as usize));
        let Some(track) = found.filter(|track| track.latest == message) else { return };
        let missing = matches!(after, AnswerVerdict::Missing);
        self.answers += u64::from(!missing);
        let counts = track.before.take_answer(before, &mut self.names);
        let counts_now = track.after.take_answer(after, &mut self.names);
        let told = |verdict: &AnswerVerdict, counts| match verdict {
            AnswerVerdict::Accepted { notify, autonomous, .. } if counts => {
                (false, *notify, *autonomous)
            }
            AnswerVerdict::Refused if counts => (true, true, false),
            _ => (false, false, false),
        };
        let (before, after) = (told(before, counts), told(after, counts_now));
        self.refused.add(before.0, after.0);
        self.notified.add(before.1, after.1);
        self.autonomous.add(before.2, after.2);
    }

    /// Takes a step of a human in.
    pub fn human(&mut self, ticket: TicketId, step: HumanStep) {
        let Some(track) = self.track(ticket) else { return };
        let work = &mut track.work;
        match step {
            HumanStep::Escalated => work.escalated = true,
            HumanStep::Sent => work.sent = work.approved.or(work.sent),
            HumanStep::Ended => work.ended = true,
            HumanStep::Reopened => work.ended = false,
        }
    }

    /// Takes an approved reply in, with how it leaves on either side.
    pub fn reply(
        &mut self,
        ticket: TicketId,
        usage: DraftUsage,
        before: &ReplyVerdict,
        after: Option<&ReplyVerdict>,
    ) {
        let Some(track) = self.track(ticket) else { return };
        track.work.approved = Some(usage);
        if let Some(after) = after {
            let signs = |reply: &ReplyVerdict| (reply.persona.clone(), reply.brand.clone());
            track.sign_off |= signs(before) != signs(after);
            track.reply_subject |= before.subject != after.subject;
        }
    }

    /// The tickets on which the sides differ, in the order of their first message.
    pub fn changes(&self) -> impl Iterator<Item = TicketChange> {
        self.tracks.iter().filter(|track| track.changed()).map(|track| TicketChange {
            tenant: self.names.code(track.tenant).to_owned(),
            ticket_id: track.id,
            position: track.position,
            before: track.before.outcome(&self.names),
            after: track.after.outcome(&self.names),
            draft: track.before.draft_change(&track.after),
            sign_off_changed: track.sign_off,
            reply_subject_changed: track.reply_subject,
            human: track.human(),
        })
    }

    fn track(&mut self, ticket: TicketId) -> Option<&mut Track> {
        self.index.get(&ticket).and_then(|at| self.tracks.get_mut(*at as usize))
    }
}
