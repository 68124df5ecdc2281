//! What a change leaves alone on a Swarm, where a write replaces all of a node.

use crate::lab::Lab;
use commands::reconcile::Done;
use domain::availability::Availability;

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_stays_a_manager() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 0);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.set(node, Availability::Drain).await;
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    let inspected = lab.inspect(0);
    assert_eq!(inspected["Spec"]["Role"], "manager");
    assert_eq!(inspected["Spec"]["Availability"], "drain");
    assert_eq!(inspected["ManagerStatus"]["Leader"], true);
}
