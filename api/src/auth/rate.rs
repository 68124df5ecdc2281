//! How much one of many may ask for: a bucket each, which fills at a steady rate.
//!
//! In memory, and for this process alone: a bound on what one caller costs the others, not a count
//! that anybody is billed by.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many buckets are kept; beyond that, those that are full again are forgotten first.
const KEPT_MAX: usize = 4096;

/// Buckets of one size.
#[derive(Debug)]
pub(super) struct Rates<K> {
    /// One more each such time.
    interval: Duration,
    /// How long a full bucket lasts, at one an interval.
    depth: Duration,
    /// When each bucket will be full again.
    full_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Eq + Hash> Rates<K> {
    /// So many a second, and so many seconds' worth at once.
    pub(super) fn new(per_second: u32, seconds: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        let depth = Duration::from_secs(u64::from(seconds.max(1)));
        Self { interval, depth, full_at: Mutex::default() }
    }

    /// Takes one out of a bucket; false, and nothing taken, where it is empty.
    pub(super) fn take(&self, key: K, now: Instant) -> bool {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= KEPT_MAX {
            full_at.retain(|_, at| *at > now);
            if full_at.len() >= KEPT_MAX {
                full_at.clear();
            }
        }
        let at = full_at.entry(key).or_insert(now);
        let next = (*at).max(now) + self.interval;
        let taken = next <= now + self.depth;
        if taken {
            *at = next;
        }
        taken
    }

    /// Whether a bucket is empty.
    pub(super) fn is_empty(&self, key: &K, now: Instant) -> bool {
        let full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        full_at.get(key).is_some_and(|at| *at + self.interval > now + self.depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_emptied_and_fills_again() {
        let (rates, now) = (Rates::new(10, 2), Instant::now());
        assert!((0..20).all(|_| rates.take("a", now)), "two seconds' worth at once");
        assert!(!rates.take("a", now) && rates.is_empty(&"a", now));
        assert!(!rates.is_empty(&"b", now) && rates.take("b", now), "each has its own");
        let later = now + Duration::from_millis(100);
        assert!(!rates.is_empty(&"a", later) && rates.take("a", later));
        assert!(!rates.take("a", later));
        let rested = now + Duration::from_secs(60);
        assert_eq!((0..50).filter(|_| rates.take("a", rested)).count(), 20, "and no fuller");
    }

    #[test]
    fn buckets_are_bounded() {
        let (rates, now) = (Rates::new(1, 1), Instant::now());
        for key in 0..3 * KEPT_MAX {
            assert!(rates.take(key, now));
        }
        assert!(rates.full_at.lock().unwrap().len() <= KEPT_MAX);
    }
}
