//! The end of the log, kept in memory once for all who follow it.
//!
//! A thousand followers would otherwise read and decode each event a thousand times. The first
//! who asks for what is new reads it; the others find it here. Who lies further behind reads the
//! log. Nothing depends on what is kept here: it is always a part of the log without a gap.

use std::collections::VecDeque;
use std::sync::Arc;

use casebook_store::{Filter, Log};
use tokio::sync::Mutex;

use super::decode::{Decoded, decode};
use super::event::StreamEvent;
use crate::AppError;

/// Events that are kept at most.
const EVENTS_MAX: usize = 1_024;
/// Bytes that they may have in the log.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Events that are read at a time.
const PAGE_EVENTS: usize = 256;

/// The latest events that somebody followed.
#[derive(Debug, Default)]
pub(crate) struct Tail(Mutex<Ring>);

/// All events with a public form in `(after, reached]`.
#[derive(Debug, Default)]
struct Ring {
    after: u64,
    reached: u64,
    events: VecDeque<(Arc<StreamEvent>, usize)>,
    bytes: usize,
}

/// Events that follow a position, and how far they are complete.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretch {
    pub(super) events: Vec<Arc<StreamEvent>>,
    pub(super) reached: u64,
}

impl Tail {
    /// What follows `after`, at most `limit` events; `None` when that lies before what is kept
    /// here, or too far behind `head`.
    pub(super) async fn after(
        &self,
        log: &Log,
        head: u64,
        after: u64,
        limit: usize,
    ) -> Result<Option<Stretch>, AppError> {
        if head.saturating_sub(after) > EVENTS_MAX as u64 {
            return Ok(None);
        }
        let mut ring = self.0.lock().await;
        if after < ring.after {
            return Ok(None);
        }
        if after >= ring.reached {
            let page = log.read(after, &Filter::default(), PAGE_EVENTS).await?;
            let decoded = decode(log, page.events).await?;
            ring.extend(after, page.reached, decoded)?;
            if after < ring.after {
                // The page alone is larger than what may be kept.
                return Ok(None);
            }
        }
        Ok(Some(ring.stretch(after, limit)))
    }
}

impl Ring {
    /// Takes in a page that was read after position `after` and reaches to `reached`.
    fn extend(&mut self, after: u64, reached: u64, decoded: Decoded) -> Result<(), AppError> {
        if after != self.reached {
            *self = Self { after, reached: after, ..Self::default() };
        }
        self.reached = match decoded.unreadable {
            None => reached,
            Some(unreadable) if unreadable.position == after + 1 => return Err(unreadable.cause),
            Some(unreadable) => unreadable.position - 1,
        };
        for (event, bytes) in decoded.events {
            self.bytes += bytes;
            self.events.push_back((Arc::new(event), bytes));
        }
        while self.events.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            let Some((event, bytes)) = self.events.pop_front() else { break };
            self.after = event.position();
            self.bytes -= bytes;
        }
        Ok(())
    }

    fn stretch(&self, after: u64, limit: usize) -> Stretch {
        let begin = self.events.partition_point(|(event, _)| event.position() <= after);
        let found = self.events.range(begin..).take(limit);
        let events: Vec<_> = found.map(|(event, _)| Arc::clone(event)).collect();
        let is_cut = begin + events.len() < self.events.len();
        let last = events.last().map_or(after, |event| event.position());
        let reached = if is_cut { last } else { self.reached.max(after) };
        Stretch { events, reached }
    }
}
