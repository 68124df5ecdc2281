//! The secrets of a Kubernetes cluster: one object a version in the namespace of each organization
//! that uses it, since a pod mounts nothing from elsewhere. Each is immutable, as on a Swarm: a pod
//! goes on with the value it came up with, and nobody can change one without making another.
//!
//! No value is ever asked for: a list is one of metadata alone.

use super::{Kubernetes, MANAGER, PAGE_NODES, PAGES_MAX, error, manifest};
use crate::{addresses::Failure, hidden, marker, secret_marker};
use async_trait::async_trait;
use commands::ports::{
    cluster::{
        Error, Secrets,
        secret::{Foreign, Home, Object, Target},
    },
    vault,
};
use domain::{
    Timestamp,
    ids::{OrganizationId, SecretId},
    secret_observation,
};
use k8s_openapi::{
    ByteString, api::core::v1::Secret, apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, Error as KubeError,
    api::{DeleteParams, ListParams, PostParams, Preconditions},
};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// By which secrets of any Berth are found.
const MARK: &str = "berth/secret";
const PREFIX: &str = "berth/";
/// What the value is called in each object.
pub(super) const KEY: &str = "value";
/// How many of those that no Berth made are asked for, as `Foreign::MOST` says.
const FOREIGN_PAGE: u32 = 1000;
const LIST: &str = "list the secrets";
const MAKE: &str = "make the secret";
const REMOVE: &str = "remove the secret";

impl Kubernetes {
    async fn marked(&self, mark: &str) -> Result<Vec<Object>, Error> {
        let mut page = ListParams::default().labels(mark).limit(PAGE_NODES);
        let mut all = vec![];
        for _ in 0..PAGES_MAX {
            let params = &page;
            let list = self.addresses.call(|client| async move {
                Api::<Secret>::all(client).list_metadata(params).await
            });
            let listed = list.await.map_err(|failure| failure.of(LIST))?;
            all.extend(listed.items.into_iter().filter_map(|item| object(item.metadata)));
            match listed.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => return Ok(all),
            }
        }
        Err(Error::ApiUnsupported(format!("it lists secrets on more than {PAGES_MAX} pages")))
    }
}

/// One that is on its way out is not there any more.
fn object(metadata: ObjectMeta) -> Option<Object> {
    let labels = metadata.labels.as_ref()?;
    let label = |word: &str| labels.get(&format!("{PREFIX}{word}")).map(String::as_str);
    let organization: OrganizationId = label(marker::ORGANIZATION)?.parse().ok()?;
    let (name, namespace) = (metadata.name?, metadata.namespace?);
    if namespace != manifest::namespace_name(organization) || metadata.deletion_timestamp.is_some()
    {
        return None;
    }
    Some(Object {
        marker: secret_marker::read(label)?,
        home: Home(Some(organization)),
        called: format!("{namespace}/{name}"),
        name,
        native_id: metadata.uid?,
    })
}

/// One that no Berth made.
fn foreign(metadata: ObjectMeta) -> Option<Foreign> {
    let made = metadata.creation_timestamp?.0;
    let made = OffsetDateTime::from_unix_timestamp(made.as_second()).ok()?;
    let name = format!("{}/{}", metadata.namespace?, metadata.name?);
    let object = secret_observation::Object { name, native_id: metadata.uid? };
    Some(Foreign { object, created_at: Timestamp::new(made) })
}

#[async_trait]
impl Secrets for Kubernetes {
    fn homes(&self, users: &BTreeSet<OrganizationId>) -> BTreeSet<Home> {
        users.iter().copied().map(Some).map(Home).collect()
    }

    async fn secrets(&self) -> Result<Vec<Object>, Error> {
        self.marked(MARK).await
    }

    async fn secret(&self, secret: SecretId) -> Result<Vec<Object>, Error> {
        self.marked(&format!("{MARK}={secret}")).await
    }

    async fn create_secret(&self, target: &Target, value: &vault::Secret) -> Result<(), Error> {
        let Home(Some(organization)) = target.home else {
            let words = "a secret of no organization has no place".to_owned();
            return Err(Error::Refused { tried: MAKE, words });
        };
        self.ensure_namespace(target.marker.instance, organization).await?;
        let own = (marker::ORGANIZATION, organization.to_string());
        let words = secret_marker::words(&target.marker).into_iter().chain([own]);
        let labels: BTreeMap<_, _> =
            words.map(|(word, text)| (format!("{PREFIX}{word}"), text)).collect();
        let namespace = &manifest::namespace_name(organization);
        let params =
            &PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        let secret = || {
            let metadata = ObjectMeta {
                name: Some(target.object_name()),
                namespace: Some(namespace.clone()),
                labels: Some(labels.clone()),
                ..ObjectMeta::default()
            };
            let data = [(KEY.to_owned(), ByteString(value.expose().to_vec()))];
            let (data, immutable) = (Some(data.into()), Some(true));
            Secret { metadata, data, immutable, ..Secret::default() }
        };
        let create = self.addresses.call(|client| {
            let (secrets, secret) = (Api::<Secret>::namespaced(client, namespace), secret());
            async move { secrets.create(params, &secret).await }
        });
        match create.await {
            Ok(_) => Ok(()),
            Err(Failure::Driver(error)) if error::is_taken(&error) => {
                Err(Error::Overtaken { tried: MAKE })
            }
            // Its answer has the value in it.
            Err(Failure::Driver(KubeError::SerdeError(_))) => {
                Err(Error::ApiUnsupported("its answer is not that of Kubernetes".to_owned()))
            }
            Err(failure) => Err(hidden::without(value, failure.of(MAKE))),
        }
    }

    /// Those that people make: what Kubernetes makes for itself has another type.
    async fn foreign_secrets(&self) -> Result<(Vec<Foreign>, bool), Error> {
        let params = &ListParams::default()
            .labels(&format!("!{MARK}"))
            .fields("type=Opaque")
            .limit(FOREIGN_PAGE);
        let list = self
            .addresses
            .call(|client| async move { Api::<Secret>::all(client).list_metadata(params).await });
        let listed = list.await.map_err(|failure| failure.of(LIST))?;
        let has_more = listed.metadata.continue_.is_some_and(|token| !token.is_empty());
        let all = listed.items.into_iter().filter_map(|item| foreign(item.metadata));
        Ok((all.collect(), has_more))
    }

    async fn remove_secret(&self, object: &Object) -> Result<(), Error> {
        let Home(Some(organization)) = object.home else { return Ok(()) };
        let uid = Some(object.native_id.clone());
        let preconditions = Preconditions { uid, resource_version: None };
        let params = &DeleteParams::background().preconditions(preconditions);
        let (namespace, name) = (&manifest::namespace_name(organization), object.name.as_str());
        let delete = self.addresses.call(|client| async move {
            Api::<Secret>::namespaced(client, namespace).delete(name, params).await
        });
        match delete.await {
            Ok(_) => Ok(()),
            // Another one has its name by now.
            Err(Failure::Driver(error)) if error::is_missing(&error) => Ok(()),
            Err(failure) => match failure.of(REMOVE) {
                Error::Overtaken { .. } => Ok(()),
                error => Err(error),
            },
        }
    }
}
