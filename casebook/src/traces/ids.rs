//! Identifiers of traces and spans that follow from what the log holds, and which traces are kept.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use uuid::Uuid;

/// Random bits of a trace id that decide whether it is kept (W3C Trace Context Level 2, "random
/// trace id flag": the rightmost 56). The bits left of them are not random in a UUID, which names
/// its version and variant there.
const RANDOM_BITS: u32 = 56;

/// The trace of a conversation: its id.
pub fn trace_of(conversation: Uuid) -> TraceId {
    TraceId::from_bytes(conversation.into_bytes())
}

/// The span that stands for a command's append, or for the beginning of a conversation: the second
/// half of the UUID, 62 bits of which are random or a hash.
pub fn span_of(id: Uuid) -> SpanId {
    let (_, half) = id.as_u64_pair();
    SpanId::from_bytes(half.to_be_bytes())
}

/// Whether a trace is among the share that is kept: the same answer in every process, by the
/// threshold of OpenTelemetry's "consistent probability sampling".
pub fn is_kept(trace: TraceId, share: f64) -> bool {
    let bytes = trace.to_bytes();
    let random = bytes[9..].iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    // Both sides are below 2^56; a float holds enough of them.
    let place = random as f64 / (1_u64 << RANDOM_BITS) as f64;
    place >= 1.0 - share
}

/// A span of this process, kept.
pub fn context(trace: TraceId, span: SpanId, is_remote: bool) -> SpanContext {
    SpanContext::new(trace, span, TraceFlags::SAMPLED, is_remote, TraceState::NONE)
}

/// Reads a `traceparent` (W3C Trace Context, section 3.2): version, trace id, parent id, flags, in
/// lower-case hex. Later versions may add fields behind them.
pub fn traceparent(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lower_hex =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let lengths = [version.len(), trace.len(), span.len(), flags.len()];
    if lengths != [2, 32, 16, 2] || ![version, trace, span, flags].into_iter().all(lower_hex) {
        return None;
    }
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_strictly() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let read = traceparent(good).expect("a context");
        assert_eq!(read.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(read.is_sampled() && read.is_remote());
        for wrong in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0é",
        ] {
            assert_eq!(traceparent(wrong), None, "{wrong}");
        }
        assert!(traceparent(&format!("01{}-more", &good[2..])).is_some());
    }

    #[test]
    fn about_the_share_of_traces_is_kept_whatever_kind_of_uuid_names_them() {
        let space = Uuid::from_u128(7);
        let ids = (0..4000_u32).map(|n| Uuid::new_v5(&space, &n.to_be_bytes()));
        let kept = ids.filter(|id| is_kept(trace_of(*id), 0.25)).count();
        assert!((800..1200).contains(&kept), "{kept} of 4000");
        let one = trace_of(Uuid::new_v5(&space, b"x"));
        assert!(is_kept(one, 1.0) && !is_kept(one, 0.0));
    }
}
