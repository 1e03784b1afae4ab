//! The same for many things at once, with a bounded number of threads. The caller works, too: without any other thread
//! it only takes longer.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Most of what is done this way is waiting: more threads than processors help, and hundreds do not.
const THREADS: usize = 16;

/// Does it for each, in any order; returns when all are done.
pub(crate) fn for_each<T: Sync>(items: &[T], act: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            act(item);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..THREADS.min(items.len()) {
            if let Err(error) = std::thread::Builder::new().spawn_scoped(scope, work) {
                tracing::warn!(%error, "fewer threads than wanted");
                break;
            }
        }
        work();
    });
}
