//! What a cluster shows of secrets that no Berth made, as it is at this moment; and one of them
//! adopted, which must be there.

use super::adopt::AdoptSecret;
use crate::{
    endpoint::endpoint,
    handle::{self, Request, Writer},
    ports::{
        Clusters,
        cluster::{self as port, secret::Foreign},
        event_log::Answer,
        vault,
    },
    refusal::Refusal,
};
use domain::{
    ids::{ClusterId, ProviderId, SecretId},
    provider::Provider,
    secret::{self, SecretName},
};
use std::sync::Arc;

/// Asks clusters for what no Berth made.
#[derive(Clone)]
pub struct ForeignSecrets {
    writer: Writer,
    clusters: Arc<dyn Clusters>,
}

/// What is to be adopted, and as what.
#[derive(Clone, Debug)]
pub struct Adoption {
    /// The new id.
    pub id: SecretId,
    /// The provider.
    pub provider: ProviderId,
    /// The cluster.
    pub cluster: ClusterId,
    /// The id of what is there.
    pub native_id: String,
    /// Unique on the provider.
    pub name: SecretName,
    /// The value.
    pub value: vault::Secret,
}

/// Why nobody can say.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule refuses it, or the log does not answer.
    #[error(transparent)]
    Refused(#[from] handle::Error),
    /// The cluster does not say.
    #[error(transparent)]
    Cluster(#[from] port::Error),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl ForeignSecrets {
    /// Reads and writes through `writer`, and asks clusters through `clusters`.
    #[must_use]
    pub fn new(writer: Writer, clusters: Arc<dyn Clusters>) -> Self {
        Self { writer, clusters }
    }

    /// Those of one cluster: the first of them, and whether there are more.
    ///
    /// # Errors
    /// There is no such cluster, its provider is disabled, or it does not answer.
    pub async fn of(
        &self,
        provider: ProviderId,
        cluster: ClusterId,
    ) -> Result<(Vec<Foreign>, bool), Error> {
        let folded = self.writer.streams().fold::<Provider>(provider).await;
        let folded = folded.map_err(handle::Error::Log)?;
        let provider = folded.state.present().map_err(Refusal::from)?;
        let cluster = provider.working(cluster).map_err(Refusal::from)?.clone();
        let endpoint = endpoint(&self.writer, provider.kind, cluster).await;
        let endpoint = endpoint.map_err(handle::Error::Log)?;
        Ok(self.clusters.connect(&endpoint).await?.foreign_secrets().await?)
    }

    /// Adopts one of them. A repeat of the request gets the first answer, whatever the cluster
    /// says by then.
    ///
    /// # Errors
    /// As `of`; and `secret::Error::NotFound` where there is no such one.
    pub async fn adopt(&self, adoption: Adoption, request: &Request) -> Result<Answer, Error> {
        if let Some(answer) = self.writer.repeated(request).await? {
            return Ok(answer);
        }
        let Adoption { id, provider, cluster, native_id, name, value } = adoption;
        let (shown, _) = self.of(provider, cluster).await?;
        let found = shown.into_iter().find(|foreign| foreign.object.native_id == native_id);
        let object = found.ok_or_else(|| Refusal::from(secret::Error::NotFound))?.object;
        let verb = AdoptSecret { id, provider, cluster, object, name, value };
        Ok(self.writer.handle(&verb, request).await?)
    }
}
