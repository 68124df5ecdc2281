//! Nodes are registered, and what is decided about them is done and reported.

use crate::real::{Change, Real, node, world};
use commands::reconcile::Done;
use domain::{
    Event, Version,
    availability::Availability,
    ids::PrincipalId,
    node_observation::{self, facts::State},
};
use serde_json::json;

pub(super) async fn nodes_are_registered_as_the_engine_shows_them(real: &dyn Real) {
    real.change(1, Change::Label("rack", "7"));
    real.change(1, Change::Availability(Availability::Pause));
    let world = world(real).await;
    world.sweep().await;
    for index in 0..real.nodes() {
        let (node, is) = (node(&world, real, index), real.is(index));
        assert_eq!(world.told(node).await, ["NodeDiscovered"]);
        let facts = world.seen(node).await.unwrap().facts;
        assert_eq!(
            (facts.native_id, facts.name, facts.address),
            (is.native_id, is.name, is.address)
        );
        assert_eq!(json!(facts.labels), real.labels(index));
        assert_eq!(facts.availability, real.availability(index));
        assert_eq!(facts.state, State::Ready);
        assert_eq!(
            (facts.role, facts.reachability, facts.leader),
            (is.role, is.reachability, is.leader)
        );
    }
    // Nothing is different, so nothing is said.
    world.sweep().await;
    assert_eq!(world.told(node(&world, real, 0)).await, ["NodeDiscovered"]);
}

pub(super) async fn labels_and_availability_are_applied_and_reported(real: &dyn Real) {
    real.change(1, Change::Label("rack", "7"));
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    let cause = world.set(node, Availability::Pause).await;

    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    assert_eq!(real.labels(1), json!({"rack": "7", "zone": "a"}));
    assert_eq!(real.availability(1), Availability::Pause);
    let expected = ["NodeDiscovered", "NodeObserved", "NodeChangeApplied"];
    assert_eq!(world.told(node).await, expected);
    let seen = world.seen(node).await.unwrap();
    assert_eq!((seen.applied, seen.facts.availability), (Version(2), Availability::Pause));
    let history = world.history(node).await;
    let report = &history.last().unwrap().metadata;
    assert_eq!((report.actor, report.correlation_id), (PrincipalId::WORKER, cause));
    assert!(report.causation_id.is_some());

    world.unlabel(node, "zone").await;
    world.set(node, Availability::Active).await;
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    assert_eq!(real.labels(1), json!({"rack": "7"}));
    assert_eq!(real.availability(1), Availability::Active);
    let history = world.history(node).await;
    let Event::NodeObservation(node_observation::Event::ChangeApplied(applied)) =
        &history.last().unwrap().payload
    else {
        panic!("{history:?}")
    };
    assert_eq!(applied.through_version, Version(4));
}

pub(super) async fn a_label_that_was_never_there_is_removed_without_a_word_to_the_engine(
    real: &dyn Real,
) {
    let world = world(real).await;
    let node = node(&world, real, 2);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.unlabel(node, "zone").await;
    let before = real.version(2);
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    assert_eq!(real.version(2), before);
    assert_eq!(world.seen(node).await.unwrap().applied, Version(2));
}

pub(super) async fn a_node_that_left_is_lost_and_nothing_else(real: &dyn Real) {
    let world = world(real).await;
    world.sweep().await;
    // Known to the log, as if the cluster had listed it once.
    let place = domain::node::Place { cluster: world.cluster, provider: world.provider };
    let facts = domain::testing::facts("active");
    let gone = world.node(&facts.native_id);
    world.say(commands::node::observe::ObserveNode { place, facts }).await;
    world.sweep().await;
    world.sweep().await;
    assert_eq!(world.told(gone).await, ["NodeDiscovered", "NodeLost"]);
}
