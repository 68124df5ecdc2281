//! What is to be compared again soon, because it is on its way: containers that start, and an
//! engine that does not say when they have.
//!
//! Pure, so that its rules can be tested without a clock or a cluster.
//!
//! **Invariants**
//! - Each thing waits at most once, each time twice as long as before, up to a bound.
//! - It is a help and no more: whatever is lost here, the sweep finds.

use super::queue::Job;
use domain::ids::ClusterId;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;

/// How long the first wait is.
const PAUSE_MIN: Duration = Duration::from_millis(250);
/// How often a wait is doubled: the longest is 16 seconds.
const DOUBLED_MAX: u32 = 6;
/// How much waits at once; what is more is left to the next sweep.
const WAITING_MAX: usize = 10_000;

type Thing = (ClusterId, Job);

#[derive(Debug, Default)]
pub(super) struct Again {
    due: BTreeSet<(Instant, Thing)>,
    /// When each is due, and how often its wait was doubled.
    waiting: BTreeMap<Thing, (Option<Instant>, u32)>,
}

impl Again {
    /// It is on its way still.
    pub(super) fn later(&mut self, cluster: ClusterId, job: Job, now: Instant) {
        let thing = (cluster, job);
        if self.waiting.len() >= WAITING_MAX && !self.waiting.contains_key(&thing) {
            return;
        }
        let (due, doubled) = self.waiting.entry(thing).or_insert((None, 0));
        if due.is_none() {
            let at = now + PAUSE_MIN * 2_u32.pow(*doubled);
            *doubled = DOUBLED_MAX.min(*doubled + 1);
            *due = Some(at);
            self.due.insert((at, thing));
        }
    }

    /// It has arrived, or nobody knows.
    pub(super) fn over(&mut self, cluster: ClusterId, job: Job) {
        let thing = (cluster, job);
        if let Some((Some(at), _)) = self.waiting.remove(&thing) {
            self.due.remove(&(at, thing));
        }
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The next one, if it is due. It waits longer the next time, unless it is over.
    pub(super) fn take(&mut self, now: Instant) -> Option<Thing> {
        let (at, thing) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.remove(&(at, thing));
        if let Some((due, _)) = self.waiting.get_mut(&thing) {
            *due = None;
        }
        Some(thing)
    }

    /// Forgets what waits for clusters that are no longer there.
    pub(super) fn forget(&mut self, is_there: impl Fn(&ClusterId) -> bool) {
        self.due.retain(|(_, (cluster, _))| is_there(cluster));
        self.waiting.retain(|(cluster, _), _| is_there(cluster));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::WorkloadId;
    use uuid::Uuid;

    fn cluster(number: u128) -> ClusterId {
        ClusterId(Uuid::from_u128(number))
    }
    fn workload(number: u128) -> Job {
        Job::Workload(WorkloadId(Uuid::from_u128(number)))
    }

    #[test]
    fn each_wait_is_twice_as_long_up_to_a_bound() {
        let (mut again, mut now) = (Again::default(), Instant::now());
        let mut waits = vec![];
        for _ in 0..9 {
            again.later(cluster(1), workload(1), now);
            let due = again.next().unwrap();
            assert_eq!(again.take(due - Duration::from_millis(1)), None);
            assert_eq!(again.take(due), Some((cluster(1), workload(1))));
            waits.push((due - now).as_millis());
            now = due;
        }
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 16_000, 16_000, 16_000]);
        again.over(cluster(1), workload(1));
        again.later(cluster(1), workload(1), now);
        assert_eq!(again.next(), Some(now + PAUSE_MIN), "it begins anew");
    }

    #[test]
    fn it_waits_once_however_often_it_is_said() {
        let (mut again, now) = (Again::default(), Instant::now());
        again.later(cluster(1), workload(1), now);
        again.later(cluster(1), workload(1), now + Duration::from_millis(100));
        assert_eq!(again.next(), Some(now + PAUSE_MIN));
        assert!(again.take(now + PAUSE_MIN).is_some());
        assert_eq!((again.take(now + PAUSE_MIN), again.next()), (None, None));
    }

    #[test]
    fn what_is_over_or_forgotten_leaves_nothing() {
        let (mut again, now) = (Again::default(), Instant::now());
        again.later(cluster(1), workload(1), now);
        again.later(cluster(2), workload(2), now);
        again.over(cluster(1), workload(1));
        again.forget(|_| false);
        assert!(again.due.is_empty() && again.waiting.is_empty());
    }

    #[test]
    fn there_is_a_most() {
        let (mut again, now) = (Again::default(), Instant::now());
        for number in 0..20_000 {
            again.later(cluster(1), workload(number), now);
        }
        assert_eq!((again.due.len(), again.waiting.len()), (WAITING_MAX, WAITING_MAX));
    }
}
