//! Examples of secrets, on the provider of `place`.

use super::{cluster, place, secret_observation::object};
use crate::{
    change::Change,
    ids::RecordId,
    kept::{Fingerprint, Kept},
    secret::{
        Event, SecretName, adopt::Adopted, create::Created, remove::Removed, rotate::Rotated,
    },
};
use uuid::Uuid;

pub fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}
/// The value of this version; no two versions are alike.
pub fn value(version: u32) -> Kept {
    let byte = u8::try_from(version).unwrap();
    let (fingerprint, record_id) = (Fingerprint::of([byte; 32]), RecordId(Uuid::from_u128(0xd1)));
    Kept { fingerprint, record_id, version }
}
pub fn created(text: &str, version: u32) -> Event {
    Created { name: name(text), provider_id: place().provider, value: value(version) }.into()
}
pub fn adopted(text: &str, version: u32) -> Event {
    Adopted {
        cluster_id: cluster(1).id,
        name: name(text),
        object: object(1, "a"),
        provider_id: place().provider,
        value: value(version),
    }
    .into()
}
pub fn rotated(before: u32, after: u32) -> Event {
    rotated_to(before, value(after))
}
pub fn rotated_to(before: u32, after: Kept) -> Event {
    let value = Change { after, before: value(before) };
    Rotated { provider_id: place().provider, value }.into()
}
pub fn removed(text: &str) -> Event {
    Removed { name: name(text), provider_id: place().provider }.into()
}
