//! Several who write at once: nothing is lost, and nothing is said twice.

use crate::lab::{CALL_TIMEOUT, Lab};
use commands::reconcile::{Done, Error};
use domain::{StreamId, Version};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tests::harness::eventually;

/// So many labels are written by each side.
const LABELS: usize = 10;
/// How often a side starts over when it loses; each time the other one has won.
const ATTEMPTS_MAX: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_concurrent_writer_and_berth_lose_nothing() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 1);
    world.sweep().await;
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let theirs = scope.spawn(|| {
            let node = lab.engines()[1].node_id.as_str();
            for number in 0.. {
                if number >= LABELS && is_over.load(Ordering::Relaxed) {
                    return number;
                }
                let label = format!("--label-add=their{number}=x");
                let add = || lab.docker(0, &["node", "update", &label, node]);
                assert!((0..ATTEMPTS_MAX).any(|_| add().is_ok()), "{:?}", add());
            }
            unreachable!()
        });
        let ours = async {
            for number in 0..LABELS {
                world.label(node, &format!("our{number}"), "x").await;
                let mut done = world.reconcile(node).await;
                for _ in 0..ATTEMPTS_MAX {
                    if matches!(done, Ok(Done::InLine)) {
                        break;
                    }
                    done = world.reconcile(node).await;
                }
                assert_eq!(done.unwrap(), Done::InLine);
            }
            is_over.store(true, Ordering::Relaxed);
        };
        let handle = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| handle.block_on(ours));
        let written = theirs.join().unwrap();
        let labels = lab.labels(1);
        let is_there = |label: String| assert_eq!(labels[&label], "x", "{label} is lost: {labels}");
        (0..LABELS).for_each(|number| is_there(format!("our{number}")));
        (0..written).for_each(|number| is_there(format!("their{number}")));
    });
    let applied = i64::try_from(LABELS).unwrap();
    assert_eq!(world.seen(node).await.unwrap().applied, Version(applied));
    assert_eq!(world.count(node, "NodeChangeApplied").await, LABELS);
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_at_once_say_everything_once() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 1);
    let workers =
        [(); 2].map(|()| world.work(world.connections(CALL_TIMEOUT), Duration::from_millis(300)));
    eventually("the node is discovered", || async { world.seen(node).await }).await;
    let stream = StreamId::node(node);
    for number in 0..LABELS {
        world.label(node, "zone", &format!("z{number}")).await;
        for worker in &workers {
            // Each twice, as a broker may deliver.
            worker.hint(stream).await;
            worker.hint(stream).await;
        }
    }
    let last = format!("z{}", LABELS - 1);
    let through = Version(i64::try_from(LABELS).unwrap());
    eventually("the last label is applied", || async {
        world.seen(node).await.filter(|seen| seen.applied == through)
    })
    .await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(lab.labels(1)["zone"], last.as_str());
    for index in 0..lab.engines().len() {
        assert_eq!(world.count(lab.node(&world, index), "NodeDiscovered").await, 1);
    }
    // An older decision was never written over a newer one, so nothing had to be put right.
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 0);
    let applied = applied_versions(&world.history(node).await);
    assert!(applied.is_sorted_by(|a, b| a < b), "{applied:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_hint_costs_time_and_a_doubled_one_nothing() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 1);
    world.sweep().await;

    // Nobody hints: the sweep finds it.
    world.label(node, "zone", "a").await;
    let worker = world.work(world.connections(CALL_TIMEOUT), Duration::from_millis(200));
    let applied = |through: i64| {
        let (world, through) = (&world, Version(through));
        move || async move { world.seen(node).await.filter(|seen| seen.applied == through) }
    };
    eventually("the sweep applies it", applied(1)).await;
    worker.stop().await;
    let without = world.told(node).await;

    // Everybody hints, also at what is none of the worker's business.
    world.label(node, "zone", "b").await;
    let worker = world.work(world.connections(CALL_TIMEOUT), Duration::from_secs(3600));
    for _ in 0..100 {
        worker.hint(StreamId::node(node)).await;
        worker.hint(StreamId::node_observation(node)).await;
        worker.hint(StreamId::provider(world.provider)).await;
        worker.hint(StreamId::node(world.node("nobody"))).await;
    }
    eventually("the hint applies it", applied(2)).await;
    worker.stop().await;
    let with = world.told(node).await;
    assert_eq!(with[without.len()..], ["NodeObserved", "NodeChangeApplied"]);
    assert!(matches!(world.reconcile(node).await, Ok(Done::InLine) | Err(Error::Overtaken)));
    assert_eq!(world.told(node).await, with);
}

fn applied_versions(history: &[domain::recorded::Recorded<domain::Event>]) -> Vec<Version> {
    use domain::{Event, node_observation::Event as Observation};
    let applied = history.iter().filter_map(|event| match &event.payload {
        Event::NodeObservation(Observation::ChangeApplied(applied)) => {
            Some(applied.through_version)
        }
        _ => None,
    });
    applied.collect()
}
