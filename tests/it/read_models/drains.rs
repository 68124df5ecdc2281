//! Drains, as the list of nodes shows them.

use super::{script::Script, table::Process};
use domain::{
    Version,
    availability::Availability,
    ids::NodeId,
    node_observation::drain::Failure,
    testing::{
        availability_changed, change_applied, discovered, drain_cancelled, drain_completed,
        drain_failed, drain_progressed, drain_started, left, place,
    },
};
use projections::{
    Model,
    node_list::{
        query,
        row::{DrainState, Row},
    },
};
use tests::harness::Database;
use uuid::Uuid;

fn node(number: u128) -> NodeId {
    NodeId(Uuid::from_u128(0xd0 + number))
}

/// Four nodes are drained: one is on its way, one is empty, one keeps something, one was spared.
pub(super) fn scenes(script: &Script) {
    for number in 1..=4 {
        script.seen(node(number), discovered("active"));
        script.node(node(number), drain_started("active"));
        script.seen(node(number), change_applied(1));
        script.seen(node(number), drain_progressed(1, &["web.1", "web.2"]));
        script.seen(node(number), drain_progressed(1, &["web.2"]));
    }
    script.seen(node(2), drain_completed(1));
    script.seen(node(3), drain_failed(1, &["web.2"], Failure::Deadline));
    script.node(node(4), drain_cancelled("active"));
}

async fn get(process: &Process, number: u128) -> Row {
    query::get(&process.pool, place().provider, node(number)).await.unwrap().row.unwrap()
}

#[tokio::test]
async fn a_drain_shows_how_far_it_is_and_how_it_ended() {
    let (database, script) = (Database::create().await, Script::default());
    scenes(&script);
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;

    let one = get(&process, 1).await.draining.unwrap();
    assert_eq!((one.version, one.state), (Version(1), DrainState::Draining));
    assert_eq!((one.total_count, one.left_count), (Some(2), Some(1)));
    assert_eq!((one.left, one.ended_at), (left(&["web.2"]), None));
    let two = get(&process, 2).await.draining.unwrap();
    assert_eq!((two.state, two.total_count), (DrainState::Drained, Some(2)));
    assert_eq!((two.left_count, two.left), (Some(0), vec![]));
    assert!(two.ended_at.unwrap() > two.started_at);
    let three = get(&process, 3).await.draining.unwrap();
    assert_eq!((three.state, three.reason), (DrainState::Failed, Some(Failure::Deadline)));
    assert_eq!(three.left, left(&["web.2"]));
    let four = get(&process, 4).await;
    let wanted = four.wanted_availability.unwrap();
    assert_eq!((four.draining, wanted.availability), (None, Availability::Active));
    assert_eq!(four.version, Version(2));
}

#[tokio::test]
async fn what_is_said_of_a_drain_that_is_over_shows_nowhere() {
    let (database, script) = (Database::create().await, Script::default());
    scenes(&script);
    // Late words of drains that were cancelled, begun anew, or ended by another decision.
    script.seen(node(4), drain_progressed(1, &["web.1"]));
    script.node(node(3), drain_started("active"));
    script.seen(node(3), drain_completed(1));
    script.node(node(1), availability_changed("active", Some("drain")));
    script.seen(node(1), drain_completed(1));
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    assert_eq!(get(&process, 4).await.draining, None);
    assert_eq!(get(&process, 1).await.draining, None);
    let anew = get(&process, 3).await.draining.unwrap();
    assert_eq!((anew.version, anew.state), (Version(2), DrainState::Draining));
    assert_eq!((anew.left_count, anew.reason), (None, None));
}
