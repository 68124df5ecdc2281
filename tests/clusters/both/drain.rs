//! Drains as jobs that last: what runs on a node leaves it, and what became of that is told.

use crate::{
    at_work::AtWork,
    lab::CALL_TIMEOUT,
    real::{Change, Real, node, world},
    world::World,
};
use domain::{
    Event, StreamId, Version,
    availability::Availability,
    ids::{NodeId, PrincipalId},
    node as intent,
    node_observation::{
        self,
        drain::{DrainFailed, DrainProgressed, Failure},
    },
};
use std::time::Duration;
use tests::harness::eventually;

/// Longer than any story.
const LONG: Duration = Duration::from_secs(600);
/// Time for a few steps.
const SHORT: Duration = Duration::from_secs(4);
/// Time for one step also on a slow machine.
const MODERATE: Duration = Duration::from_secs(10);
const SWEEP: Duration = Duration::from_secs(1);
const COPIES: usize = 2;

/// Runs copies of something on node 1 and nowhere else, although they may run anywhere.
pub(crate) fn on_one_node(real: &dyn Real, run: impl FnOnce()) {
    let others = (0..real.nodes()).filter(|index| *index != 1);
    others.clone().for_each(|index| real.change(index, Change::Availability(Availability::Pause)));
    run();
    others.for_each(|index| real.change(index, Change::Availability(Availability::Active)));
}

fn work(world: &World) -> AtWork {
    world.work(world.connections(CALL_TIMEOUT), SWEEP)
}

