//! What the port of clusters promises besides, asked of a real Swarm.

use crate::{both::contract::connect, lab::Lab};
use commands::ports::cluster::{Error, Managers, Manner, NodeChange};
use domain::availability::Availability;
use std::time::Duration;
use tokio::{sync::Notify, time::timeout};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_no_manager_is_not_silent() {
    let Some(lab) = Lab::enter().await else { return };
    let failed = connect(lab.address(1)).nodes().await;
    assert!(matches!(failed, Err(Error::ControlPlaneUnavailable { .. })), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_manager_that_is_reached_is_known() {
    let Some(lab) = Lab::enter().await else { return };
    let swarm = connect(lab.address(0));
    let change = NodeChange { availability: Some(Availability::Drain), ..NodeChange::default() };
    let managers = async |index: usize| {
        let id = lab.engines()[index].node_id.as_str();
        swarm.impact(id, &change, Manner::Gentle).await.unwrap().managers
    };
    assert_eq!(managers(0).await, Some(Managers { count: 1, reachable: 1, needed: 1 }));
    assert_eq!(managers(1).await, None, "a worker decides nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_learns_that_the_engine_died() {
    let Some(lab) = Lab::enter().await else { return };
    let swarm = connect(lab.address(2));
    let changed = Notify::new();
    let kill = async {
        changed.notified().await;
        tokio::task::block_in_place(|| lab.kill(2)).unwrap();
        std::future::pending::<()>().await;
    };
    let ended = timeout(Duration::from_secs(20), async {
        tokio::select! {
            ended = swarm.follow(&changed) => ended,
            () = kill => unreachable!(),
        }
    });
    let ended = ended.await.expect("it ends");
    tokio::task::block_in_place(|| lab.revive(2)).unwrap();
    lab.wait_until_node_is(2, "ready").unwrap();
    assert!(!matches!(ended, Err(Error::Refused { .. } | Error::Overtaken { .. })), "{ended:?}");
}
