//! What must be true of every log, whatever happened to it.

use std::collections::HashMap;

use casebook_store::Log;
use casebook_store::log::{Filter, StoredEvent, StreamId};

/// Reads the whole log, page by page.
pub async fn read_all(log: &Log) -> Vec<StoredEvent> {
    let (mut events, mut after) = (Vec::new(), 0);
    let last = log.last_position().await.expect("the last position");
    while after < last {
        let page = log.read(after, &Filter::default(), 1000).await.expect("a page");
        assert!(page.reached > after, "a page at {after} of {last} does not advance");
        after = page.reached;
        events.extend(page.events);
    }
    events
}

/// Reads the whole log and holds it against the guarantees: positions dense from 1, no stream with
/// a hole, time never runs backwards, every stream by itself the same as in the log. What others
/// append meanwhile is left out.
pub async fn check_log(log: &Log) -> Vec<StoredEvent> {
    let events = read_all(log).await;
    let mut versions: HashMap<StreamId, u64> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.position, index as u64 + 1, "positions are dense");
        let version = versions.entry(event.stream.clone()).or_default();
        *version += 1;
        assert_eq!(event.version, *version, "stream {} has a hole", event.stream);
    }
    for pair in events.windows(2) {
        assert!(pair[0].recorded_at <= pair[1].recorded_at, "time runs backwards");
    }
    for (stream, version) in &versions {
        let limit = usize::try_from(*version).expect("a limit");
        let own = log.read_stream(stream, 0, limit).await.expect("the stream");
        let same = events.iter().filter(|event| event.stream == *stream).eq(own.iter());
        assert!(same, "stream {stream} differs from its events in the log");
    }
    events
}
