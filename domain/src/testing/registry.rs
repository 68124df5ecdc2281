//! Examples of credentials of registries.

use crate::{
    ids::RecordId,
    image::Registry,
    kept::{Fingerprint, Kept},
    provider::{
        Event, remove_registry_credential::RegistryCredentialRemoved,
        set_registry_credential::RegistryCredentialSet,
    },
};
use uuid::Uuid;

pub fn registry(text: &str) -> Registry {
    Registry::parse(text).unwrap()
}
/// A credential in a record of its own.
pub fn credential(number: u8) -> Kept {
    let record_id = RecordId(Uuid::from_u128(0xf0 + u128::from(number)));
    Kept { fingerprint: Fingerprint::of([number; 32]), record_id, version: 1 }
}
pub fn set(text: &str, number: u8, replaced: Option<u8>) -> Event {
    let (registry, credential, replaced) =
        (registry(text), credential(number), replaced.map(credential));
    RegistryCredentialSet { credential, registry, replaced }.into()
}
pub fn removed(text: &str, number: u8) -> Event {
    RegistryCredentialRemoved { credential: credential(number), registry: registry(text) }.into()
}
