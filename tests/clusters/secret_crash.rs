//! A worker that dies at any step of its work on a secret: whoever runs next comes to the same end,
//! and says the same.

use crate::{
    fake::{FakeCluster, Fakes},
    fuse::{BrittleLog, Fuse},
    keeper::{mount, value},
    tenant::Tenant,
    world::{Address, INSTANCE, World},
};
use adapters::clock::SystemClock;
use commands::{
    Writer,
    reconcile::{Reconciler, SecretDone},
};
use domain::ids::SecretId;
use std::sync::{Arc, atomic::Ordering};

/// More steps than any run has.
const STEPS_MAX: usize = 200;
const URL: &str = "http://cluster.invalid:2375";

/// What a story has done so far: the cluster, and the secret on it.
struct Stage<'a> {
    tenant: &'a Tenant<'a>,
    cluster: &'a FakeCluster,
    id: SecretId,
}

/// Prepares a secret, lets a worker die at each step in turn, runs again, and expects the same.
async fn survives(
    prepare: impl AsyncFn(&Stage<'_>),
    expected: &[&str],
    end: impl Fn(&FakeCluster, SecretId) -> bool,
) {
    let cluster = Arc::new(FakeCluster::default());
    let mut world = World::new(&Address::plain(URL)).await;
    world.clusters = Arc::new(Fakes { cluster: Arc::clone(&cluster), fuse: Arc::default() });
    let (tenant, on) = (Tenant::new(&world).await, world.cluster);
    for step in 0..STEPS_MAX {
        let id = world.keep(&value()).await;
        prepare(&Stage { tenant: &tenant, cluster: &cluster, id }).await;
        let fuse = Fuse::at(step);
        let log = BrittleLog { log: world.database.log(), fuse: Arc::clone(&fuse) };
        let writer = Writer::new(Arc::new(log)).keeping(world.vault.clone());
        let clusters = Arc::new(Fakes { cluster: Arc::clone(&cluster), fuse });
        let dies = Reconciler::new(writer, clusters, Arc::new(SystemClock), INSTANCE);
        let died = dies.secret(id, on).await;
        match world.look_at_secret(id, on).await {
            SecretDone::Rolling(_) => world.settle_secret(id, on).await,
            _ => drop(world.look_at_secret(id, on).await),
        }
        assert_eq!(world.told_of_secret(id).await, expected, "after {died:?} at step {step}");
        assert!(end(&cluster, id), "after {died:?} at step {step}");
        *cluster.refusal.lock().unwrap() = None;
        if died.is_ok() {
            assert!(step > 6, "nothing ever broke");
            return;
        }
    }
    panic!("a run with more than {STEPS_MAX} steps");
}

fn versions(cluster: &FakeCluster, id: SecretId) -> Vec<u32> {
    let secrets = cluster.secrets.lock().unwrap();
    let own = secrets.values().filter(|(object, _)| object.marker.secret == id);
    own.map(|(object, _)| object.marker.version).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_survives_a_death_at_any_step() {
    survives(async |_| {}, &["SecretApplied"], |cluster, id| versions(cluster, id) == [1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_survives_a_death_at_any_step() {
    survives(
        async |stage| {
            let world = stage.tenant.world;
            let mounts = vec![mount(stage.id, "key")];
            let profile = stage.tenant.define_as(vec![], &[], mounts).await;
            let workload = stage.tenant.request(profile, 2).await;
            world.settle_secret(stage.id, world.cluster).await;
            world.settle(workload, world.cluster).await;
            world.rotate(stage.id, &value()).await;
        },
        &["SecretApplied", "SecretApplied"],
        |cluster, id| versions(cluster, id) == [2],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_is_put_back_and_told_once_though_the_worker_died() {
    survives(
        async |stage| {
            let world = stage.tenant.world;
            world.settle_secret(stage.id, world.cluster).await;
            let mut secrets = stage.cluster.secrets.lock().unwrap();
            secrets.retain(|_, (object, _)| object.marker.secret != stage.id);
        },
        &["SecretApplied", "SecretRestored"],
        |cluster, id| versions(cluster, id) == [1],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_secret_is_told_once_though_the_worker_died() {
    survives(
        async |stage| {
            *stage.cluster.refusal.lock().unwrap() = Some("no room".to_owned());
        },
        &["SecretRejected"],
        |cluster, id| versions(cluster, id).is_empty(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_secret_is_gone_though_the_worker_died() {
    survives(
        async |stage| {
            let world = stage.tenant.world;
            world.settle_secret(stage.id, world.cluster).await;
            world.drop_secret(stage.id).await.unwrap();
        },
        &["SecretApplied"],
        |cluster, id| versions(cluster, id).is_empty(),
    )
    .await;
}

/// What the cluster holds was made from a newer log than this one: a restored backup knows less.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_newer_than_the_log_or_of_another_berth_is_left_alone() {
    let cluster = Arc::new(FakeCluster::default());
    let mut world = World::new(&Address::plain(URL)).await;
    world.clusters = Arc::new(Fakes { cluster: Arc::clone(&cluster), fuse: Arc::default() });
    let (id, on) = (world.keep(&value()).await, world.cluster);
    world.settle_secret(id, on).await;
    let alter = |change: &dyn Fn(&mut commands::ports::cluster::secret::Marker)| {
        cluster
            .secrets
            .lock()
            .unwrap()
            .values_mut()
            .for_each(|(object, _)| change(&mut object.marker));
    };
    alter(&|marker| marker.version = 7);
    let writes = cluster.writes.load(Ordering::Relaxed);
    assert_eq!(world.look_at_secret(id, on).await, SecretDone::Fenced);
    world.drop_secret(id).await.unwrap();
    alter(&|marker| marker.instance = domain::ids::InstanceId(uuid::Uuid::now_v7()));
    assert_eq!(world.look_at_secret(id, on).await, SecretDone::Removed, "of ours nothing is there");
    assert_eq!(cluster.writes.load(Ordering::Relaxed), writes);
}