/// Until so many events of a type are told of a node.
async fn told(world: &World, node: NodeId, r#type: &str, times: usize) {
    eventually(&format!("{times} {type} are told"), || async {
        (world.count(node, r#type).await == times).then_some(())
    })
    .await;
}

/// How the drains of a node failed.
async fn failures(world: &World, node: NodeId) -> Vec<DrainFailed> {
    let failed = world.history(node).await.into_iter().filter_map(|event| match event.payload {
        Event::NodeObservation(node_observation::Event::DrainFailed(failed)) => Some(failed),
        _ => None,
    });
    failed.collect()
}

async fn progress(world: &World, node: NodeId) -> Vec<DrainProgressed> {
    let told = world.history(node).await.into_iter().filter_map(|event| match event.payload {
        Event::NodeObservation(node_observation::Event::DrainProgressed(told)) => Some(told),
        _ => None,
    });
    told.collect()
}

async fn moved_away(real: &dyn Real, name: &str) {
    eventually("all of it runs elsewhere", || async {
        let elsewhere: usize = [0, 2].iter().map(|index| real.running(name, *index)).sum();
        (elsewhere == COPIES && real.running(name, 1) == 0).then_some(())
    })
    .await;
}

pub(super) async fn a_drained_node_is_empty_and_others_run_what_it_ran(real: &dyn Real) {
    on_one_node(real, || real.run("web", COPIES));
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    let cause = world.drain(node, LONG).await;
    let worker = work(&world);
    told(&world, node, "DrainCompleted", 1).await;
    worker.stop().await;
    assert_eq!(real.running("web", 1), 0);
    assert_eq!(real.availability(1), Availability::Drain);
    moved_away(real, "web").await;

    let first = &progress(&world, node).await[0];
    assert_eq!((first.drain_version, first.left_count), (Version(1), 2));
    assert!(first.left.iter().all(|left| left.name.contains("web")), "{first:?}");
    let history = world.history(node).await;
    assert_eq!(history.last().unwrap().metadata.correlation_id, cause);
    // Drained it is, and nothing more is said.
    world.sweep().await;
    assert_eq!(world.history(node).await.len(), history.len());
}

pub(super) async fn what_came_while_a_drained_node_was_open_leaves_too(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.drain_by_force(node, LONG).await;
    world.sweep().await;
    world.sweep().await;
    assert_eq!(world.count(node, "DrainCompleted").await, 1, "nothing runs there");

    // Nobody is looking.
    real.change(1, Change::Availability(Availability::Active));
    on_one_node(real, || real.run("web", COPIES));
    assert_eq!(real.running("web", 1), COPIES);
    let worker = work(&world);
    told(&world, node, "DrainCompleted", 2).await;
    worker.stop().await;
    assert_eq!((real.running("web", 1), real.availability(1)), (0, Availability::Drain));
    moved_away(real, "web").await;
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 1);
    assert_eq!(failures(&world, node).await.len(), 0);

    let intents = world.writer.log().load(StreamId::node(node), Version::NONE).await.unwrap();
    let begun: Vec<_> = intents
        .iter()
        .map(|event| match &event.payload {
            Event::Node(intent::Event::DrainStarted(begun)) => {
                (event.metadata.actor == PrincipalId::WORKER, begun.forced, begun.before)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let before = Availability::Active;
    assert_eq!(begun, [(false, true, before), (true, false, before)], "never by force again");
    world.sweep().await;
    assert_eq!(world.seen(node).await.unwrap().applied, Version(2), "it is as wanted");
    world.cancel_drain(node).await;
    world.sweep().await;
    assert_eq!(real.availability(1), Availability::Active);
}

pub(super) async fn setting_the_availability_to_drain_is_the_same_job(real: &dyn Real) {
    on_one_node(real, || real.run("web", COPIES));
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.set(node, Availability::Drain).await;
    let worker = work(&world);
    told(&world, node, "DrainCompleted", 1).await;
    worker.stop().await;
    assert_eq!(real.running("web", 1), 0);
    // It is as wanted, so the same again is no new job.
    world.set(node, Availability::Drain).await;
    world.sweep().await;
    assert_eq!(world.seen(node).await.unwrap().applied, Version(1));
}

pub(super) async fn what_does_not_leave_is_named_once_the_deadline_has_passed(real: &dyn Real) {
    let mut why = "";
    on_one_node(real, || why = real.run_stubborn("db", COPIES));
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.drain(node, SHORT).await;
    let worker = work(&world);
    told(&world, node, "DrainFailed", 1).await;
    let failed = failures(&world, node).await.remove(0);
    assert_eq!((failed.reason, failed.left_count), (Failure::Deadline, 2));
    for left in &failed.left {
        assert!(left.name.contains("db") && left.reason.contains(why), "{left:?}");
    }
    // The node stays as safe as it is, and whoever wants it empty tries again.
    assert_eq!(real.availability(1), Availability::Drain);
    real.persuade("db");
    world.drain(node, LONG).await;
    told(&world, node, "DrainCompleted", 1).await;
    worker.stop().await;
    assert_eq!(real.running("db", 1), 0);
    assert_eq!(world.count(node, "DrainFailed").await, 1);
}

pub(super) async fn a_drain_goes_on_in_another_worker_until_all_has_left(real: &dyn Real) {
    on_one_node(real, || {
        real.run_stubborn("db", COPIES);
    });
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.drain(node, LONG).await;
    let first = work(&world);
    told(&world, node, "DrainProgressed", 1).await;
    first.stop().await;
    real.persuade("db");
    let second = work(&world);
    told(&world, node, "DrainCompleted", 1).await;
    second.stop().await;
    assert_eq!(real.running("db", 1), 0);
    assert_eq!(failures(&world, node).await.len(), 0);
}

pub(super) async fn a_cancelled_drain_goes_back_to_what_was_before(real: &dyn Real) {
    on_one_node(real, || {
        real.run_stubborn("db", COPIES);
    });
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.set(node, Availability::Pause).await;
    world.sweep().await;
    world.drain(node, LONG).await;
    let worker = work(&world);
    told(&world, node, "DrainProgressed", 1).await;
    assert_eq!(real.availability(1), Availability::Drain);
    world.cancel_drain(node).await;
    eventually("the node is as it was before", || async {
        world.seen(node).await.filter(|seen| seen.applied == Version(3))
    })
    .await;
    assert_eq!(real.availability(1), Availability::Pause);
    // What may leave now is not asked to any more.
    real.persuade("db");
    world.sweep().await;
    worker.stop().await;
    assert_eq!(world.count(node, "DrainCompleted").await, 0);
    assert_eq!(failures(&world, node).await.len(), 0);
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 0);
}

pub(super) async fn a_drain_fails_at_its_deadline_also_where_nobody_answers(real: &dyn Real) {
    on_one_node(real, || {
        real.run_stubborn("db", COPIES);
    });
    let mut world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.drain(node, MODERATE).await;
    world.sweep().await;
    assert_eq!(world.count(node, "DrainProgressed").await, 1);
    world.clusters = world.connections(Duration::from_secs(1));
    real.freeze();
    eventually("the deadline has passed", || async {
        world.sweep().await;
        (world.count(node, "DrainFailed").await == 1).then_some(())
    })
    .await;
    real.thaw();
    let failed = failures(&world, node).await.remove(0);
    // What was seen last is what is known.
    assert_eq!((failed.reason, failed.left_count), (Failure::Unanswered, 2));
    assert!(failed.words.unwrap().contains("did not answer"));
}
