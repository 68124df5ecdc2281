//! A worker that dies at any step of its work on a workload: whoever runs next comes to the same
//! end, and says the same.

use crate::{
    fake::{FakeCluster, Fakes},
    fuse::{BrittleLog, Fuse},
    tenant::Tenant,
    world::{Address, INSTANCE, World},
};
use adapters::clock::SystemClock;
use commands::{Writer, ports::cluster::workload::Target, reconcile::Reconciler};
use domain::ids::WorkloadId;
use std::sync::{Arc, atomic::Ordering};
use uuid::Uuid;

/// More steps than any run has.
const STEPS_MAX: usize = 200;
const URL: &str = "http://cluster.invalid:2375";

async fn world() -> (World, Arc<FakeCluster>) {
    let cluster = Arc::new(FakeCluster::default());
    let clusters = Fakes { cluster: Arc::clone(&cluster), fuse: Arc::default() };
    let mut world = World::new(&Address::plain(URL)).await;
    world.clusters = Arc::new(clusters);
    (world, cluster)
}

/// What a story has done so far: the cluster, and the workload on it.
struct Stage<'a> {
    tenant: &'a Tenant<'a>,
    cluster: &'a FakeCluster,
    id: WorkloadId,
}

impl Stage<'_> {
    fn held(&self) -> Option<Target> {
        self.cluster.workloads.lock().unwrap().get(&self.id).map(|(target, _)| target.clone())
    }

    /// Somebody else changes what is there.
    fn alter(&self, change: impl FnOnce(&mut Target)) {
        let mut workloads = self.cluster.workloads.lock().unwrap();
        let (target, revision) = workloads.get_mut(&self.id).unwrap();
        change(target);
        *revision += 1;
    }
}

