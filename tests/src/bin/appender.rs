//! Appends to the log as fast as it can until standard input closes, printing what is safe.
//!
//! Usage: `appender URL SEED WRITERS`. Writers share streams in threes, so they meet conflicts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use casebook_store::log::{AppendError, StreamId};
use casebook_store::{Log, Mode, Store, StoreSettings, SystemClock};
use casebook_tests::child::{
    Acknowledged, acknowledgement, say, stop_at_end_of_input, stream_of, writer_seed,
};
use casebook_tests::{Ids, append};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, seed, writers] = arguments.as_slice() else {
        panic!("usage: appender URL SEED WRITERS")
    };
    let seed: u64 = seed.parse().expect("a number as seed");
    let writers: u64 = writers.parse().expect("a number of writers");
    let url = url.parse().expect("a database address");
    let store = Store::open(&url, Mode::Write, StoreSettings::default(), Arc::new(SystemClock))
        .await
        .expect("the store opens");
    say("ready");
    let stop = stop_at_end_of_input();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| tokio::spawn(write(store.log().clone(), seed, writer, Arc::clone(&stop))))
        .collect();
    for task in tasks {
        task.await.expect("a writer ends well");
    }
    store.close().await;
}

async fn write(log: Log, seed: u64, writer: u64, stop: Arc<AtomicBool>) {
    let (stream, ids) = (stream_of(seed, writer), Ids::new(writer_seed(seed, writer)));
    let mut version = 0;
    for n in 0.. {
        let command_id = ids.next();
        loop {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let command = append("tally", &stream, version, 1 + n % 3).command(command_id).done();
            match log.append(command).await {
                Ok(done) => {
                    version = done.versions[0].version;
                    let (n, position) = (n as u64, done.last_position);
                    say(&acknowledgement(&Acknowledged {
                        writer,
                        n,
                        command_id,
                        position,
                        version,
                    }));
                    break;
                }
                Err(AppendError::Conflict { stream: on, present, .. }) => {
                    assert_eq!(on, StreamId::new("tally", &stream));
                    version = present;
                }
                Err(error) => panic!("writer {writer}: {error}"),
            }
        }
    }
}
