//! What waits to be compared: one lane a cluster, and in it each thing at most once.
//!
//! Pure, so that its rules can be tested without a clock or a cluster.
//!
//! **Invariants**
//! - Nothing runs twice at once; what is hinted while it runs, runs once more.
//! - A hint that is there already adds nothing.
//! - A cluster that does not answer has one thing running: the comparison that finds out whether it
//!   answers again. What waited there is dropped, because that comparison names it anew.
//! - No lane waits for another; each gets its turn.

use domain::ids::{ClusterId, NodeId, ProviderId, SecretId, WorkloadId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How much runs at once, over all clusters.
pub(super) const RUNNING_MAX: usize = 256;
/// How much runs at once on one cluster.
const LANE_RUNNING_MAX: usize = 4;
/// How much waits for one cluster; what is more is left to the next sweep.
const LANE_WAITING_MAX: usize = 10_000;

/// One thing to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    /// The list of nodes of the lane's cluster, which belongs to this provider.
    Cluster(ProviderId),
    /// One node of it.
    Node(NodeId),
    /// The list of secrets of the lane's cluster, which belongs to this provider.
    Secrets(ProviderId),
    /// One secret on it.
    Secret(SecretId),
    /// The list of workloads of the lane's cluster, which belongs to this provider.
    Workloads(ProviderId),
    /// One workload on it.
    Workload(WorkloadId),
}

impl Job {
    /// Whether it is what finds out whether the cluster answers, and names everything else.
    fn is_first(self) -> bool {
        matches!(self, Self::Cluster(_))
    }
}

/// Whether the cluster answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// It did, or was not asked.
    Yes,
    /// It did not.
    No,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Job>,
    /// The same as `waiting`, to be asked.
    queued: BTreeSet<Job>,
    running: BTreeSet<Job>,
    is_silent: bool,
}

/// All lanes.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lanes: BTreeMap<ClusterId, Lane>,
    /// Lanes in the order of their turns; each lane with something waiting is in it once.
    turns: VecDeque<ClusterId>,
    running: usize,
}

impl Queue {
    /// Takes something in, unless it is there already or too much is.
    pub(super) fn push(&mut self, cluster: ClusterId, job: Job) {
        let lane = self.lanes.entry(cluster).or_default();
        // A silent cluster is asked for its list first, which names the others again.
        if (lane.is_silent && !job.is_first()) || lane.waiting.len() >= LANE_WAITING_MAX {
            return;
        }
        if lane.queued.insert(job) {
            if job.is_first() {
                lane.waiting.push_front(job)
            } else {
                lane.waiting.push_back(job)
            }
            if lane.waiting.len() == 1 {
                self.turns.push_back(cluster);
            }
        }
    }

    /// The next thing to run, if anything may.
    pub(super) fn next(&mut self) -> Option<(ClusterId, Job)> {
        if self.running >= RUNNING_MAX {
            return None;
        }
        for _ in 0..self.turns.len() {
            let cluster = self.turns.pop_front()?;
            let Some(lane) = self.lanes.get_mut(&cluster) else { continue };
            let job = lane.take();
            if !lane.waiting.is_empty() {
                self.turns.push_back(cluster);
            }
            if let Some(job) = job {
                self.running += 1;
                return Some((cluster, job));
            }
        }
        None
    }

    /// Something has run.
    pub(super) fn done(&mut self, cluster: ClusterId, job: Job, answered: Answered) {
        let Some(lane) = self.lanes.get_mut(&cluster) else { return };
        if lane.running.remove(&job) {
            self.running -= 1;
        }
        lane.is_silent = answered == Answered::No;
        if lane.is_silent {
            let had_work = !lane.waiting.is_empty();
            lane.waiting.retain(|job| job.is_first());
            lane.queued.retain(|job| job.is_first());
            if had_work && lane.waiting.is_empty() {
                self.turns.retain(|turn| *turn != cluster);
            }
        }
        if lane.running.is_empty() && lane.waiting.is_empty() && !lane.is_silent {
            self.lanes.remove(&cluster);
        }
    }

