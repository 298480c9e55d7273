//! Work on all cores: a list is cut into as many parts as there are cores.

use std::num::NonZero;
use std::sync::Arc;

use crate::AppError;

/// Does `work` on each item, in as many parts as there are cores, and keeps the order.
///
/// # Errors
/// A fault when the work on an item panics.
pub(super) async fn spread<T, R>(
    items: Vec<T>,
    work: impl Fn(&T) -> R + Send + Sync + 'static,
) -> Result<(Vec<T>, Vec<R>), AppError>
where
    T: Send + Sync + 'static,
    R: Send + 'static,
{
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let part = items.len().div_ceil(cores).max(1);
    let (items, work) = (Arc::new(items), Arc::new(work));
    let mut running = Vec::new();
    for start in (0..items.len()).step_by(part) {
        let (items, work) = (Arc::clone(&items), Arc::clone(&work));
        running.push(tokio::task::spawn_blocking(move || {
            let mine = items.iter().skip(start).take(part);
            mine.map(|item| work(item)).collect::<Vec<R>>()
        }));
    }
    let mut done = Vec::with_capacity(items.len());
    for part in running {
        done.extend(part.await.map_err(AppError::fault)?);
    }
    let items = Arc::try_unwrap(items).map_err(|_| AppError::fault("work goes on unwatched"))?;
    Ok((items, done))
}
