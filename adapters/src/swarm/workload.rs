//! The services of workloads: read, made, replaced with the version that was read, taken away.

use super::{Swarm, error, life::life, service};
use crate::addresses::Failure;
use async_trait::async_trait;
use bollard::{
    Docker,
    errors::Error as DockerError,
    models::{Service, Task},
    query_parameters::{
        InspectServiceOptions, ListServicesOptionsBuilder, ListTasksOptionsBuilder,
        UpdateServiceOptionsBuilder,
    },
};
use commands::ports::cluster::{
    Error, Revision, Workloads,
    workload::{Held, Listed, Target, Which},
};
use std::collections::HashMap;

const READ: &str = "read the service";
const MAKE: &str = "make the service";
const CHANGE: &str = "change the service";
const REMOVE: &str = "remove the service";

impl Swarm {
    /// The service of exactly this name.
    async fn service(&self, tried: &'static str, name: &str) -> Result<Option<Service>, Error> {
        let inspect = |docker: Docker| async move {
            docker.inspect_service(name, None::<InspectServiceOptions>).await
        };
        match self.managers.call(inspect).await {
            // An engine also answers to an id, and to the beginning of one.
            Ok(service) => {
                let is_named = service.spec.as_ref().and_then(|spec| spec.name.as_deref());
                Ok((is_named == Some(name)).then_some(service))
            }
            Err(Failure::Driver(error)) if error::is_missing_service(&error) => Ok(None),
            Err(failure) => Err(failure.of(tried)),
        }
    }

    /// The tasks of a service; none of one that is gone meanwhile.
    async fn tasks_of(&self, id: &str) -> Result<Vec<Task>, Error> {
        let filters = HashMap::from([("service", vec![id])]);
        let options = &ListTasksOptionsBuilder::new().filters(&filters).build();
        let list = |docker: Docker| async move { docker.list_tasks(Some(options.clone())).await };
        match self.managers.call(list).await {
            Ok(tasks) => Ok(tasks),
            Err(Failure::Driver(error)) if error::is_missing_service(&error) => Ok(vec![]),
            Err(failure) => Err(failure.of("list the tasks of the service")),
        }
    }

    /// The service that was read, if it is still there and at that version.
    async fn unmoved(
        &self,
        tried: &'static str,
        which: Which,
        seen: &Revision,
    ) -> Result<Service, Error> {
        let service = self.service(tried, &which.object_name()).await?;
        let is_same = |service: &Service| service::revision(service).is_ok_and(|now| now == *seen);
        service.filter(is_same).ok_or(Error::Overtaken { tried })
    }
}

#[async_trait]
impl Workloads for Swarm {
    async fn workloads(&self) -> Result<Vec<Listed>, Error> {
        let tried = "list the services";
        let filters = HashMap::from([("label", vec![service::MARK])]);
        let options = &ListServicesOptionsBuilder::new().filters(&filters).status(true).build();
        let list =
            |docker: Docker| async move { docker.list_services(Some(options.clone())).await };
        let services = self.managers.call(list).await.map_err(|failure| failure.of(tried))?;
        Ok(services.iter().filter_map(service::listed).collect())
    }

    async fn workload(&self, which: Which) -> Result<Option<Held>, Error> {
        let Some(service) = self.service(READ, &which.object_name()).await? else {
            return Ok(None);
        };
        let revision = service::revision(&service)?;
        let tasks = self.tasks_of(service.id.as_deref().unwrap_or_default()).await?;
        Ok(Some(Held {
            marker: service::marker(&service),
            revision,
            spec: service::read(&service),
            life: life(&service, &tasks),
        }))
    }

    async fn create_workload(&self, target: &Target) -> Result<(), Error> {
        let spec = &service::spec(target, &self.mounted(MAKE, target).await?);
        // Safe to repeat at the next manager when one does not answer: should the first have made
        // it, the name is taken.
        let create =
            |docker: Docker| async move { docker.create_service(spec.clone(), None).await };
        match self.managers.call(create).await {
            Ok(_) => Ok(()),
            Err(Failure::Driver(error)) if error::is_taken(&error) => {
                Err(Error::Overtaken { tried: MAKE })
            }
            Err(failure) => Err(failure.of(MAKE)),
        }
    }

    async fn replace_workload(&self, target: &Target, seen: &Revision) -> Result<(), Error> {
        let before = self.unmoved(CHANGE, target.marker.which, seen).await?;
        let (id, version) =
            service::id_and_version(seen).ok_or(Error::Overtaken { tried: CHANGE })?;
        let ids = self.mounted(CHANGE, target).await?;
        let spec = &service::replaced(before.spec, target, &ids);
        let options = &UpdateServiceOptionsBuilder::new().version(version).build();
        let update = |docker: Docker| async move {
            docker.update_service(id, spec.clone(), options.clone(), None).await
        };
        self.managers.call(update).await.map(drop).map_err(|failure| gone(CHANGE, failure))
    }

    /// By its id, which no other service ever has. The engine knows no version here; that the
    /// service was not changed since it was read is as true as it can be.
    async fn remove_workload(&self, which: Which, seen: &Revision) -> Result<(), Error> {
        let service = self.unmoved(REMOVE, which, seen).await?;
        let id = service.id.as_deref().unwrap_or_default();
        let delete = |docker: Docker| async move { docker.delete_service(id).await };
        self.managers.call(delete).await.map_err(|failure| gone(REMOVE, failure))
    }
}

/// A service that is gone meanwhile has moved, too: the caller reads again and sees it.
fn gone(tried: &'static str, failure: Failure<DockerError>) -> Error {
    match failure {
        Failure::Driver(error) if error::is_missing_service(&error) => Error::Overtaken { tried },
        failure => failure.of(tried),
    }
}
