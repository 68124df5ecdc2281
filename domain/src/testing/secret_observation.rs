//! What becomes of secrets, as examples.

use super::{cluster, place};
use crate::{
    Position,
    ids::WorkloadId,
    secret_observation::{Event, Object, Of, apply::Applied, reject::Rejected, restore::Restored},
};
use uuid::Uuid;

pub fn workload_id() -> WorkloadId {
    WorkloadId(Uuid::from_u128(0xe1))
}
pub fn of(on: u16, version: u32) -> Of {
    Of { cluster: cluster(on).id, provider: place().provider, version }
}
pub fn object(version: u32, native_id: &str) -> Object {
    Object { name: format!("db-v{version}"), native_id: native_id.to_owned() }
}
/// By one object, from a position of the same number.
pub fn applied(on: u16, version: u32) -> Event {
    applied_as(on, version, vec![object(version, "a")])
}
pub fn applied_as(on: u16, version: u32, objects: Vec<Object>) -> Event {
    Applied {
        cluster_id: cluster(on).id,
        objects,
        provider_id: place().provider,
        through_position: Position(i64::from(version)),
        value_version: version,
    }
    .into()
}
pub fn refused(on: u16, version: u32, reason: &str) -> Event {
    rejected(on, version, reason, None)
}
pub fn did_not_come_up(on: u16, version: u32) -> Event {
    rejected(on, version, "update paused", Some(workload_id()))
}
fn rejected(on: u16, version: u32, reason: &str, workload_id: Option<WorkloadId>) -> Event {
    Rejected {
        cluster_id: cluster(on).id,
        provider_id: place().provider,
        reason: reason.to_owned(),
        through_position: Position(i64::from(version)),
        value_version: version,
        workload_id,
    }
    .into()
}
pub fn restored(on: u16, version: u32, objects: Vec<Object>) -> Event {
    Restored {
        cluster_id: cluster(on).id,
        objects,
        provider_id: place().provider,
        value_version: version,
    }
    .into()
}
