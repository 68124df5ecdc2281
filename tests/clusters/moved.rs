//! A registered cluster is moved from one real cluster to another, and back.

use crate::{
    both::identity::{known, rejection},
    kubernetes,
    lab::Lab,
    real::{Real, world},
    world::{Address, Secured, World},
};
use commands::{
    handle,
    provider::change_cluster_endpoint::ChangeClusterEndpoint,
    reconcile::{Done, Error},
    refusal::Refusal,
};
use domain::{
    cluster::Rejection,
    ids::{ClusterId, NodeId, ProviderId},
    provider::{self, Kind},
};
use tests::lab::{Kubernetes, SERVER_NAME, Swarm};
use tokio::task::block_in_place;
use uuid::Uuid;

/// Reaches the cluster of a world at another address.
async fn moved(world: &World, to: &Address) {
    world.ask(&change(world, to)).await.unwrap();
}

fn change(world: &World, to: &Address) -> ChangeClusterEndpoint {
    let (described, access) = to.described(ClusterId(Uuid::now_v7()));
    let mut change = provider::change_cluster_endpoint::ChangeClusterEndpoint::of(world.cluster);
    change.url = Some(described.url);
    change.server_name = Some(described.server_name);
    change.ca = Some(described.ca);
    ChangeClusterEndpoint {
        provider: world.provider,
        change,
        certificate: Some(access.certificate),
        token: access.token.map(Some),
        rank: None,
        weight: None,
    }
}

/// What is known follows what answers, unless that is another's by then.
async fn follows(real: &dyn Real, elsewhere: &Address, there: &str) {
    let world = world(real).await;
    let here = real.identity();
    let node = NodeId::of(world.cluster, &real.is(1).native_id);
    world.sweep().await;
    assert_eq!(known(&world, world.cluster).await, Some(here.clone()));
    assert!(!world.seen(node).await.unwrap().lost);

    moved(&world, elsewhere).await;
    world.sweep().await;
    assert_eq!(known(&world, world.cluster).await.as_deref(), Some(there));
    assert!(world.seen(node).await.unwrap().lost, "it is not of this cluster");

    // What was left is free for whoever meets it.
    let (provider, second) = (ProviderId(Uuid::now_v7()), ClusterId(Uuid::now_v7()));
    world.register(provider, second, &real.address()).await;
    world.sweep().await;
    assert_eq!(known(&world, second).await, Some(here.clone()));

    moved(&world, &real.address()).await;
    let refused = world.reconciler().cluster(world.provider, world.cluster).await;
    assert!(matches!(refused, Err(Error::Rejected(other)) if other == second), "{refused:?}");
    let expected = Rejection { duplicate_of: second, native_id: here };
    assert_eq!(rejection(&world, world.cluster).await, Some(expected));
    assert_eq!(known(&world, world.cluster).await.as_deref(), Some(there), "it keeps what it had");
    assert_eq!(world.reconcile(node).await.unwrap(), Done::HandsOff);

    moved(&world, elsewhere).await;
    world.sweep().await;
    assert_eq!(rejection(&world, world.cluster).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swarm_that_is_another_is_known_as_another() {
    let Some(lab) = Lab::enter().await else { return };
    let swarm = block_in_place(|| Swarm::start_secured("dijon", 1, 1)).unwrap();
    let authority = swarm.authority().unwrap();
    let secured = Some(Secured {
        server_name: SERVER_NAME.to_owned(),
        authority: authority.certificate.clone(),
        own: Some(authority.client("berth")),
    });
    let (kind, url) = (Kind::Swarm, swarm.url(0));
    let elsewhere = Address { kind, url, urls: vec![], secured, token: None };
    let there = block_in_place(|| swarm.docker(0, &["info", "--format", "{{.Swarm.Cluster.ID}}"]));
    follows(&lab, &elsewhere, there.unwrap().trim()).await;
    block_in_place(|| swarm.stop()).unwrap();
}

/// A token is not sent to a host that it was not given for.
#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_that_is_another_is_known_as_another_and_gets_no_token() {
    let Some(lab) = kubernetes::Lab::enter().await else { return };
    let other = block_in_place(|| Kubernetes::start("bergen", 1)).unwrap();
    let elsewhere = kubernetes::address(&other);
    let there = block_in_place(|| kubernetes::identity(&other));
    follows(&lab, &elsewhere, &there).await;

    let by_token = lab.by_token(lab.account("mover"));
    let world = World::new(&by_token).await;
    let secured = elsewhere.secured.map(|secured| Secured { own: None, ..secured });
    let silent = Address { secured, ..elsewhere };
    let refused = world.ask(&change(&world, &silent)).await;
    let Err(handle::Error::Refused(Refusal::Provider(refused))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(refused, provider::Error::TokenNeeded);
    let token = Some(block_in_place(|| other.token("default")).unwrap());
    moved(&world, &Address { token, ..silent }).await;
    block_in_place(|| other.stop()).unwrap();
}
