//! Secrets on a cluster, in words that both engines share.
//!
//! An object never changes: each version of a value has one of its own, named after both, and where
//! a rotation is not over there are two. So what runs goes on with the value it came up with, and
//! can go back to it. Each object says which Berth made it and of what (`Marker`); a value goes in
//! and never comes out.

use super::Error;
use crate::ports::vault;
use async_trait::async_trait;
use domain::{
    Position, Timestamp,
    ids::{InstanceId, OrganizationId, SecretId},
    secret::SecretName,
    secret_observation,
};
use std::collections::BTreeSet;

/// The objects of secrets on one cluster.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Where a secret has to be for these organizations to mount it.
    fn homes(&self, users: &BTreeSet<OrganizationId>) -> BTreeSet<Home>;

    /// Every object of a secret that says a Berth made it, whichever Berth that is.
    async fn secrets(&self) -> Result<Vec<Object>, Error>;

    /// Those of one secret, read afresh.
    async fn secret(&self, secret: SecretId) -> Result<Vec<Object>, Error>;

    /// Makes an object where there is none, once: `Error::Overtaken` where something has its name.
    async fn create_secret(&self, target: &Target, value: &vault::Secret) -> Result<(), Error>;

    /// The secrets that no Berth made: the first of them, and whether there are more.
    async fn foreign_secrets(&self) -> Result<(Vec<Foreign>, bool), Error>;

    /// Takes exactly this object away; one that is gone already is no error.
    async fn remove_secret(&self, object: &Object) -> Result<(), Error>;
}

/// A place for an object: one for the whole cluster, or one for each organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Home(pub Option<OrganizationId>);

/// What an object says of where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Which Berth made it.
    pub instance: InstanceId,
    /// Of which secret.
    pub secret: SecretId,
    /// Of which version of its value.
    pub version: u32,
    /// The last event of the secret that it was made from.
    pub position: Position,
}

/// What an object is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Where it comes from.
    pub marker: Marker,
    /// What the secret is called.
    pub name: SecretName,
    /// Where it belongs.
    pub home: Home,
}

impl Target {
    /// The name of the object.
    #[must_use]
    pub fn object_name(&self) -> String {
        object_name(&self.name, self.marker.version)
    }
}

/// The name of the object of a version; it is the same on each cluster and at each try.
#[must_use]
pub fn object_name(name: &SecretName, version: u32) -> String {
    format!("{name}-v{version}")
}

/// What a name of an object says, if it is one that Berth would give.
#[must_use]
pub fn named(object_name: &str) -> Option<(SecretName, u32)> {
    let (name, version) = object_name.rsplit_once("-v")?;
    let name = SecretName::parse(name).ok()?;
    let version = version.parse().ok()?;
    (self::object_name(&name, version) == object_name).then_some((name, version))
}

/// An object as a cluster showed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Where it says it comes from.
    pub marker: Marker,
    /// Where it is.
    pub home: Home,
    /// Its name there.
    pub name: String,
    /// What the engine's own client calls it.
    pub called: String,
    /// Its id, which no other object ever has.
    pub native_id: String,
}

/// A secret that no Berth made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What it is, and what the engine's own client calls it.
    pub object: secret_observation::Object,
    /// When somebody made it.
    pub created_at: Timestamp,
}

impl Foreign {
    /// The most that are asked of one cluster.
    pub const MOST: usize = 1000;
}

impl From<&Object> for secret_observation::Object {
    fn from(object: &Object) -> Self {
        Self { name: object.called.clone(), native_id: object.native_id.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_an_object_says_of_what_it_is() {
        let name = |text: &str| SecretName::parse(text).unwrap();
        assert_eq!(named("db-v2"), Some((name("db"), 2)));
        assert_eq!(named(&object_name(&name("a-v1"), 12)), Some((name("a-v1"), 12)));
        for other in ["db", "db-v", "db-v02", "db-v-1", "-v1", "db-vx", "Db-v1"] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
