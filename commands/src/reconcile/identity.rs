//! Which real cluster answered: claimed at the first contact, looked at again at each.
//!
//! Two that meet the same one at once both claim it, and the log lets one of them have it. What is
//! known already costs nothing but a look.

use super::{Error, Reconciler};
use crate::{
    cluster::identify::IdentifyCluster,
    handle::{self, Request},
    ports::cluster::{Foreign, Owners},
    refusal::Refusal,
    streams::Cause,
};
use async_trait::async_trait;
use domain::{
    StreamId,
    cluster::{Cluster, Rejection, identify, request_test::Subject},
    ids::{ClusterId, CommandId, CorrelationId, PrincipalId, ProviderId},
    metadata::Metadata,
    provider::Provider,
    stream::Kind,
};
use uuid::Uuid;

/// How often it is looked again whose a real cluster is, because somebody else was faster.
const LOOKS_MAX: u32 = 4;

impl Reconciler {
    /// Claims a real cluster for the registered one that met it. Answers why it may not have it.
    pub(super) async fn identify(
        &self,
        provider: ProviderId,
        id: ClusterId,
        native_id: &str,
        cause: Option<Cause>,
    ) -> Result<Option<Rejection>, Error> {
        for _ in 0..LOOKS_MAX {
            let known = self.fold::<Cluster>(id).await?.state;
            match known.rejection {
                None if known.identity.is_some_and(|known| known.native_id == native_id) => {
                    return Ok(None);
                }
                Some(rejection)
                    if rejection.native_id == native_id
                        && self.holder(native_id).await? == Some(rejection.duplicate_of) =>
                {
                    return Ok(Some(rejection));
                }
                None | Some(_) => {}
            }
            let verb = IdentifyCluster { id, provider, native_id: native_id.to_owned() };
            match self.writer().handle(&verb, &request(cause)).await {
                // Somebody else met it at the same time, and was faster.
                Ok(_) | Err(handle::Error::Refused(Refusal::NameTaken { .. })) => {}
                Err(handle::Error::Log(error)) => return Err(error.into()),
                Err(error) => return Err(Error::Report(error)),
            }
        }
        Err(Error::Overtaken)
    }

    /// Which registered cluster has a real one.
    async fn holder(&self, native_id: &str) -> Result<Option<ClusterId>, Error> {
        let holders = self.writer().log().holders(&[identify::unique(native_id)]).await?;
        let holder: Option<StreamId> = holders.into_iter().flatten().next();
        let is_cluster = |stream: &StreamId| stream.kind == Kind::Cluster;
        Ok(holder.filter(is_cluster).map(|stream| ClusterId(stream.id)))
    }

    /// A registered cluster, in words.
    async fn describe(&self, id: ClusterId, own: Option<ProviderId>) -> Result<String, Error> {
        let identity = self.fold::<Cluster>(id).await?.state.identity;
        let Some(provider) = identity.map(|identity| identity.provider) else {
            return Ok(format!("cluster {id}"));
        };
        let registered = self.fold::<Provider>(provider).await?.state;
        let registered = registered.present().ok();
        let named = registered.and_then(|registered| registered.clusters.get(&id));
        let named = named.map_or_else(|| id.to_string(), |cluster| format!("`{}`", cluster.name));
        Ok(match registered {
            _ if own == Some(provider) => format!("cluster {named} of this provider"),
            Some(registered) => format!("cluster {named} of provider `{}`", registered.name),
            None => format!("cluster {named} of provider {provider}"),
        })
    }
}

/// Knows whose a real cluster is, for one test.
pub(super) struct Known<'a> {
    pub(super) reconciler: &'a Reconciler,
    /// What is tested, or the stream of the test.
    pub(super) id: ClusterId,
    pub(super) subject: &'a Subject,
    pub(super) cause: Option<Cause>,
}

#[async_trait]
impl Owners for Known<'_> {
    /// What is registered claims the real one, at the first contact; what is not only looks.
    async fn other(&self, native_id: &str) -> Result<Option<String>, Foreign> {
        let own = self.subject.provider();
        let other = match own {
            Some(provider) => {
                let met = self.reconciler.identify(provider, self.id, native_id, self.cause).await;
                met?.map(|rejection| rejection.duplicate_of)
            }
            None => self.reconciler.holder(native_id).await?,
        };
        match other {
            Some(other) => Ok(Some(self.reconciler.describe(other, own).await?)),
            None => Ok(None),
        }
    }
}

fn request(cause: Option<Cause>) -> Request {
    Request {
        metadata: Metadata {
            actor: PrincipalId::WORKER,
            causation_id: cause.map(|cause| cause.event),
            command_id: CommandId(Uuid::now_v7()),
            correlation_id: cause
                .map_or_else(|| CorrelationId(Uuid::now_v7()), |cause| cause.correlation),
        },
        digest: [0; 32],
        expected: None,
        repeatable: false,
    }
}
