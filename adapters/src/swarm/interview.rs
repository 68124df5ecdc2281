//! Asks one engine what it is: for a test of its connection.

use super::Swarm;
use crate::{
    addresses::Failure,
    api_version::ApiVersion,
    connectivity::{self, Found},
    connector::Settings,
    credentials::Credentials,
};
use async_trait::async_trait;
use bollard::{
    Docker,
    errors::Error as DockerError,
    models::{LocalNodeState, Node, NodeState, Reachability, SystemInfo},
};
use commands::ports::cluster::{Cluster, Endpoint, Error};
use std::future::Future;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The most names that a finding shows.
const NAMES_MAX: usize = 10;

/// One engine, by one address.
pub(crate) struct Interview {
    swarm: Swarm,
    least: ApiVersion,
}

impl Interview {
    /// One with the engine at the one address of an endpoint.
    pub(crate) fn new(
        endpoint: &Endpoint,
        credentials: &Credentials,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let swarm = Swarm::new(endpoint, credentials, settings)?;
        Ok(Self { swarm, least: settings.minimums.swarm })
    }

    async fn ask<T, F>(&self, tried: &'static str, ask: impl Fn(Docker) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, DockerError>>,
    {
        self.swarm.managers.call(ask).await.map_err(|failure: Failure<_>| failure.of(tried))
    }

    async fn info(&self) -> Result<SystemInfo, Error> {
        self.ask("ask the engine what it is", |docker| async move { docker.info().await }).await
    }
}

#[async_trait]
impl connectivity::Interview for Interview {
    /// In TLS 1.3 a server refuses a client only after the handshake, so the first answer tells.
    async fn accepted(&self) -> Result<Found, Error> {
        self.ask("be accepted", |docker| async move { docker.ping().await }).await?;
        Ok(Found::passed("it accepts the certificate of Berth"))
    }

    async fn api(&self) -> Result<Found, Error> {
        let tried = "ask for its version";
        let version = self.ask(tried, |docker| async move { docker.version().await }).await?;
        let engine = version.version.unwrap_or_else(|| "an unknown version".to_owned());
        let spoken = version.api_version.as_deref();
        let Some(spoken) = spoken.and_then(|text| text.parse::<ApiVersion>().ok()) else {
            return Err(Error::ApiUnsupported("it tells no version of its API".to_owned()));
        };
        let least = self.least;
        if spoken < least {
            return Ok(Found::failed(
                format!(
                    "Docker {engine} speaks version {spoken} of the API, and {least} is needed"
                ),
                "Update the Docker engine. The least version that Berth asks for is the setting \
                 `worker.swarm_api_version_min`.",
            ));
        }
        Ok(Found::passed(format!("Docker {engine} speaks version {spoken} of the API")))
    }

    async fn role(&self) -> Result<Found, Error> {
        let swarm = self.info().await?.swarm.unwrap_or_default();
        let is_active = swarm.local_node_state == Some(LocalNodeState::ACTIVE);
        if is_active && swarm.control_available == Some(true) {
            return Ok(Found::passed("it is a manager"));
        }
        let managers = swarm.remote_managers.unwrap_or_default();
        let managers: Vec<String> =
            managers.into_iter().filter_map(|peer| peer.addr).take(NAMES_MAX).collect();
        Ok(if is_active {
            let known = if managers.is_empty() {
                String::new()
            } else {
                format!(
                    " It knows these, by the addresses of their Swarm: {}.",
                    managers.join(", ")
                )
            };
            Found::failed(
                "it is a worker of its Swarm, and only managers may be asked",
                format!("Use the address of a manager, or promote this node.{known}"),
            )
        } else {
            let state = swarm.local_node_state.map_or_else(String::new, |state| state.to_string());
            Found::failed(
                format!("the engine belongs to no Swarm (`{state}`)"),
                "Run `docker swarm init` on it, join it to a Swarm as a manager, or unlock it.",
            )
        })
    }

    async fn identity(&self) -> Result<String, Error> {
        Cluster::identity(&self.swarm).await
    }

    async fn nodes(&self) -> Result<Found, Error> {
        let tried = "list the nodes";
        let nodes = self.ask(tried, |docker| async move { docker.list_nodes(None).await }).await?;
        Ok(judged(&nodes))
    }

    async fn time(&self) -> Result<Option<OffsetDateTime>, Error> {
        let Some(text) = self.info().await?.system_time else { return Ok(None) };
        let time = OffsetDateTime::parse(&text, &Rfc3339);
        time.map(Some).map_err(|_| Error::ApiUnsupported("its time is none".to_owned()))
    }
}

fn judged(nodes: &[Node]) -> Found {
    let is_ready = |node: &&Node| {
        node.status.as_ref().and_then(|status| status.state) == Some(NodeState::READY)
    };
    let reachability =
        |node: &Node| node.manager_status.as_ref().and_then(|manager| manager.reachability);
    let managers: Vec<Reachability> = nodes.iter().filter_map(reachability).collect();
    let reached = managers.iter().filter(|it| **it == Reachability::REACHABLE).count();
    let ready = nodes.iter().filter(is_ready).count();
    let detail = format!(
        "{ready} of {} nodes are ready; {reached} of {} managers are reached",
        nodes.len(),
        managers.len()
    );
    if ready == 0 {
        return Found::failed(
            detail,
            "See on the machines of the Swarm whether Docker runs there.",
        );
    }
    if ready < nodes.len() || reached < managers.len() {
        let name = |node: &Node| node.description.as_ref().and_then(|it| it.hostname.clone());
        let absent = nodes.iter().filter(|node| {
            !is_ready(node) || reachability(node).is_some_and(|it| it != Reachability::REACHABLE)
        });
        let absent: Vec<String> = absent.filter_map(name).take(NAMES_MAX).collect();
        return Found::warned(
            format!("{detail}; not so: {}", absent.join(", ")),
            "See on these machines whether Docker runs there, and whether they reach the others.",
        );
    }
    Found::passed(detail)
}
