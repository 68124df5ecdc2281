//! A worker that dies or sleeps at any step: whoever runs next comes to the same end.

use crate::{
    fake::{FakeCluster, Fakes},
    fuse::{BrittleLog, Fuse},
    world::{Address, INSTANCE, World},
};
use adapters::clock::SystemClock;
use commands::{
    Writer,
    reconcile::{Done, Error, Reconciler},
};
use domain::{
    StreamId, Version,
    availability::Availability,
    ids::NodeId,
    node_observation::{Facts, drain::End},
    testing::left,
};
use serde_json::json;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tests::harness::eventually;

/// More steps than any run has.
pub(crate) const STEPS_MAX: usize = 200;
/// Longer than any story.
const LONG: Duration = Duration::from_secs(600);
pub(crate) const URL: &str = "http://cluster.invalid:2375";

/// A fake cluster, and a world that reaches it.
pub(crate) async fn world() -> (World, Arc<FakeCluster>) {
    let cluster = Arc::new(FakeCluster::default());
    let fuse = Arc::new(Fuse::default());
    let clusters = Arc::new(Fakes { cluster: Arc::clone(&cluster), fuse });
    let mut world = World::new(&Address::plain(URL)).await;
    world.clusters = clusters;
    (world, cluster)
}

/// A worker that dies at a step.
fn brittle(world: &World, cluster: &Arc<FakeCluster>, step: usize) -> Reconciler {
    fused(world, cluster, Fuse::at(step))
}

/// A worker with a fuse.
pub(crate) fn fused(world: &World, cluster: &Arc<FakeCluster>, fuse: Arc<Fuse>) -> Reconciler {
    let log = BrittleLog { log: world.database.log(), fuse: Arc::clone(&fuse) };
    let clusters = Fakes { cluster: Arc::clone(cluster), fuse };
    let (log, clusters) = (Arc::new(log), Arc::new(clusters));
    Reconciler::new(Writer::new(log), clusters, Arc::new(SystemClock), INSTANCE)
}

fn facts(native_id: &str) -> Facts {
    Facts { native_id: native_id.to_owned(), ..domain::testing::facts("active") }
}

