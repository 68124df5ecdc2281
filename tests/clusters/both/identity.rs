//! A real cluster belongs to one provider, once.

use crate::{
    connectivity::{failed, report, tested},
    real::{Real, world},
    wire::Wire,
    world::{Address, INSTANCE, World},
};
use adapters::clock::SystemClock;
use commands::{
    handle,
    provider::{
        disable::DisableProvider, enable::EnableProvider, remove::RemoveProvider,
        test::TestProvider,
    },
    reconcile::{Error, Reconciler},
    refusal::Refusal,
};
use domain::{
    Aggregate, Version,
    cluster::{Cluster, Event as Observed, Rejection},
    connectivity::Step,
    ids::{ClusterId, ProviderId},
    provider,
};
use std::sync::Arc;
use uuid::Uuid;

/// How often two meet at once.
const MEETINGS: usize = 5;

pub(crate) fn new() -> (ProviderId, ClusterId) {
    (ProviderId(Uuid::now_v7()), ClusterId(Uuid::now_v7()))
}

/// The real cluster that a registered one has.
pub(crate) async fn known(world: &World, id: ClusterId) -> Option<String> {
    world.observed(id).await.identity.map(|identity| identity.native_id)
}

pub(crate) async fn rejection(world: &World, id: ClusterId) -> Option<Rejection> {
    world.observed(id).await.rejection
}

async fn nodes(world: &World, real: &dyn Real, cluster: ClusterId) -> usize {
    let mut known = 0;
    for index in 0..real.nodes() {
        let node = domain::ids::NodeId::of(cluster, &real.is(index).native_id);
        known += usize::from(world.seen(node).await.is_some());
    }
    known
}

/// Takes a provider with all its clusters away.
pub(crate) async fn remove(world: &World, id: ProviderId) {
    world.say(DisableProvider { id, force: true }).await;
    world.say(RemoveProvider { id }).await;
}

pub(super) async fn a_real_cluster_is_known_from_the_first_contact_on(real: &dyn Real) {
    let world = world(real).await;
    assert_eq!(known(&world, world.cluster).await, None);
    for _ in 0..2 {
        world.sweep().await;
        assert_eq!(known(&world, world.cluster).await, Some(real.identity()));
    }
    let stream = Cluster::stream(world.cluster);
    let events = world.writer.log().load(stream, Version::NONE).await.unwrap();
    let told: Vec<&str> = events.iter().map(|event| event.payload.r#type()).collect();
    assert_eq!(told, ["ClusterIdentified"]);
}

pub(super) async fn the_same_cluster_of_two_providers_is_driven_by_one(real: &dyn Real) {
    let world = world(real).await;
    world.sweep().await;
    let (provider, second) = new();
    world.register(provider, second, &real.address()).await;
    let reconciler = world.reconciler();
    for _ in 0..2 {
        let refused = reconciler.cluster(provider, second).await;
        let is_named = matches!(refused, Err(Error::Rejected(other)) if other == world.cluster);
        assert!(is_named, "{refused:?}");
    }
    let native_id = real.identity();
    let expected = Rejection { duplicate_of: world.cluster, native_id: native_id.clone() };
    assert_eq!(rejection(&world, second).await, Some(expected));
    assert_eq!(nodes(&world, real, second).await, 0, "it is left alone");
    let stream = Cluster::stream(second);
    let events = world.writer.log().load(stream, Version::NONE).await.unwrap();
    assert_eq!(events.len(), 1, "it is said once");

    remove(&world, world.provider).await;
    assert_eq!(known(&world, world.cluster).await, None);
    world.sweep().await;
    assert_eq!(known(&world, second).await, Some(native_id));
    assert_eq!(rejection(&world, second).await, None);
    assert_eq!(nodes(&world, real, second).await, real.nodes());
}

/// Each in a process of its own.
pub(super) async fn of_two_that_meet_it_at_once_one_is_second(real: &dyn Real) {
    let world = world(real).await;
    remove(&world, world.provider).await;
    for _ in 0..MEETINGS {
        let pair = [new(), new()];
        for (provider, cluster) in pair {
            world.register(provider, cluster, &real.address()).await;
        }
        let meet = |(provider, cluster): (ProviderId, ClusterId)| {
            let clusters = Arc::clone(&world.clusters);
            let reconciler =
                Reconciler::new(world.database.writer(), clusters, Arc::new(SystemClock), INSTANCE);
            async move { reconciler.cluster(provider, cluster).await }
        };
        let met = tokio::join!(meet(pair[0]), meet(pair[1]));
        let (first, second) = match met {
            (Ok(_), Err(Error::Rejected(other))) if other == pair[0].1 => (pair[0].1, pair[1].1),
            (Err(Error::Rejected(other)), Ok(_)) if other == pair[1].1 => (pair[1].1, pair[0].1),
            other => panic!("{other:?}"),
        };
        assert_eq!(known(&world, first).await, Some(real.identity()));
        assert_eq!(known(&world, second).await, None);
        for (provider, _) in pair {
            remove(&world, provider).await;
        }
    }
}

pub(super) async fn a_provider_whose_cluster_is_anothers_is_not_enabled(real: &dyn Real) {
    let world = world(real).await;
    world.sweep().await;
    let (id, second) = new();
    world.create(id, second, &real.address()).await;
    world.say(TestProvider { id }).await;
    world.reconciler().test(second).await.unwrap();
    let (step, detail, remedy) = failed(&report(&world, second).await.unwrap());
    assert_eq!(step, Step::Identity);
    let other = format!("cluster `the cluster` of provider `{}`", world.provider);
    assert!(detail.contains(&other), "{detail}");
    assert!(remedy.starts_with("Remove one of the two"), "{remedy}");

    let refused = world.ask(&EnableProvider { id }).await;
    let expected =
        provider::Error::ClusterRejected { cluster: second, duplicate_of: world.cluster };
    let Err(handle::Error::Refused(Refusal::Provider(refused))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(refused, expected);

    remove(&world, world.provider).await;
    world.say(EnableProvider { id }).await;
    world.sweep().await;
    assert_eq!(known(&world, second).await, Some(real.identity()));
    let stream = Cluster::stream(second);
    let events = world.writer.log().load(stream, Version::NONE).await.unwrap();
    let own: Vec<&Observed> =
        events.iter().filter_map(|event| Cluster::own(&event.payload)).collect();
    let is_rejection = |event: &&&Observed| matches!(event, Observed::Rejected(_));
    assert_eq!(own.iter().filter(is_rejection).count(), 1);
}

/// Of another provider, and of the same at another address.
pub(super) async fn the_same_cluster_twice_is_told_before_it_is_saved(real: &dyn Real) {
    let world = world(real).await;
    world.sweep().await;
    let wire = Wire::to(&real.address().url).await;
    let twice = Address { url: wire.url(), ..real.address() };
    let (step, detail, _) = failed(&tested(&world, &twice).await);
    assert_eq!(step, Step::Identity);
    assert!(detail.contains("cluster `the cluster` of provider"), "{detail}");

    remove(&world, world.provider).await;
    let (id, first) = new();
    let second = ClusterId(Uuid::now_v7());
    world.create_with(id, &[(first, &real.address()), (second, &twice)]).await;
    world.say(TestProvider { id }).await;
    for cluster in [first, second] {
        world.reconciler().test(cluster).await.unwrap();
    }
    assert!(report(&world, first).await.unwrap().has_passed());
    let (step, detail, _) = failed(&report(&world, second).await.unwrap());
    assert_eq!(step, Step::Identity);
    assert!(detail.contains("cluster `the cluster` of this provider"), "{detail}");
}
