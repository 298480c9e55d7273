//! Loads what many resolvers of one request ask for in one statement.
//!
//! All resolvers of a request run in one task. The first that asks waits until the task has
//! nothing else to do, so until all siblings have asked, and loads for all of them. The usual
//! loader waits for a span of time instead: that costs every level of a query this time, and
//! under load it splits the batches.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use casebook_app::AppError;
use futures::channel::oneshot;

use super::loads::Loads;

/// Turns of the task without a further question after which all siblings have asked.
const QUIET_TURNS: u8 = 2;

/// By what something is loaded.
pub(super) trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is loaded.
    type Value: Clone + Send + 'static;

    /// Where questions of this kind are gathered.
    fn batch(loads: &Loads) -> &Batch<Self>;

    /// Loads what belongs to the keys; what is missing is left out.
    fn load(
        loads: &Loads,
        keys: Vec<Self>,
    ) -> impl Future<Output = Result<HashMap<Self, Self::Value>, AppError>> + Send;
}

type Answer<K> = Result<Option<<K as Key>::Value>, AppError>;
type Waiting<K> = Vec<(K, oneshot::Sender<Answer<K>>)>;

/// Questions of one kind that wait to be answered together.
pub(super) struct Batch<K: Key>(Mutex<Waiting<K>>);

impl<K: Key> Default for Batch<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Key> Batch<K> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody asks any more.
    async fn gather(&self) {
        let (mut known, mut quiet) = (0, 0);
        while quiet < QUIET_TURNS {
            tokio::task::yield_now().await;
            let now = self.waiting().len();
            quiet = if now == known { quiet + 1 } else { 0 };
            known = now;
        }
    }
}

/// Lets go of the questions when the one who gathers them is dropped; the others ask again.
struct Gathering<'a, K: Key>(&'a Batch<K>);

impl<K: Key> Gathering<'_, K> {
    fn finish(self) -> Waiting<K> {
        mem::take(&mut *self.0.waiting())
    }
}

impl<K: Key> Drop for Gathering<'_, K> {
    fn drop(&mut self) {
        self.0.waiting().clear();
    }
}

impl Loads {
    /// What belongs to a key, loaded together with what siblings ask for.
    pub(super) async fn get<K: Key>(&self, key: K) -> Answer<K> {
        let batch = K::batch(self);
        loop {
            let (sender, answer) = oneshot::channel();
            let is_first = {
                let mut waiting = batch.waiting();
                waiting.push((key.clone(), sender));
                waiting.len() == 1
            };
            if is_first {
                let gathering = Gathering(batch);
                batch.gather().await;
                self.answer(gathering.finish()).await;
            }
            // Without an answer, the one who gathered was dropped with its part of the query.
            if let Ok(answer) = answer.await {
                return answer;
            }
        }
    }

    async fn answer<K: Key>(&self, waiting: Waiting<K>) {
        let mut keys: Vec<K> = Vec::with_capacity(waiting.len());
        let mut seen = std::collections::HashSet::with_capacity(waiting.len());
        for (key, _) in &waiting {
            if seen.insert(key) {
                keys.push(key.clone());
            }
        }
        let loaded = K::load(self, keys).await;
        for (key, sender) in waiting {
            let answer = match &loaded {
                Ok(found) => Ok(found.get(&key).cloned()),
                Err(error) => Err(error.clone()),
            };
            // Who asked may be gone.
            let _gone = sender.send(answer);
        }
    }
}