/// Prepares a workload, lets a worker die at each step in turn, runs again, and expects the same.
async fn survives(prepare: impl AsyncFn(&Stage<'_>), expected: &[&str], writes: usize) {
    let (world, cluster) = world().await;
    let tenant = Tenant::new(&world).await;
    let (profile, on) = (tenant.define(vec![]).await, world.cluster);
    for step in 0..STEPS_MAX {
        let id = tenant.request(profile, 2).await;
        let stage = Stage { tenant: &tenant, cluster: &cluster, id };
        prepare(&stage).await;
        let before = cluster.writes.load(Ordering::Relaxed);
        let fuse = Fuse::at(step);
        let log = BrittleLog { log: world.database.log(), fuse: Arc::clone(&fuse) };
        let clusters = Fakes { cluster: Arc::clone(&cluster), fuse };
        let writer = Writer::new(Arc::new(log));
        let clock = Arc::new(SystemClock);
        let dies = Reconciler::new(writer, Arc::new(clusters), clock, INSTANCE);
        let died = dies.workload(id, on).await;
        world.look_at(id, on).await;
        assert_eq!(world.told_of(id).await, expected, "after {died:?} at step {step}");
        assert_eq!(cluster.writes.load(Ordering::Relaxed) - before, writes, "at step {step}");
        *cluster.refusal.lock().unwrap() = None;
        if died.is_ok() {
            assert!(step > 6, "nothing ever broke");
            return;
        }
    }
    panic!("a run with more than {STEPS_MAX} steps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_survives_a_death_at_any_step() {
    survives(async |_| {}, &["WorkloadApplied", "WorkloadRunning"], 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_decision_about_a_workload_survives_a_death_at_any_step() {
    let twice = ["WorkloadApplied", "WorkloadRunning", "WorkloadApplied", "WorkloadRunning"];
    survives(
        async |stage| {
            let world = stage.tenant.world;
            world.settle(stage.id, world.cluster).await;
            stage.tenant.scale(stage.id, 5).await;
        },
        &twice,
        1,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_of_a_workload_is_told_once_though_the_worker_died() {
    survives(
        async |stage| {
            let world = stage.tenant.world;
            world.settle(stage.id, world.cluster).await;
            stage.alter(|target| target.spec.image = "theirs".to_owned());
        },
        &["WorkloadApplied", "WorkloadRunning", "WorkloadDriftRepaired"],
        1,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_is_made_again_and_told_once_though_the_worker_died() {
    survives(
        async |stage| {
            let world = stage.tenant.world;
            world.settle(stage.id, world.cluster).await;
            stage.cluster.workloads.lock().unwrap().remove(&stage.id);
        },
        &["WorkloadApplied", "WorkloadRunning", "WorkloadDriftRepaired"],
        1,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_workload_is_told_once_though_the_worker_died() {
    survives(
        async |stage| {
            *stage.cluster.refusal.lock().unwrap() = Some("quota exceeded".to_owned());
        },
        &["WorkloadRejected"],
        0,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_survives_a_death_at_any_step() {
    survives(
        async |stage| {
            let world = stage.tenant.world;
            world.settle(stage.id, world.cluster).await;
            assert!(stage.held().is_some());
            stage.tenant.remove(stage.id).await;
        },
        &["WorkloadApplied", "WorkloadRunning"],
        1,
    )
    .await;
}

/// Between the read and the write of a worker that sleeps, somebody decides anew and another worker
/// applies it. The sleeper must not write what it knew.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_slept_over_a_workload_writes_no_older_decision() {
    let (world, cluster) = world().await;
    let world = Arc::new(world);
    let on = world.cluster;
    let tenant = Tenant::new(&world).await;
    let id = tenant.request(tenant.define(vec![]).await, 2).await;
    let (others, organization) = (Arc::clone(&world), tenant.organization);
    cluster.after_read.act(async move || {
        Tenant::of(&others, organization).scale(id, 5).await;
        others.settle(id, on).await;
    });
    let slept = world.reconciler().workload(id, on).await;
    assert!(matches!(slept, Err(commands::reconcile::Error::Overtaken)), "{slept:?}");
    let stage = Stage { tenant: &tenant, cluster: &cluster, id };
    assert_eq!(stage.held().unwrap().spec.replicas, 5);
    assert_eq!(cluster.writes.load(Ordering::Relaxed), 1);
    world.settle(id, on).await;
    assert_eq!(world.told_of(id).await, ["WorkloadApplied", "WorkloadRunning"]);
}

/// Absence from the log is no reason to take anything away.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_knows_nothing_of_is_left_alone() {
    let (world, cluster) = world().await;
    let tenant = Tenant::new(&world).await;
    let id = tenant.request(tenant.define(vec![]).await, 2).await;
    world.settle(id, world.cluster).await;
    let unknown = WorkloadId(Uuid::now_v7());
    let mut stray = Stage { tenant: &tenant, cluster: &cluster, id }.held().unwrap();
    stray.marker.which.workload = unknown;
    cluster.workloads.lock().unwrap().insert(unknown, (stray.clone(), 1));
    world.sweep().await;
    let stage = Stage { tenant: &tenant, cluster: &cluster, id: unknown };
    assert_eq!(stage.held(), Some(stray));
    let done = world.look_at(unknown, world.cluster).await;
    assert_eq!(done, commands::reconcile::WorkloadDone::Unknown);
    assert_eq!(cluster.writes.load(Ordering::Relaxed), 1);
}

/// What the cluster holds was made from a newer log than this one: a restored backup knows less.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_newer_than_the_log_is_left_alone() {
    let (world, cluster) = world().await;
    let on = world.cluster;
    let tenant = Tenant::new(&world).await;
    let id = tenant.request(tenant.define(vec![]).await, 2).await;
    world.settle(id, on).await;
    let stage = Stage { tenant: &tenant, cluster: &cluster, id };
    stage.alter(|target| {
        target.marker.pair.epoch = target.marker.pair.epoch.next();
        target.spec.replicas = 7;
    });
    let held = stage.held();
    tenant.scale(id, 3).await;
    let done = world.look_at(id, on).await;
    assert_eq!(done, commands::reconcile::WorkloadDone::Fenced);
    assert_eq!(stage.held(), held);
}
