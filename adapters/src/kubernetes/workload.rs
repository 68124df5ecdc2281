//! The Deployments of workloads: read, made, replaced with the version that was read, taken away.
//!
//! One that is there is replaced whole, and not applied by parts: the write that made it counts as
//! another manager of its fields, so a part that is no longer wanted would stay.

use super::{Kubernetes, MANAGER, PAGE_NODES, PAGES_MAX, error, life, manifest};
use crate::addresses::Failure;
use async_trait::async_trait;
use commands::ports::cluster::{
    Error, Revision, Workloads,
    workload::{Held, Listed, Marker, Target, Which},
};
use domain::ids::{InstanceId, OrganizationId};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, Pod},
};
use kube::{
    Api, Error as KubeError,
    api::{DeleteParams, ListParams, PostParams, Preconditions},
};

const READ: &str = "read the deployment";
const MAKE: &str = "make the deployment";
const CHANGE: &str = "change the deployment";
const REMOVE: &str = "remove the deployment";

fn post() -> PostParams {
    PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() }
}

impl Kubernetes {
    async fn deployment(
        &self,
        tried: &'static str,
        which: Which,
    ) -> Result<Option<Deployment>, Error> {
        let (namespace, name) =
            (&manifest::namespace_name(which.organization), &which.object_name());
        let get = self.addresses.call(|client| async move {
            Api::<Deployment>::namespaced(client, namespace).get(name).await
        });
        match get.await {
            Ok(deployment) => Ok(Some(deployment)),
            Err(Failure::Driver(error)) if error::is_missing(&error) => Ok(None),
            Err(failure) => Err(failure.of(tried)),
        }
    }

    /// The Deployment that was read, if it is still there and at that version.
    async fn unmoved(
        &self,
        tried: &'static str,
        which: Which,
        seen: &Revision,
    ) -> Result<Deployment, Error> {
        let deployment = self.deployment(tried, which).await?;
        let is_same = |now: &Deployment| manifest::revision(now).is_ok_and(|now| now == *seen);
        deployment.filter(is_same).ok_or(Error::Overtaken { tried })
    }

    /// The namespace of an organization is made where there is none, and used only if this Berth
    /// made it.
    pub(super) async fn ensure_namespace(
        &self,
        instance: InstanceId,
        organization: OrganizationId,
    ) -> Result<(), Error> {
        let tried = "make the namespace";
        let (wanted, params) = (&manifest::namespace(instance, organization)?, &post());
        let name = &manifest::namespace_name(organization);
        let get = || {
            self.addresses
                .call(|client| async move { Api::<Namespace>::all(client).get_opt(name).await })
        };
        let mut found = get().await.map_err(|failure| failure.of(tried))?;
        if found.is_none() {
            let create = self.addresses.call(|client| async move {
                Api::<Namespace>::all(client).create(params, wanted).await
            });
            found = match create.await {
                Ok(made) => Some(made),
                Err(Failure::Driver(error)) if error::is_taken(&error) => {
                    get().await.map_err(|failure| failure.of(tried))?
                }
                Err(failure) => return Err(failure.of(tried)),
            };
        }
        match found {
            Some(namespace) if manifest::is_own(&namespace, instance) => Ok(()),
            Some(_) => {
                let words = format!("there is a namespace `{name}` that this Berth did not make");
                Err(Error::Refused { tried, words })
            }
            None => Err(Error::Overtaken { tried }),
        }
    }

    async fn pods_of(&self, which: Which) -> Result<Vec<Pod>, Error> {
        let namespace = manifest::namespace_name(which.organization);
        let own = ListParams::default().labels(&manifest::pods(which));
        self.listed_pods("list the pods of the deployment", Some(&namespace), own).await
    }
}

#[async_trait]
impl Workloads for Kubernetes {
    async fn workloads(&self) -> Result<Vec<Listed>, Error> {
        let tried = "list the deployments";
        let mut page = ListParams::default().labels(manifest::MARK).limit(PAGE_NODES);
        let mut all = vec![];
        for _ in 0..PAGES_MAX {
            let params = &page;
            let list = self
                .addresses
                .call(|client| async move { Api::<Deployment>::all(client).list(params).await });
            let listed = list.await.map_err(|failure| failure.of(tried))?;
            all.extend(listed.items.iter().filter_map(manifest::listed));
            match listed.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => return Ok(all),
            }
        }
        Err(Error::ApiUnsupported(format!("it lists deployments on more than {PAGES_MAX} pages")))
    }

    async fn workload(&self, which: Which) -> Result<Option<Held>, Error> {
        let Some(deployment) = self.deployment(READ, which).await? else { return Ok(None) };
        let spec = manifest::read(&deployment);
        // After the status, so that they are never older than what it says.
        let life = life::life(&deployment, &self.pods_of(which).await?);
        let (marker, revision) = (manifest::marker(&deployment), manifest::revision(&deployment)?);
        Ok(Some(Held { marker, revision, spec, life }))
    }

    async fn create_workload(&self, target: &Target) -> Result<(), Error> {
        let Marker { instance, which, .. } = target.marker;
        self.ensure_namespace(instance, which.organization).await?;
        let (deployment, params) = (&manifest::deployment(target)?, &post());
        let namespace = &manifest::namespace_name(target.marker.which.organization);
        let create = self.addresses.call(|client| async move {
            Api::<Deployment>::namespaced(client, namespace).create(params, deployment).await
        });
        match create.await {
            Ok(_) => Ok(()),
            Err(Failure::Driver(error)) if error::is_taken(&error) => {
                Err(Error::Overtaken { tried: MAKE })
            }
            Err(failure) => Err(failure.of(MAKE)),
        }
    }

    async fn replace_workload(&self, target: &Target, seen: &Revision) -> Result<(), Error> {
        let which = target.marker.which;
        let before = self.unmoved(CHANGE, which, seen).await?;
        let (deployment, params) = (&manifest::replaced(before, target)?, &post());
        let (namespace, name) =
            (&manifest::namespace_name(which.organization), &which.object_name());
        let replace = self.addresses.call(|client| async move {
            Api::<Deployment>::namespaced(client, namespace).replace(name, params, deployment).await
        });
        replace.await.map(drop).map_err(|failure| gone(CHANGE, failure))
    }

    /// By its uid, which no other Deployment ever has. Its version moves with every pod that comes
    /// or goes, and nothing that could be written meanwhile would be a reason to keep it.
    async fn remove_workload(&self, which: Which, seen: &Revision) -> Result<(), Error> {
        let uid = seen.0.split(' ').next().map(str::to_owned);
        let preconditions = Preconditions { uid, resource_version: None };
        let params = &DeleteParams::background().preconditions(preconditions);
        let (namespace, name) =
            (&manifest::namespace_name(which.organization), &which.object_name());
        let delete = self.addresses.call(|client| async move {
            Api::<Deployment>::namespaced(client, namespace).delete(name, params).await
        });
        delete.await.map(drop).map_err(|failure| gone(REMOVE, failure))
    }
}

/// One that is gone meanwhile has moved, too: the caller reads again and sees it.
fn gone(tried: &'static str, failure: Failure<KubeError>) -> Error {
    match failure {
        Failure::Driver(error) if error::is_missing(&error) => Error::Overtaken { tried },
        failure => failure.of(tried),
    }
}
