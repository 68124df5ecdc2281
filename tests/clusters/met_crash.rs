//! A worker that dies at any step of a test of a connection, or while it claims a real cluster:
//! whoever runs next comes to the same end.

use crate::{
    both::identity::{known, new, rejection, remove},
    crash::{STEPS_MAX, URL, fused, world},
    fake::NATIVE_ID,
    fuse::Fuse,
    world::{Address, World},
};
use commands::{provider::test::TestProvider, reconcile::Error};
use domain::{
    Aggregate, Version,
    cluster::Cluster,
    connectivity::Step,
    ids::{ClusterId, CorrelationId, ProviderId},
};
use std::sync::Arc;

/// A worker may be killed, or go on with a log or a cluster that failed once.
const FUSES: [fn(usize) -> Arc<Fuse>; 2] = [Fuse::deadly, Fuse::at];

/// The types of what was recorded of a cluster, oldest first.
async fn told(world: &World, id: ClusterId) -> Vec<&'static str> {
    let stream = Cluster::stream(id);
    let events = world.writer.log().load(stream, Version::NONE).await.unwrap();
    events.iter().map(|event| event.payload.r#type()).collect()
}

fn count(told: &[&str], what: &str) -> usize {
    told.iter().filter(|told| **told == what).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_a_connection_ends_once_though_the_worker_died() {
    let (world, cluster) = world().await;
    remove(&world, world.provider).await;
    for step in 0..STEPS_MAX {
        let (provider, id) = new();
        world.register(provider, id, &Address::plain(URL)).await;
        let cause = world.say(TestProvider { id: provider }).await;
        let fuse = Fuse::deadly(step);
        let dies = fused(&world, &cluster, Arc::clone(&fuse));
        fuse.until_death(dies.test(id)).await;
        world.reconciler().test(id).await.unwrap();
        expect_tested(&world, id, cause, step).await;
        remove(&world, provider).await;
        if !fuse.has_broken() {
            assert!(step > 20, "nothing ever broke");
            return;
        }
    }
    panic!("a test with more than {STEPS_MAX} steps");
}

async fn expect_tested(world: &World, id: ClusterId, cause: CorrelationId, step: usize) {
    let report = world.observed(id).await.test.unwrap().report.unwrap();
    let found: Vec<Step> = report.findings.iter().map(|finding| finding.step).collect();
    assert_eq!((found, report.native_id.as_deref()), (Step::ALL.to_vec(), Some(NATIVE_ID)));
    assert_eq!(known(world, id).await.as_deref(), Some(NATIVE_ID), "at step {step}");
    let stream = Cluster::stream(id);
    let events = world.writer.log().load(stream, Version::NONE).await.unwrap();
    assert!(events.iter().all(|event| event.metadata.correlation_id == cause), "at step {step}");
    let told = told(world, id).await;
    for once in ["ConnectivityTestRequested", "ClusterIdentified", "ConnectivityTested"] {
        assert_eq!(count(&told, once), 1, "{told:?} at step {step}");
    }
    let steps = count(&told, "ConnectivityStepTaken");
    assert_eq!(steps, Step::ALL.len(), "nothing is said twice: {told:?} at step {step}");
    assert_eq!(told.last(), Some(&"ConnectivityTested"), "{told:?} at step {step}");
}

/// It is claimed by the first that meets it, refused to the second, and the second's once the first
/// is gone. The worker dies in each of the three.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_cluster_has_one_owner_though_the_worker_died() {
    for fuse in FUSES {
        let (world, cluster) = world().await;
        remove(&world, world.provider).await;
        for step in 0..STEPS_MAX {
            let (one, other) = (new(), new());
            for (provider, id) in [one, other] {
                world.register(provider, id, &Address::plain(URL)).await;
            }
            let meets = async |(provider, id): (ProviderId, ClusterId)| {
                let fuse = fuse(step);
                let dies = fused(&world, &cluster, Arc::clone(&fuse));
                drop(fuse.until_death(dies.cluster(provider, id)).await);
                let again = world.reconciler().cluster(provider, id).await;
                (fuse.has_broken(), again)
            };
            let (first, again) = meets(one).await;
            assert!(again.is_ok(), "{again:?} at step {step}");
            let (second, again) = meets(other).await;
            let is_named = matches!(again, Err(Error::Rejected(owner)) if owner == one.1);
            assert!(is_named, "{again:?} at step {step}");
            assert_eq!(rejection(&world, other.1).await.unwrap().duplicate_of, one.1);
            assert_eq!(told(&world, one.1).await, ["ClusterIdentified"], "at step {step}");
            assert_eq!(told(&world, other.1).await, ["ClusterRejected"], "at step {step}");

            remove(&world, one.0).await;
            let (third, again) = meets(other).await;
            assert!(again.is_ok(), "{again:?} at step {step}");
            let taken = ["ClusterRejected", "ClusterIdentified"];
            assert_eq!(told(&world, other.1).await, taken, "at step {step}");
            assert_eq!(known(&world, other.1).await.as_deref(), Some(NATIVE_ID));
            remove(&world, other.0).await;
            if !(first || second || third) {
                assert!(step > 6, "nothing ever broke");
                break;
            }
            assert!(step + 1 < STEPS_MAX, "more than {STEPS_MAX} steps");
        }
    }
}