/// Prepares a node, lets a worker die at each step in turn, runs again, and expects the same end.
async fn survives<F: Future<Output = ()>>(
    prepare: impl Fn(Arc<World>, Arc<FakeCluster>, String) -> F,
    expected: &[&str],
    writes: usize,
) {
    let (world, cluster) = world().await;
    let world = Arc::new(world);
    for step in 0..STEPS_MAX {
        let native_id = format!("n{step}");
        let node = world.node(&native_id);
        cluster.put(facts(&native_id));
        world.sweep().await;
        prepare(Arc::clone(&world), Arc::clone(&cluster), native_id.clone()).await;
        let before = cluster.writes.load(Ordering::Relaxed);
        let died = brittle(&world, &cluster, step).node(node).await;
        world.reconcile(node).await.unwrap();
        assert_eq!(world.told(node).await, expected, "after {died:?} at step {step}");
        assert_eq!(cluster.writes.load(Ordering::Relaxed) - before, writes, "at step {step}");
        if died.is_ok() {
            assert!(step > 6, "nothing ever broke");
            return;
        }
    }
    panic!("a run with more than {STEPS_MAX} steps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_decision_survives_a_death_at_any_step() {
    survives(
        |world, _, native_id| async move {
            let node = world.node(&native_id);
            world.label(node, "zone", "a").await;
            world.set(node, Availability::Pause).await;
        },
        &["NodeDiscovered", "NodeObserved", "NodeChangeApplied"],
        1,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_is_told_once_though_the_worker_died() {
    survives(
        |world, cluster, native_id| async move {
            let node = world.node(&native_id);
            world.label(node, "zone", "a").await;
            world.reconcile(node).await.unwrap();
            cluster.put(facts(&native_id));
        },
        &[
            "NodeDiscovered",
            "NodeObserved",
            "NodeChangeApplied",
            "NodeObserved",
            "NodeObserved",
            "NodeDriftRepaired",
        ],
        1,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_node_is_told_once_though_the_worker_died() {
    survives(
        |_, cluster, native_id| async move {
            cluster.nodes.lock().unwrap().remove(&native_id);
        },
        &["NodeDiscovered", "NodeLost"],
        0,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_once_though_the_worker_died() {
    survives(
        |world, cluster, native_id| async move {
            *cluster.refusal.lock().unwrap() = Some("nodes are frozen".to_owned());
            world.label(world.node(&native_id), "zone", "a").await;
        },
        &["NodeDiscovered", "NodeChangeRejected"],
        0,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_discovered_once_though_the_worker_died() {
    for step in 0..STEPS_MAX {
        let (world, cluster) = world().await;
        cluster.put(facts("n1"));
        cluster.put(facts("n2"));
        let died = brittle(&world, &cluster, step).cluster(world.provider, world.cluster).await;
        world.sweep().await;
        for node in ["n1", "n2"] {
            assert_eq!(world.told(world.node(node)).await, ["NodeDiscovered"], "at step {step}");
        }
        if died.is_ok() {
            return;
        }
    }
    panic!("a run with more than {STEPS_MAX} steps");
}

/// Runs again until nothing is left to come back for.
async fn until_drained(world: &World, node: NodeId) -> Done {
    for _ in 0..STEPS_MAX {
        let done = world.reconcile(node).await.unwrap();
        if done != Done::Draining {
            return done;
        }
    }
    panic!("a drain with more than {STEPS_MAX} steps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_is_told_once_though_the_worker_died() {
    let (world, cluster) = world().await;
    for step in 0..STEPS_MAX {
        let native_id = format!("n{step}");
        let node = world.node(&native_id);
        cluster.put(facts(&native_id));
        world.sweep().await;
        world.drain(node, LONG).await;
        *cluster.running.lock().unwrap() = left(&["web.1", "web.2"]);
        // The worker dies in the first step, and in one of the next.
        let first = brittle(&world, &cluster, step).node(node).await;
        let second = brittle(&world, &cluster, step).node(node).await;
        assert_eq!(until_drained(&world, node).await, Done::InLine);
        let told = world.told(node).await;
        let progressed = |told: &&&str| **told == "DrainProgressed";
        assert!(told.iter().filter(progressed).count() <= 2, "{told:?} at step {step}");
        let rest: Vec<&str> = told.iter().filter(|told| !progressed(told)).copied().collect();
        let expected = ["NodeDiscovered", "NodeObserved", "NodeChangeApplied", "DrainCompleted"];
        assert_eq!(rest, expected, "after {first:?} and {second:?} at step {step}");
        if first.is_ok() && second.is_ok() {
            assert!(step > 6, "nothing ever broke");
            return;
        }
    }
    panic!("a run with more than {STEPS_MAX} steps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_was_undone_begins_anew_once_though_the_worker_died() {
    let (world, cluster) = world().await;
    for step in 0..STEPS_MAX {
        let native_id = format!("n{step}");
        let node = world.node(&native_id);
        cluster.put(facts(&native_id));
        world.sweep().await;
        world.drain(node, LONG).await;
        assert_eq!(until_drained(&world, node).await, Done::InLine);
        cluster.put(facts(&native_id));
        *cluster.running.lock().unwrap() = left(&["web.1"]);
        let died = brittle(&world, &cluster, step).node(node).await;
        // Whoever comes next finds by itself what is left to do.
        until_empty(&world, &cluster).await;
        let intents = world.writer.log().load(StreamId::node(node), Version::NONE).await.unwrap();
        assert_eq!(intents.len(), 2, "after {died:?} at step {step}");
        let told = world.told(node).await;
        let count = |what: &str| told.iter().filter(|told| **told == what).count();
        let counts = (count("NodeDriftRepaired"), count("DrainCompleted"), count("DrainFailed"));
        assert_eq!(counts, (1, 2, 0), "{told:?} after {died:?} at step {step}");
        if died.is_ok() {
            assert!(step > 6, "nothing ever broke");
            return;
        }
    }
    panic!("a run with more than {STEPS_MAX} steps");
}

/// Compares all again and again, until the cluster has nothing that would leave it.
async fn until_empty(world: &World, cluster: &FakeCluster) {
    for _ in 0..STEPS_MAX {
        world.sweep().await;
        let again = world.reconciler().cluster(world.provider, world.cluster).await.unwrap();
        if again.is_empty() && cluster.running.lock().unwrap().is_empty() {
            return;
        }
    }
    panic!("more than {STEPS_MAX} sweeps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_lost_while_it_is_drained_ends_the_drain() {
    let (world, cluster) = world().await;
    let node = world.node("n1");
    cluster.put(facts("n1"));
    world.sweep().await;
    world.drain(node, LONG).await;
    *cluster.running.lock().unwrap() = left(&["web.1", "web.2", "web.3"]);
    assert_eq!(world.reconcile(node).await.unwrap(), Done::Draining);
    cluster.nodes.lock().unwrap().remove("n1");
    assert_eq!(world.reconcile(node).await.unwrap(), Done::Lost);
    let told = world.seen(node).await.unwrap().drain.unwrap();
    assert_eq!((told.end, told.rest.count()), (Some(End::Failed), 3), "as it was seen last");
    world.reconcile(node).await.unwrap();
    assert_eq!(world.count(node, "DrainFailed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_the_cluster_refuses_fails_at_its_deadline() {
    let (world, cluster) = world().await;
    let node = world.node("n1");
    cluster.put(facts("n1"));
    world.sweep().await;
    *cluster.refusal.lock().unwrap() = Some("nodes are frozen".to_owned());
    world.drain(node, Duration::from_secs(5)).await;
    assert_eq!(world.reconcile(node).await.unwrap(), Done::Rejected);
    assert_eq!(world.count(node, "DrainFailed").await, 0, "its time is not over");
    eventually("its time is over", || async {
        world.reconcile(node).await.unwrap();
        (world.count(node, "DrainFailed").await == 1).then_some(())
    })
    .await;
    let history = world.history(node).await;
    let data = serde_json::to_value(&history.last().unwrap().payload).unwrap();
    assert_eq!((&data["reason"], &data["words"]), (&json!("refused"), &json!("nodes are frozen")));
}

/// Between the read and the write of a worker that sleeps, somebody decides anew and another worker
/// applies it. The sleeper must not write what it knew.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_slept_writes_no_older_decision() {
    let (world, cluster) = world().await;
    let (node, world) = (world.node("n1"), Arc::new(world));
    cluster.put(facts("n1"));
    world.sweep().await;
    world.label(node, "zone", "old").await;
    let other = Arc::clone(&world);
    cluster.after_read.set(async move {
        other.label(node, "zone", "new").await;
        assert_eq!(other.reconcile(node).await.unwrap(), Done::InLine);
    });
    let slept = world.reconcile(node).await;
    assert!(matches!(slept, Err(Error::Overtaken)), "{slept:?}");
    assert_eq!(cluster.facts("n1").labels["zone"], "new");
    assert_eq!(cluster.writes.load(Ordering::Relaxed), 1);
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    assert_eq!(cluster.writes.load(Ordering::Relaxed), 1);
    assert_eq!(world.seen(node).await.unwrap().applied, Version(2));
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 0);
}

/// The same before the read, and the other worker died before it could report.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_slept_before_it_read_writes_no_older_decision() {
    let (world, cluster) = world().await;
    let (node, world) = (world.node("n1"), Arc::new(world));
    cluster.put(facts("n1"));
    world.sweep().await;
    world.label(node, "zone", "old").await;
    let (other, others) = (Arc::clone(&world), Arc::clone(&cluster));
    cluster.before_read.set(async move {
        other.label(node, "zone", "new").await;
        let mut facts = facts("n1");
        facts.labels.insert("zone".to_owned(), "new".to_owned());
        others.put(facts);
    });
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    assert_eq!(cluster.facts("n1").labels["zone"], "new");
    assert_eq!(cluster.writes.load(Ordering::Relaxed), 0);
    assert_eq!(world.seen(node).await.unwrap().applied, Version(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_race_for_the_node_is_run_again_at_once() {
    let (world, cluster) = world().await;
    let node = world.node("n1");
    cluster.put(facts("n1"));
    world.sweep().await;
    world.label(node, "zone", "a").await;
    let undo = Arc::clone(&cluster);
    // The first read lets somebody write, so the first change loses its race; the second one wins.
    cluster.after_read.set(async move { undo.put(facts("n1")) });
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    assert_eq!(cluster.writes.load(Ordering::Relaxed), 1);
}
