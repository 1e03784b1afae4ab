//! Who waits for which stream. A waiter is registered before it looks at the file, so nothing can slip in between;
//! a commit wakes exactly the waiters of the streams that it moved.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

#[derive(Default)]
struct Bell {
    /// The last sequence number seen since the first of the present waiters came.
    last: Mutex<u64>,
    rings: Condvar,
}

/// Streams that somebody waits for at this moment; bounded by the number of waiters.
#[derive(Default)]
pub(crate) struct Watch(Mutex<HashMap<String, (Arc<Bell>, usize)>>);

/// A waiter's place; dropping it leaves.
pub(crate) struct Waiter<'a> {
    watch: &'a Watch,
    stream: &'a str,
    bell: Arc<Bell>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    /// From now on, movements of the stream are noticed.
    pub(crate) fn register<'a>(&'a self, stream: &'a str) -> Waiter<'a> {
        let mut bells = lock(&self.0);
        let (bell, waiters) = bells.entry(stream.to_owned()).or_default();
        *waiters += 1;
        Waiter { watch: self, stream, bell: bell.clone() }
    }

    /// The stream is at `last` now, durably.
    pub(crate) fn moved(&self, stream: &str, last: u64) {
        let bell = lock(&self.0).get(stream).map(|(bell, _)| bell.clone());
        if let Some(bell) = bell {
            let mut known = lock(&bell.last);
            *known = last.max(*known);
            bell.rings.notify_all();
        }
    }

    #[cfg(test)]
    fn streams(&self) -> usize {
        lock(&self.0).len()
    }
}

impl Waiter<'_> {
    /// Is the stream past `after`, within `timeout`?
    pub(crate) fn wait(&self, after: u64, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut last = lock(&self.bell.last);
        while *last <= after {
            // A timeout beyond the clock's range is waited for in years.
            let left = deadline.map_or(Duration::from_secs(1 << 30), |d| d.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            last = self.bell.rings.wait_timeout(last, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut bells = lock(&self.watch.0);
        if let Some((_, waiters)) = bells.get_mut(self.stream) {
            *waiters -= 1;
            if *waiters == 0 {
                bells.remove(self.stream);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movement_after_registration_is_seen_and_nothing_is_kept_afterwards() {
        let watch = Watch::default();
        {
            let waiter = watch.register("a");
            let other = watch.register("a");
            watch.moved("b", 9);
            watch.moved("a", 3);
            assert!(waiter.wait(2, Duration::ZERO) && other.wait(0, Duration::ZERO));
            assert!(!waiter.wait(3, Duration::from_millis(5)));
        }
        assert_eq!(watch.streams(), 0);
    }
}
