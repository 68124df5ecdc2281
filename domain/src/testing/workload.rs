//! Workloads, as examples.

use super::{
    cluster, name, place,
    profile::{definition, image_id, profile_id, replicas, secret_id, tenant},
};
use crate::{
    Version,
    change::Change,
    placement::{Candidate, Reason},
    profile::Definition,
    workload::{
        Epoch, Event, place::Placed, relocate::Relocated, remove::Removed, request::Requested,
        scale::Scaled, start::Started, stop::Stopped, update::Updated,
    },
};

pub fn request(called: &str) -> Requested {
    let Definition { image_id, organization_id, provider_id, replicas, .. } = definition("web");
    Requested {
        image_id,
        name: name(called),
        organization_id,
        profile_id: profile_id(),
        profile_version: Version(1),
        provider_id,
        replicas,
        secret_ids: definition("web").secret_ids(),
    }
}
pub fn requested(called: &str) -> Event {
    request(called).into()
}
/// On the only cluster.
pub fn placed() -> Event {
    let cluster_id = cluster(1).id;
    Placed {
        candidates: vec![Candidate { cluster_id, rank: 1, weight: 100 }],
        cluster_id,
        draw: None,
        epoch: Epoch::FIRST,
        organization_id: tenant(),
        passed_over: vec![],
        profile_id: profile_id(),
        provider_id: place().provider,
        reason: Reason::OnlyCluster,
    }
    .into()
}
/// From the first cluster to the second.
pub fn relocated() -> Event {
    let [from_cluster_id, cluster_id] = [1, 2].map(|number| cluster(number).id);
    Relocated {
        candidates: vec![Candidate { cluster_id, rank: 2, weight: 100 }],
        cluster_id,
        draw: None,
        epoch: Epoch::FIRST.next(),
        from_cluster_id,
        organization_id: tenant(),
        passed_over: vec![],
        profile_id: profile_id(),
        provider_id: place().provider,
        reason: Reason::FirstRanked,
    }
    .into()
}
pub fn scaled(before: u32, after: u32) -> Event {
    let replicas = Change { before: replicas(before), after: replicas(after) };
    Scaled {
        organization_id: tenant(),
        profile_id: profile_id(),
        provider_id: place().provider,
        replicas,
    }
    .into()
}
pub fn stopped() -> Event {
    Stopped { organization_id: tenant(), profile_id: profile_id(), provider_id: place().provider }
        .into()
}
pub fn started() -> Event {
    Started { organization_id: tenant(), profile_id: profile_id(), provider_id: place().provider }
        .into()
}
/// To the second version of the profile, which has another image and one secret more.
pub fn updated() -> Event {
    let secrets = |numbers: &[u128]| numbers.iter().copied().map(secret_id).collect();
    Updated {
        image_id: Some(Change { before: image_id(1), after: image_id(2) }),
        organization_id: tenant(),
        profile_id: profile_id(),
        profile_version: Change { before: Version(1), after: Version(2) },
        provider_id: place().provider,
        secret_ids: Some(Change { before: secrets(&[1]), after: secrets(&[1, 2]) }),
    }
    .into()
}
pub fn removed() -> Event {
    Removed { organization_id: tenant(), profile_id: profile_id(), provider_id: place().provider }
        .into()
}
