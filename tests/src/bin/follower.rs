//! Takes in made-up mails as fast as it can while the read models of this very process follow and
//! one after the other is rebuilt, until standard input closes.
//!
//! Usage: `follower URL ROUND WRITERS [plain]`; with `plain` nothing is rebuilt. Says `ack POSITION` when ten mails are safe,
//! `seen POSITION` when all read models show them, and `leads NAME` when it begins to write a read
//! model.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use casebook_projections::Projections;
use casebook_projections::testing::mixed;
use casebook_store::{Mode, Store, StoreSettings, SystemClock};
use casebook_tests::child::{say, stop_at_end_of_input};
use casebook_tests::models::{CHUNK, first_mail, small_settings};

/// Longest wait for the read models; only a broken program waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, round, writers, plain @ ..] = arguments.as_slice() else {
        panic!("usage: follower URL ROUND WRITERS [plain]")
    };
    let round: u64 = round.parse().expect("a number of the round");
    let writers: u64 = writers.parse().expect("a number of writers");
    let url = url.parse().expect("a database address");
    let store = Store::open(&url, Mode::Write, StoreSettings::default(), Arc::new(SystemClock))
        .await
        .expect("the store opens");
    let models = Projections::start(&store, &small_settings()).await.expect("the models start");
    let models = Arc::new(models);
    let stop = stop_at_end_of_input();
    let mut tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (store, models, stop) = (store.clone(), Arc::clone(&models), Arc::clone(&stop));
            tokio::spawn(write(store, models, first_mail(round, writer), stop))
        })
        .collect();
    tasks.push(tokio::spawn(watch(Arc::clone(&models), Arc::clone(&stop))));
    if plain.is_empty() {
        tasks.push(tokio::spawn(rebuild(Arc::clone(&models), Arc::clone(&stop))));
    }
    for task in tasks {
        task.await.expect("a task ends well");
    }
    Arc::into_inner(models).expect("nobody else has them").stop().await;
    store.close().await;
}

/// Takes in ten mails at a time; waits for the read models after every other ten, so that they
/// are met both behind and at the end of the log.
async fn write(store: Store, models: Arc<Projections>, first: u64, stop: Arc<AtomicBool>) {
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let mails = mixed(first + n * CHUNK, CHUNK);
        let position = mails.append(&store).await.expect("the mails are taken in");
        say(&format!("ack {position}"));
        if n % 2 == 0 {
            models.caught_up(position, PATIENCE).await.expect("the models follow");
            say(&format!("seen {position}"));
        }
    }
}

/// Tells which read models this process begins to write.
async fn watch(models: Arc<Projections>, stop: Arc<AtomicBool>) {
    let mut leads = BTreeSet::new();
    while !stop.load(Ordering::Relaxed) {
        for status in models.status() {
            if !status.leads {
                leads.remove(status.name);
            } else if leads.insert(status.name) {
                say(&format!("leads {}", status.name));
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Builds one read model after the other anew, beside the one that is followed.
async fn rebuild(models: Arc<Projections>, stop: Arc<AtomicBool>) {
    let names: Vec<_> = models.status().into_iter().map(|status| status.name).collect();
    for name in names.into_iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        models.rebuild(name).await.expect("a read model is rebuilt");
        say(&format!("rebuilt {name}"));
    }
}
