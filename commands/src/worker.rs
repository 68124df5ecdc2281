//! Makes the clusters follow the log: joins hints, what clusters say, and the sweep.
//!
//! All three only name what to compare; the comparison takes an id and nothing else. So a hint that
//! is lost, doubled, late or wrong changes when something is compared, and never what comes of it.
//! Any number of workers may run at once.
//!
//! **Invariants**
//! - One node is never compared twice at once in one process.
//! - Everything here has a bound: what waits, what runs, how long an end may take.
//! - Absent on purpose: state that a restart would lose. The queue is filled again by the sweep.

mod again;
mod compare;
mod follow;
mod look_up;
mod queue;

use crate::{
    ports::event_log,
    processes::drain::STEP_PAUSE,
    reconcile::{Error, Reconciler},
    sweep::{self, Targets},
};
use again::Again;
use compare::{Next, Part, compare};
use domain::{
    StreamId,
    ids::{ClusterId, NodeId, ProviderId},
};
use follow::Followers;
use look_up::{Found, look_up};
use queue::{Answered, Job, Queue};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::{self, Future},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::{Id, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};
use tracing::{debug, error, info, warn};

/// How many hints are looked up at once; more wait with whoever sends them.
const LOOKUPS_MAX: usize = 32;
/// How many tests of connections go on at once; what is more is left to the next sweep.
const TESTS_MAX: usize = 32;
/// How many signals of clusters wait at once.
const CHANGED_MAX: usize = 1024;
/// How long a worker that is to stop waits for what is running.
const STOP_MAX: Duration = Duration::from_secs(10);

/// Follows all clusters of enabled providers.
pub struct Worker {
    reconciler: Reconciler,
    sweep_interval: Duration,
}

/// What a task has come to.
enum Step {
    Swept(Result<(Targets, Vec<ClusterId>), event_log::Error>),
    LookedUp(Found),
    Compared(ClusterId, Job, Result<Next, Error>),
    Rested(ClusterId, NodeId),
    Tested(ClusterId, Result<(), Error>),
}

impl Worker {
    /// A worker that compares everything once every `sweep_interval`, hints or not.
    #[must_use]
    pub fn new(reconciler: Reconciler, sweep_interval: Duration) -> Self {
        Self { reconciler, sweep_interval }
    }

    /// Works until `stop` is there. Then takes nothing new, and waits a bounded time for what is
    /// running; to interrupt that is harmless.
    ///
    /// `hints` names streams that have grown; when nobody sends any more, the sweep goes on.
    pub async fn run(self, mut hints: mpsc::Receiver<StreamId>, stop: impl Future<Output = ()>) {
        let (changed, mut changes) = mpsc::channel(CHANGED_MAX);
        let mut at_work = AtWork::new(self.reconciler, changed);
        let mut sweeps = interval(self.sweep_interval);
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_hinted = true;
        tokio::pin!(stop);
        loop {
            at_work.start_what_may_run();
            tokio::select! {
                () = &mut stop => break,
                _ = sweeps.tick() => at_work.sweep(),
                hint = hints.recv(), if is_hinted && at_work.lookups < LOOKUPS_MAX => match hint {
                    Some(stream) => at_work.look_up(stream),
                    None => is_hinted = false,
                },
                () = due(at_work.again.next()) => at_work.compare_again(),
                Some((cluster, provider)) = changes.recv() => {
                    at_work.queue.push(cluster, Job::Cluster(provider));
                }
                Some(ended) = at_work.tasks.join_next_with_id() => at_work.take(ended),
            }
        }
        at_work.stop().await;
    }
}

/// Everything that a worker has going.
struct AtWork {
    reconciler: Arc<Reconciler>,
    queue: Queue,
    followers: Followers,
    again: Again,
    tasks: JoinSet<Step>,
    /// What each task compares, for one that ends without saying so.
    compared: BTreeMap<Id, (ClusterId, Job)>,
    /// The tests of connections that go on.
    tests: BTreeMap<ClusterId, Id>,
    lookups: usize,
    sweeping: Option<Id>,
    /// Nodes that are compared again soon; each waits once, however often it was compared.
    resting: BTreeSet<NodeId>,
    /// What is wrong with the lists of a cluster, so that it is said once and not at each try.
    troubles: BTreeMap<(ClusterId, Part), String>,
}

