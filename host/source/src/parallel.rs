//! Work spread over the cores, with an outcome that does not depend on how it was spread:
//! answers come in the order of the items, and of several failures the first in that order is the one reported.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// More threads than this only fight over the file system.
const MOST: usize = 8;
/// Threads that mostly wait for a disk: it is asked for so many things at once, whatever the number of cores.
const WAITING: usize = 8;

fn width() -> usize {
    static WIDTH: OnceLock<usize> = OnceLock::new();
    *WIDTH.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from).min(MOST))
}

/// Applies `work` to every item. `share` items at a time go to a thread; with one share or less everything happens on
/// this thread, which is what a small project wants. `state` makes what a thread keeps between items (a buffer).
/// After a failure no further share is begun.
pub(crate) fn try_map<T, S, R, E>(
    items: &[T],
    share: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E>
where
    T: Sync,
    R: Send,
    E: Send,
{
    if items.len() <= share {
        // Without asking how many cores there are: that reads files.
        let mut state = state();
        return items.iter().map(|item| work(&mut state, item)).collect();
    }
    spread(width(), items, share, state, work)
}

/// The same for work that waits for a disk.
pub(crate) fn try_each_waiting<T: Sync, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    spread(WAITING, items, 1, || (), |(), item| work(item)).map(drop)
}

fn spread<T, S, R, E>(
    threads: usize,
    items: &[T],
    share: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E>
where
    T: Sync,
    R: Send,
    E: Send,
{
    let share = share.max(1);
    let threads = threads.min(items.len().div_ceil(share));
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    // Shares are claimed in order and each is worked up to its own first failure. So every share before the one with
    // the first failure was claimed earlier and has been worked through: the first failure is always among those found.
    let run = || {
        let mut state = state();
        let mut done: Vec<(usize, Result<Vec<R>, E>)> = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let start = next.fetch_add(share, Ordering::Relaxed);
            if start >= items.len() {
                break;
            }
            let end = (start + share).min(items.len());
            let answers: Result<Vec<R>, E> = items[start..end].iter().map(|item| work(&mut state, item)).collect();
            if answers.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            done.push((start, answers));
        }
        done
    };
    let mut parts = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut parts = run();
        for other in others {
            match other.join() {
                Ok(more) => parts.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    parts.sort_unstable_by_key(|(start, _)| *start);
    let mut out = Vec::with_capacity(items.len());
    for (_, answers) in parts {
        out.extend(answers?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..10_000).collect();
        let doubled: Result<Vec<u32>, ()> = try_map(&items, 7, || (), |(), n| Ok(n * 2));
        assert_eq!(doubled, Ok(items.iter().map(|n| n * 2).collect()));
    }

    #[test]
    fn of_several_failures_the_first_is_reported() {
        let items: Vec<u32> = (0..10_000).collect();
        for _ in 0..50 {
            let answer: Result<Vec<u32>, u32> =
                try_map(&items, 3, || (), |(), n| if *n >= 4_000 && n % 2 == 1 { Err(*n) } else { Ok(*n) });
            assert_eq!(answer, Err(4_001));
        }
    }
}
