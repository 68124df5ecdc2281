//! What only Kubernetes has: a status of what runs that somebody else writes, a moment late.

use super::Lab;
use crate::tenant::{Tenant, world};
use commands::reconcile::WorkloadDone;
use domain::{Event, workload_observation};
use tests::lab::Kubernetes;
use tokio::task::block_in_place;

/// Its pods are gone, and the status still counts them.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_ahead_of_the_pods_is_not_believed() {
    let Some(lab) = Lab::enter().await else { return };
    let world = world(&lab).await;
    let tenant = Tenant::new(&world).await;
    let (profile, on) = (tenant.define(vec![]).await, world.cluster);
    let id = tenant.request(profile, 2).await;
    world.settle(id, on).await;

    let namespace = format!("--namespace=berth-{}", tenant.organization);
    let status = || {
        let object = format!("deployment/{}", tenant.which(id).object_name());
        let ready = "--output=jsonpath={.status.readyReplicas} {.status.updatedReplicas}";
        lab.say(&["get", &object, &namespace, ready])
    };
    block_in_place(|| Kubernetes::paralyse(&lab)).unwrap();
    lab.say(&["delete", "pods", "--all", "--grace-period=0", "--force", &namespace]);
    assert_eq!(status(), "2 2", "it is late");
    assert_eq!(world.look_at(id, on).await, WorkloadDone::Converging);
    let degraded = world.became(id).await.into_iter().find_map(|event| match event.payload {
        Event::WorkloadObservation(workload_observation::Event::Degraded(told)) => Some(told),
        _ => None,
    });
    assert_eq!(degraded.unwrap().running, 0);

    block_in_place(|| Kubernetes::unparalyse(&lab)).unwrap();
    world.settle(id, on).await;
    let told = ["WorkloadApplied", "WorkloadRunning", "WorkloadDegraded", "WorkloadRunning"];
    assert_eq!(world.told_of(id).await, told);
    tenant.remove(id).await;
    world.settle_removed(id, on).await;
}
