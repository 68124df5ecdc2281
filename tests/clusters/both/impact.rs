//! What a change would do is said before, and then it does just that.

use super::drain::on_one_node;
use crate::{
    real::{Change, Real, node, world},
    world::World,
};
use commands::{
    node::{
        drain::{DrainNode, TIME_DEFAULT},
        impact::{Impact, Warning},
        label::LabelNode,
    },
    ports::cluster::{Manner, NodeChange, Outcome, Touched},
};
use domain::{
    availability::Availability,
    ids::NodeId,
    provider::Kind,
    testing::{key, value},
};
use serde_json::json;
use tests::harness::eventually;

async fn of_drain(world: &World, node: NodeId) -> Impact {
    let (provider, deadline) = (world.provider, world.deadline(TIME_DEFAULT));
    let verb = DrainNode { provider, node, deadline, forced: false };
    let change = NodeChange { availability: Some(Availability::Drain), ..NodeChange::default() };
    world.impact(&verb, node, &change, Manner::Gentle).await
}

async fn of_label(world: &World, node: NodeId, k: &str, v: &str) -> Impact {
    let (provider, key, value) = (world.provider, key(k), value(v));
    let change = NodeChange { set: [(key.clone(), value.clone())].into(), ..NodeChange::default() };
    let verb = LabelNode { provider, node, key, value };
    world.impact(&verb, node, &change, Manner::Gentle).await
}

/// Those of something, and that all others are of something else.
fn those_of<'a>(impact: &'a Impact, name: &str) -> Vec<&'a Touched> {
    impact.touched.iter().filter(|touched| touched.name.contains(name)).collect()
}

pub(super) async fn the_impact_of_a_drain_is_told_and_nothing_is_changed(real: &dyn Real) {
    for index in 1..=2 {
        real.change(index, Change::Label("zone", "a"));
    }
    real.change(1, Change::Label("disk", "own"));
    on_one_node(real, || {
        real.run_where("web", 2, ("zone", "a"));
        real.run_where("db", 1, ("disk", "own"));
    });
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    let (version, told) = (real.version(1), world.told(node).await);
    let impact = of_drain(&world, node).await;

    let web = those_of(&impact, "web");
    assert_eq!((web.len(), impact.touched.len()), (2, 3), "{impact:?}");
    for touched in &web {
        assert_eq!((touched.outcome, touched.elsewhere), (Outcome::Moves, 1), "{touched:?}");
        assert!(touched.part_of.as_ref().unwrap().contains("web"));
    }
    let db = those_of(&impact, "db")[0];
    assert_eq!((db.outcome, db.elsewhere), (Outcome::Moves, 0));
    assert_eq!(impact.warnings, [Warning::NowhereElse(db.name.clone())]);
    assert_eq!((impact.other_nodes, impact.managers), (2, None));
    // Nothing of it was recorded, and nothing was done.
    assert_eq!(world.told(node).await, told);
    assert_eq!(real.version(1), version);
    assert_eq!((real.running("web", 1), real.running("db", 1)), (2, 1));
    assert_eq!(real.availability(1), Availability::Active);

    // With the others paused it is the last one, and nothing has another place.
    for index in [0, 2] {
        real.change(index, Change::Availability(Availability::Pause));
    }
    let impact = of_drain(&world, node).await;
    assert_eq!((impact.other_nodes, impact.warnings.len()), (0, 4), "{impact:?}");
    assert_eq!(impact.warnings[0], Warning::LastNode);
}

pub(super) async fn the_impact_of_a_label_is_told_and_then_it_is_so(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    real.run_where("web", 2, ("zone", "a"));
    on_one_node(real, || real.run("other", 1));
    let impact = of_label(&world, node, "zone", "b").await;
    let outcome = match real.address().kind {
        Kind::Swarm => Outcome::Stops,
        Kind::Kubernetes => Outcome::Stays,
    };
    let outcomes: Vec<Outcome> = impact.touched.iter().map(|touched| touched.outcome).collect();
    assert_eq!(outcomes, [outcome; 2], "{impact:?}");
    assert_eq!(those_of(&impact, "web").len(), 2);
    let harmless = of_label(&world, node, "rack", "7").await;
    assert_eq!((harmless.touched, harmless.warnings), (vec![], vec![]));
    assert_eq!(real.labels(1), json!({"zone": "a"}));

    world.label(node, "zone", "b").await;
    world.sweep().await;
    assert_eq!(real.labels(1), json!({"zone": "b"}));
    let stay = if outcome == Outcome::Stays { 2 } else { 0 };
    eventually("what was said comes true", || async {
        (real.running("web", 1) == stay).then_some(())
    })
    .await;
    assert_eq!(real.running("other", 1), 1);
}

pub(super) async fn a_paused_node_keeps_what_runs(real: &dyn Real) {
    on_one_node(real, || real.run("web", 1));
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    let change = NodeChange { availability: Some(Availability::Pause), ..NodeChange::default() };
    let verb = world.setting(node, Availability::Pause);
    let impact = world.impact(&verb, node, &change, Manner::Gentle).await;
    assert_eq!((impact.touched, impact.warnings), (vec![], vec![]));
}
