//! What becomes of workloads, as examples.

use super::{
    cluster, place,
    profile::{profile_id, tenant},
};
use crate::{
    Position,
    workload::Epoch,
    workload_observation::{
        Event, Of,
        apply::Applied,
        degrade::Degraded,
        reject::Rejected,
        repair::{DriftRepaired, Part},
        run::Running,
    },
};
use std::iter;

fn epoch(number: u32) -> Epoch {
    let all = iter::successors(Some(Epoch::FIRST), |epoch| Some(epoch.next()));
    all.take_while(|epoch| epoch.get() <= number).last().unwrap()
}

pub fn of(on: u16, number: u32) -> Of {
    Of {
        cluster: cluster(on).id,
        epoch: epoch(number),
        organization: tenant(),
        profile: profile_id(),
        provider: place().provider,
    }
}
pub fn applied(on: u16, number: u32, through: i64) -> Event {
    Applied {
        cluster_id: cluster(on).id,
        epoch: epoch(number),
        organization_id: tenant(),
        profile_id: profile_id(),
        provider_id: place().provider,
        through_position: Position(through),
    }
    .into()
}
/// Two containers.
pub fn running(on: u16, number: u32, through: i64) -> Event {
    Running {
        cluster_id: cluster(on).id,
        epoch: epoch(number),
        organization_id: tenant(),
        profile_id: profile_id(),
        provider_id: place().provider,
        replicas: 2,
        through_position: Position(through),
    }
    .into()
}
/// One of two containers.
pub fn degraded(on: u16, number: u32, through: i64, reason: &str) -> Event {
    Degraded {
        cluster_id: cluster(on).id,
        epoch: epoch(number),
        organization_id: tenant(),
        profile_id: profile_id(),
        provider_id: place().provider,
        reason: reason.to_owned(),
        running: 1,
        through_position: Position(through),
        wanted: 2,
    }
    .into()
}
pub fn rejected(on: u16, number: u32, through: i64, reason: &str) -> Event {
    Rejected {
        cluster_id: cluster(on).id,
        epoch: epoch(number),
        organization_id: tenant(),
        profile_id: profile_id(),
        provider_id: place().provider,
        reason: reason.to_owned(),
        through_position: Position(through),
    }
    .into()
}
/// Of the number of containers.
pub fn repaired(on: u16, number: u32, repair: u32) -> Event {
    DriftRepaired {
        cluster_id: cluster(on).id,
        epoch: epoch(number),
        organization_id: tenant(),
        parts: vec![Part::Replicas],
        profile_id: profile_id(),
        provider_id: place().provider,
        repair,
    }
    .into()
}
