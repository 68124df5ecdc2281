//! Profiles, as examples.

use super::{key, name, place, value};
use crate::{
    constraint::{Constraint, Operator},
    ids::{ImageId, OrganizationId, ProfileId, SecretId},
    profile::{
        Definition, Event, Mount, Resources, environment::Variable, mount::FileName, remove,
    },
    replicas::Replicas,
};
use uuid::Uuid;

fn constraint(label: &str, operator: Operator, v: &str) -> Constraint {
    Constraint { label: key(label), operator, value: value(v) }
}
pub fn equal(label: &str, value: &str) -> Constraint {
    constraint(label, Operator::Equal, value)
}
pub fn not_equal(label: &str, value: &str) -> Constraint {
    constraint(label, Operator::NotEqual, value)
}
pub fn mount(secret: u128, target: &str) -> Mount {
    let target = FileName::parse(target).unwrap();
    Mount { secret_id: secret_id(secret), target }
}
pub fn secret_id(number: u128) -> SecretId {
    SecretId(Uuid::from_u128(0x5e00 + number))
}
pub fn replicas(number: u32) -> Replicas {
    Replicas::parse(number).unwrap()
}
pub fn tenant() -> OrganizationId {
    OrganizationId(Uuid::from_u128(0xd1))
}
pub fn image_id(number: u128) -> ImageId {
    ImageId(Uuid::from_u128(0x1a00 + number))
}
pub fn profile_id() -> ProfileId {
    ProfileId(Uuid::from_u128(0xf1))
}
pub fn definition(called: &str) -> Definition {
    Definition {
        command: ["sh", "-c", "sleep 1"].map(str::to_owned).to_vec(),
        constraints: vec![not_equal("Type", "GPU")],
        environment: [(Variable::parse("LANG").unwrap(), "C.UTF-8".to_owned())].into(),
        image_id: image_id(1),
        name: name(called),
        organization_id: tenant(),
        provider_id: place().provider,
        replicas: replicas(2),
        resources: Resources { cpu_millicores: Some(500), memory_bytes: Some(64 << 20) },
        secrets: vec![mount(1, "key.pem")],
    }
}
pub fn defined(called: &str) -> Event {
    definition(called).into()
}
pub fn removed() -> Event {
    let (organization_id, provider_id) = (tenant(), place().provider);
    remove::Removed { organization_id, provider_id }.into()
}
