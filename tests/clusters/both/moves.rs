//! A workload moves from one cluster to another, and workers sleep or die meanwhile.

use crate::{
    around::Around,
    fake::Meanwhile,
    fuse::Fuse,
    real::Runs,
    tenant::{Tenant, two},
    world::{INSTANCE, World},
};
use adapters::clock::SystemClock;
use commands::reconcile::{Reconciler, WorkloadDone};
use domain::ids::{ClusterId, WorkloadId};
use std::sync::Arc;

/// More calls to a cluster than any run has.
const CALLS_MAX: usize = 40;

/// A world with both clusters, shared with those who act while a worker sleeps.
async fn worlds(runs: &dyn Runs) -> (Arc<World>, ClusterId) {
    let (world, second) = two(&runs.engine().registered(), &runs.second().registered()).await;
    (Arc::new(world), second)
}

/// A worker of its own, whose calls are as wanted.
fn reconciler(world: &World, around: Around) -> Reconciler {
    let (writer, clock) = (world.database.writer(), Arc::new(SystemClock));
    Reconciler::new(writer, Arc::new(around), clock, INSTANCE)
}

/// Nothing of a workload runs there, and its place is taken by the newest epoch.
fn is_cleaned(runs: &dyn Runs, tenant: &Tenant<'_>, id: WorkloadId, epoch: &str) {
    let object = runs.engine().object(tenant.which(id)).unwrap();
    assert_eq!((object.replicas, object.words["epoch"].as_str()), (0, epoch));
    assert_eq!(object.places, [""; 0]);
}

pub(super) async fn a_worker_that_slept_before_its_create_makes_nothing_where_the_workload_has_left(
    runs: &dyn Runs,
) {
    let (world, second) = worlds(runs).await;
    let first = world.cluster;
    let tenant = Tenant::new(&world).await;
    let id = tenant.request(tenant.define(vec![]).await, 1).await;

    // It has read that nothing is there, and what is wanted; then it sleeps.
    let sleeps = Arc::new(Meanwhile::default());
    let (others, organization) = (Arc::clone(&world), tenant.organization);
    sleeps.act(async move || {
        let tenant = Tenant::of(&others, organization);
        tenant.relocate(id, first).await;
        others.settle(id, second).await;
        others.look_at(id, first).await;
    });
    let clusters = Arc::clone(&world.clusters);
    let around = Around { clusters, fuse: Arc::new(Fuse::default()), before_create: sleeps };
    let sleeper = reconciler(&world, around);
    let woken = sleeper.workload(id, first).await;
    assert!(!matches!(woken, Err(commands::reconcile::Error::Cluster(_))), "{woken:?}");

    is_cleaned(runs, &tenant, id, "2");
    let there = runs.second().object(tenant.which(id)).unwrap();
    assert_eq!((there.replicas, there.places.len()), (1, 1));
    world.sweep().await;
    is_cleaned(runs, &tenant, id, "2");
    let told = world.told_of(id).await;
    assert!(!told.contains(&"WorkloadDriftRepaired"), "{told:?}");

    tenant.remove(id).await;
    world.sweep().await;
    assert_eq!(runs.engine().object(tenant.which(id)), None);
    assert_eq!(runs.second().object(tenant.which(id)), None);
}

pub(super) async fn an_old_copy_goes_when_what_came_after_it_runs_and_comes_back_with_the_workload(
    runs: &dyn Runs,
) {
    let (world, second) = worlds(runs).await;
    let first = world.cluster;
    let tenant = Tenant::new(&world).await;
    let id = tenant.request(tenant.define(vec![]).await, 1).await;
    world.settle(id, first).await;
    let made = runs.engine().object(tenant.which(id)).unwrap();
    tenant.relocate(id, first).await;
    assert_eq!(world.look_at(id, first).await, WorkloadDone::Waiting);
    assert_eq!(runs.engine().object(tenant.which(id)).unwrap().replicas, 1);
    world.settle(id, second).await;
    world.settle(id, first).await;
    tests::harness::eventually("its containers have ended", async || {
        let object = runs.engine().object(tenant.which(id)).unwrap();
        object.places.is_empty().then_some(())
    })
    .await;
    is_cleaned(runs, &tenant, id, "2");

    // What is decided of it elsewhere changes nothing here.
    tenant.scale(id, 2).await;
    world.settle(id, second).await;
    world.settle(id, first).await;
    is_cleaned(runs, &tenant, id, "2");

    tenant.relocate(id, second).await;
    world.settle(id, first).await;
    world.settle(id, second).await;
    let back = runs.engine().object(tenant.which(id)).unwrap();
    assert_eq!((back.id, back.replicas, back.words["epoch"].as_str()), (made.id, 2, "3"));
    let left = runs.second().object(tenant.which(id)).unwrap();
    assert_eq!((left.replicas, left.words["epoch"].as_str()), (0, "3"));
    let row = world.shown(&tenant, id).await.unwrap();
    assert_eq!(row.placement.unwrap().cluster_id, first);
    tenant.remove(id).await;
    world.sweep().await;
    assert_eq!(runs.second().object(tenant.which(id)), None);
}

/// The worker dies before or after each call that it makes to the cluster, in turn.
pub(super) async fn a_worker_that_dies_at_any_call_changes_no_outcome(runs: &dyn Runs) {
    let world = crate::tenant::world(runs).await;
    let on = world.cluster;
    let tenant = Tenant::new(&world).await;
    let profile = tenant.define(vec![]).await;
    for call in 0..CALLS_MAX {
        let id = tenant.request(profile, 1).await;
        let fuse = Fuse::at(call);
        let clusters = Arc::clone(&world.clusters);
        let around = Around { clusters, fuse, before_create: Arc::default() };
        let dies = reconciler(&world, around);
        let died = dies.workload(id, on).await;
        world.settle(id, on).await;
        let object = runs.engine().object(tenant.which(id)).unwrap();
        assert_eq!((object.replicas, object.places.len()), (1, 1), "{died:?} at call {call}");
        let told = world.told_of(id).await;
        assert_eq!(told, ["WorkloadApplied", "WorkloadRunning"], "{died:?} at call {call}");
        tenant.remove(id).await;
        world.settle_removed(id, on).await;
        assert_eq!(runs.engine().object(tenant.which(id)), None);
        if died.is_ok() {
            assert!(call > 4, "nothing ever broke");
            return;
        }
    }
    panic!("a run with more than {CALLS_MAX} calls");
}
