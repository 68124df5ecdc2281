//! The secrets of a Swarm: one object a version for the whole cluster. The engine never gives a
//! value back, never changes one, and keeps what a service mounts.

use super::{Swarm, error};
use crate::{addresses::Failure, hidden, secret_marker};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use bollard::{
    Docker,
    models::{Secret, SecretSpec},
    query_parameters::ListSecretsOptionsBuilder,
};
use commands::ports::{
    cluster::{
        Error, Secrets,
        secret::{Foreign, Home, Object, Target},
        workload,
    },
    vault,
};
use domain::{
    Timestamp,
    ids::{OrganizationId, SecretId},
    secret_observation,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// By which secrets of any Berth are found.
const MARK: &str = "berth.secret";
const PREFIX: &str = "berth.";
const LIST: &str = "list the secrets";
const MAKE: &str = "make the secret";
const REMOVE: &str = "remove the secret";

impl Swarm {
    async fn marked(&self, mark: &str) -> Result<Vec<Object>, Error> {
        let filters = HashMap::from([("label", vec![mark])]);
        let options = &ListSecretsOptionsBuilder::new().filters(&filters).build();
        let list = |docker: Docker| async move { docker.list_secrets(Some(options.clone())).await };
        let secrets = self.managers.call(list).await.map_err(|failure| failure.of(LIST))?;
        Ok(secrets.into_iter().filter_map(object).collect())
    }

    /// The ids of what a workload mounts, by their names.
    pub(super) async fn mounted(
        &self,
        tried: &'static str,
        target: &workload::Target,
    ) -> Result<BTreeMap<String, String>, Error> {
        if target.spec.secrets.is_empty() {
            return Ok(BTreeMap::new());
        }
        let marked = self.marked(MARK).await?.into_iter();
        let own = marked.filter(|object| object.marker.instance == target.marker.instance);
        let ids: BTreeMap<_, _> = own.map(|object| (object.name, object.native_id)).collect();
        let is_there = |mounted: &workload::Mounted| ids.contains_key(&mounted.object_name());
        // One that is gone meanwhile has moved: the caller looks again, and sees it.
        if target.spec.secrets.iter().all(is_there) {
            Ok(ids)
        } else {
            Err(Error::Overtaken { tried })
        }
    }
}

fn object(secret: Secret) -> Option<Object> {
    let spec = secret.spec?;
    let labels = spec.labels.as_ref()?;
    let word = |word: &str| labels.get(&format!("{PREFIX}{word}")).map(String::as_str);
    let (marker, name) = (secret_marker::read(word)?, spec.name?);
    Some(Object { marker, home: Home(None), called: name.clone(), name, native_id: secret.id? })
}

/// One that says no Berth made it.
fn foreign(secret: Secret) -> Option<Foreign> {
    let spec = secret.spec?;
    if spec.labels.is_some_and(|labels| labels.contains_key(MARK)) {
        return None;
    }
    let made = OffsetDateTime::parse(&secret.created_at?, &Rfc3339).ok()?;
    let object = secret_observation::Object { name: spec.name?, native_id: secret.id? };
    Some(Foreign { object, created_at: Timestamp::new(made) })
}

#[async_trait]
impl Secrets for Swarm {
    fn homes(&self, _: &BTreeSet<OrganizationId>) -> BTreeSet<Home> {
        [Home(None)].into()
    }

    async fn secrets(&self) -> Result<Vec<Object>, Error> {
        self.marked(MARK).await
    }

    async fn secret(&self, secret: SecretId) -> Result<Vec<Object>, Error> {
        let objects = self.marked(&format!("{MARK}={secret}")).await?;
        Ok(objects.into_iter().filter(|object| object.marker.secret == secret).collect())
    }

    async fn create_secret(&self, target: &Target, value: &vault::Secret) -> Result<(), Error> {
        let words = secret_marker::words(&target.marker);
        let labels = words.map(|(word, text)| (format!("{PREFIX}{word}"), text));
        // Safe to repeat at the next manager when one does not answer: should the first have made
        // it, the name is taken.
        let create = |docker: Docker| {
            let spec = SecretSpec {
                name: Some(target.object_name()),
                labels: Some(labels.clone().into()),
                data: Some(STANDARD.encode(value.expose())),
                ..SecretSpec::default()
            };
            async move { docker.create_secret(spec).await }
        };
        match self.managers.call(create).await {
            Ok(_) => Ok(()),
            Err(Failure::Driver(error)) if error::is_taken(&error) => {
                Err(Error::Overtaken { tried: MAKE })
            }
            Err(failure) => Err(hidden::without(value, failure.of(MAKE))),
        }
    }

    async fn foreign_secrets(&self) -> Result<(Vec<Foreign>, bool), Error> {
        let list = |docker: Docker| async move { docker.list_secrets(None).await };
        let secrets = self.managers.call(list).await.map_err(|failure| failure.of(LIST))?;
        let mut all: Vec<_> = secrets.into_iter().filter_map(foreign).collect();
        all.sort_unstable_by(|a, b| a.object.cmp(&b.object));
        let has_more = all.len() > Foreign::MOST;
        all.truncate(Foreign::MOST);
        Ok((all, has_more))
    }

    async fn remove_secret(&self, object: &Object) -> Result<(), Error> {
        let id = object.native_id.as_str();
        let delete = |docker: Docker| async move { docker.delete_secret(id).await };
        match self.managers.call(delete).await {
            Ok(()) => Ok(()),
            Err(Failure::Driver(error)) if error::is_missing_secret(&error) => Ok(()),
            Err(failure) => Err(failure.of(REMOVE)),
        }
    }
}