impl AtWork {
    fn new(reconciler: Reconciler, changed: mpsc::Sender<(ClusterId, ProviderId)>) -> Self {
        let reconciler = Arc::new(reconciler);
        let followers = Followers::new(Arc::clone(&reconciler), changed);
        Self {
            reconciler,
            queue: Queue::default(),
            followers,
            again: Again::default(),
            tasks: JoinSet::new(),
            compared: BTreeMap::new(),
            tests: BTreeMap::new(),
            lookups: 0,
            sweeping: None,
            resting: BTreeSet::new(),
            troubles: BTreeMap::new(),
        }
    }

    fn start_what_may_run(&mut self) {
        while let Some((cluster, job)) = self.queue.next() {
            let reconciler = Arc::clone(&self.reconciler);
            let task = self.tasks.spawn(async move {
                let result = compare(&reconciler, cluster, job).await;
                Step::Compared(cluster, job, result)
            });
            self.compared.insert(task.id(), (cluster, job));
        }
    }

    /// One sweep at a time; one that takes longer than the interval delays the next.
    fn sweep(&mut self) {
        if self.sweeping.is_none() {
            let reconciler = Arc::clone(&self.reconciler);
            let walk = async move { Step::Swept(swept(&reconciler).await) };
            self.sweeping = Some(self.tasks.spawn(walk).id());
        }
    }

    fn look_up(&mut self, stream: StreamId) {
        self.lookups += 1;
        let reconciler = Arc::clone(&self.reconciler);
        self.tasks.spawn(async move {
            let found = look_up(&reconciler, stream).await.unwrap_or_else(|error| {
                debug!("could not look up a hint at {stream}, the sweep will: {error}");
                Found::Nothing
            });
            Step::LookedUp(found)
        });
    }

    fn take(&mut self, ended: Result<(Id, Step), JoinError>) {
        match ended {
            Ok((id, Step::Compared(cluster, job, result))) => {
                self.compared.remove(&id);
                self.compared_one(cluster, job, result);
            }
            Ok((_, Step::Rested(cluster, node))) => {
                self.resting.remove(&node);
                self.queue.push(cluster, Job::Node(node));
            }
            Ok((_, Step::Tested(cluster, result))) => {
                self.tests.remove(&cluster);
                if let Err(error) = result {
                    debug!(cluster.id = %cluster, "could not test, the sweep will: {error}");
                }
            }
            Ok((_, Step::LookedUp(found))) => {
                self.lookups -= 1;
                self.found(found);
            }
            Ok((_, Step::Swept(swept))) => {
                self.sweeping = None;
                match swept {
                    Ok((targets, tests)) => {
                        self.swept(&targets);
                        tests.into_iter().for_each(|cluster| self.test(cluster));
                    }
                    Err(error) => warn!("could not sweep, the next one will: {error}"),
                }
            }
            Err(failed) => self.failed(&failed),
        }
    }

    /// One test of a cluster at a time.
    fn test(&mut self, cluster: ClusterId) {
        if self.tests.len() < TESTS_MAX && !self.tests.contains_key(&cluster) {
            let reconciler = Arc::clone(&self.reconciler);
            let test = async move { Step::Tested(cluster, reconciler.test(cluster).await) };
            self.tests.insert(cluster, self.tasks.spawn(test).id());
        }
    }

    fn swept(&mut self, targets: &Targets) {
        self.followers.follow_all(targets);
        self.forget_the_gone();
        for (id, target) in targets {
            self.queue.push(*id, Job::Cluster(target.provider));
        }
    }