    /// Forgets what waits for clusters that are no longer there.
    pub(super) fn forget(&mut self, is_there: impl Fn(&ClusterId) -> bool) {
        for (_, lane) in self.lanes.iter_mut().filter(|(cluster, _)| !is_there(cluster)) {
            (lane.waiting, lane.queued, lane.is_silent) = Default::default();
        }
        self.lanes.retain(|_, lane| {
            !lane.running.is_empty() || !lane.waiting.is_empty() || lane.is_silent
        });
        let lanes = &self.lanes;
        self.turns.retain(|turn| lanes.get(turn).is_some_and(|lane| !lane.waiting.is_empty()));
    }
}

impl Lane {
    fn take(&mut self) -> Option<Job> {
        let most = if self.is_silent { 1 } else { LANE_RUNNING_MAX };
        if self.running.len() >= most {
            return None;
        }
        let next = self.waiting.iter().position(|job| !self.running.contains(job))?;
        let job = self.waiting.remove(next)?;
        self.queued.remove(&job);
        self.running.insert(job);
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn cluster(number: u128) -> ClusterId {
        ClusterId(Uuid::from_u128(number))
    }
    fn list() -> Job {
        Job::Cluster(ProviderId(Uuid::from_u128(1)))
    }
    fn node(number: u128) -> Job {
        Job::Node(NodeId(Uuid::from_u128(number)))
    }
    fn drain(queue: &mut Queue) -> Vec<(ClusterId, Job)> {
        std::iter::from_fn(|| queue.next()).collect()
    }

    #[test]
    fn a_doubled_hint_runs_once() {
        let mut queue = Queue::default();
        queue.push(cluster(1), node(1));
        queue.push(cluster(1), node(1));
        assert_eq!(drain(&mut queue), [(cluster(1), node(1))]);
    }

    #[test]
    fn what_is_hinted_while_it_runs_runs_once_more_but_not_at_once() {
        let mut queue = Queue::default();
        queue.push(cluster(1), node(1));
        assert_eq!(queue.next(), Some((cluster(1), node(1))));
        queue.push(cluster(1), node(1));
        queue.push(cluster(1), node(1));
        assert_eq!(queue.next(), None);
        queue.done(cluster(1), node(1), Answered::Yes);
        assert_eq!(drain(&mut queue), [(cluster(1), node(1))]);
        queue.done(cluster(1), node(1), Answered::Yes);
        assert!(queue.lanes.is_empty() && queue.turns.is_empty() && queue.running == 0);
    }

    #[test]
    fn a_busy_lane_delays_no_other_and_the_list_goes_first() {
        let mut queue = Queue::default();
        (0..100).for_each(|number| queue.push(cluster(1), node(number)));
        queue.push(cluster(1), list());
        queue.push(cluster(2), node(200));
        let running = drain(&mut queue);
        assert_eq!(running[0], (cluster(1), list()));
        assert!(running.contains(&(cluster(2), node(200))));
        assert_eq!(running.len(), LANE_RUNNING_MAX + 1);
    }

    #[test]
    fn a_silent_cluster_is_only_asked_for_its_list() {
        let mut queue = Queue::default();
        (0..10).for_each(|number| queue.push(cluster(1), node(number)));
        let running = drain(&mut queue);
        for (cluster, job) in running {
            queue.done(cluster, job, Answered::No);
        }
        queue.push(cluster(1), node(11));
        assert_eq!(queue.next(), None);
        queue.push(cluster(1), list());
        assert_eq!(drain(&mut queue), [(cluster(1), list())]);
        queue.done(cluster(1), list(), Answered::Yes);
        queue.push(cluster(1), node(11));
        assert_eq!(drain(&mut queue), [(cluster(1), node(11))]);
    }

    #[test]
    fn a_forgotten_cluster_leaves_nothing() {
        let mut queue = Queue::default();
        (0..10).for_each(|number| queue.push(cluster(1), node(number)));
        queue.next();
        queue.forget(|_| false);
        assert_eq!(queue.next(), None);
        queue.done(cluster(1), node(0), Answered::Yes);
        assert!(queue.lanes.is_empty() && queue.turns.is_empty() && queue.running == 0);
    }

    #[test]
    fn much_runs_at_once_but_not_everything() {
        let mut queue = Queue::default();
        (0..1000).for_each(|number| queue.push(cluster(number), list()));
        assert_eq!(drain(&mut queue).len(), RUNNING_MAX);
    }
}
