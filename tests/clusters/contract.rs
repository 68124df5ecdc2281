//! What the port of clusters promises besides, asked of a real Swarm.

use crate::{both::contract::connect, lab::Lab};
use commands::ports::cluster::Error;
use std::time::Duration;
use tokio::{sync::Notify, time::timeout};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_no_manager_is_not_silent() {
    let Some(lab) = Lab::enter().await else { return };
    let failed = connect(lab.address(1)).nodes().await;
    assert!(matches!(failed, Err(Error::ControlPlaneUnavailable { .. })), "{failed:?}");
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