    fn found(&mut self, found: Found) {
        match found {
            Found::Nothing => {}
            Found::Test(cluster) => self.test(cluster),
            Found::Node(cluster, node) => self.queue.push(cluster, Job::Node(node)),
            Found::Secrets(secrets, clusters) => {
                for cluster in clusters {
                    let jobs = secrets.iter().copied().map(Job::Secret);
                    jobs.for_each(|job| self.queue.push(cluster, job));
                }
            }
            Found::Workload(workload, clusters) => {
                for cluster in clusters {
                    self.queue.push(cluster, Job::Workload(workload));
                }
            }
            Found::Providers(providers) => {
                for (provider, targets) in providers {
                    self.followers.follow_provider(provider, &targets);
                    for id in targets.keys() {
                        self.queue.push(*id, Job::Cluster(provider));
                    }
                }
                self.forget_the_gone();
            }
        }
    }

    fn forget_the_gone(&mut self) {
        let followers = &self.followers;
        self.queue.forget(|id| followers.is_followed(id));
        self.again.forget(|id| followers.is_followed(id));
        self.troubles.retain(|(id, _), _| followers.is_followed(id));
    }

    /// Compares a node again soon.
    fn rest(&mut self, cluster: ClusterId, node: NodeId) {
        if self.resting.insert(node) {
            self.tasks.spawn(async move {
                sleep(STEP_PAUSE).await;
                Step::Rested(cluster, node)
            });
        }
    }

    /// What is on its way and due is compared again.
    fn compare_again(&mut self) {
        while let Some((cluster, job)) = self.again.take(Instant::now()) {
            self.queue.push(cluster, job);
        }
    }

    fn compared_one(&mut self, cluster: ClusterId, job: Job, result: Result<Next, Error>) {
        let is_in_vain =
            matches!(&result, Err(Error::Cluster(error)) if error.is_of_whole_cluster());
        let answered = if is_in_vain { Answered::No } else { Answered::Yes };
        self.queue.done(cluster, job, answered);
        match result {
            Ok(next) => {
                let is_list = matches!(job, Job::Cluster(_) | Job::Secrets(_) | Job::Workloads(_));
                if is_list && self.troubles.remove(&(cluster, Part::of(job))).is_some() {
                    info!(cluster.id = %cluster, "cluster {cluster} works again");
                }
                match next {
                    Next::Rest(node) => self.rest(cluster, node),
                    Next::Again => self.again.later(cluster, job, Instant::now()),
                    Next::First(jobs) => {
                        jobs.into_iter().for_each(|job| self.queue.push(cluster, job));
                        self.again.later(cluster, job, Instant::now());
                    }
                    Next::Nothing => self.again.over(cluster, job),
                    Next::Jobs(jobs) => {
                        jobs.into_iter().for_each(|job| self.queue.push(cluster, job));
                    }
                }
            }
            Err(Error::Overtaken) => self.queue.push(cluster, job),
            Err(Error::Log(error)) => debug!("could not compare, the sweep will: {error}"),
            Err(error) => {
                let words = Chain(&error).to_string();
                let of = (cluster, Part::of(job));
                if self.troubles.get(&of) != Some(&words) {
                    info!(cluster.id = %cluster, "cluster {cluster} cannot be followed: {words}");
                    self.troubles.insert(of, words);
                }
            }
        }
    }

    /// A task that panicked; what it compared must not count as running for ever.
    fn failed(&mut self, failed: &JoinError) {
        error!("a task of the worker failed: {failed}");
        if let Some((cluster, job)) = self.compared.remove(&failed.id()) {
            self.queue.done(cluster, job, Answered::Yes);
        } else if self.tests.values().any(|test| *test == failed.id()) {
            self.tests.retain(|_, test| *test != failed.id());
        } else if self.sweeping == Some(failed.id()) {
            self.sweeping = None;
        } else {
            self.lookups = self.lookups.saturating_sub(1);
        }
    }

    async fn stop(mut self) {
        drop(self.followers);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(STOP_MAX, all).await.is_err() {
            info!("stopped in the middle of {} tasks; the next start goes on", self.tasks.len());
        }
        self.tasks.shutdown().await;
    }
}

async fn swept(reconciler: &Reconciler) -> Result<(Targets, Vec<ClusterId>), event_log::Error> {
    let writer = reconciler.writer();
    Ok((sweep::targets(writer).await?, sweep::open_tests(writer).await?))
}

/// Until a time; for ever where there is none.
async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => future::pending().await,
    }
}

/// An error with everything it came from, in one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
