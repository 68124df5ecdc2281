//! `IdentifyCluster`: which real cluster answered at the address of a registered one.

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    cluster::{self, Cluster, Command, identify},
    ids::{ClusterId, ProviderId},
    provider::Provider,
    stream::Kind,
};

/// Claims a real cluster for a registered one, or says whose it is.
#[derive(Clone, Debug)]
pub struct IdentifyCluster {
    /// The registered one.
    pub id: ClusterId,
    /// Its provider.
    pub provider: ProviderId,
    /// The real one's own id.
    pub native_id: String,
}

impl Verb for IdentifyCluster {
    fn subject(&self) -> StreamId {
        StreamId::cluster(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        // Guarded: whoever is removed meanwhile must not claim anything any more.
        let provider = unit.load::<Provider>(self.provider).await?;
        let is_registered =
            provider.present().is_ok_and(|provider| provider.clusters.contains_key(&self.id));
        if !is_registered {
            return Ok(());
        }
        let holder = holder(unit, &self.native_id).await?.filter(|holder| *holder != self.id);
        let (native_id, provider) = (self.native_id.clone(), self.provider);
        let met = identify::IdentifyCluster { native_id, holder, provider };
        unit.decide::<Cluster>(self.id, Command::Identify(met)).await
    }
}

/// Which registered cluster has a real one.
async fn holder(unit: &Unit<'_>, native_id: &str) -> Result<Option<ClusterId>, Stop> {
    let holders = unit.holders(&[identify::unique(native_id)]).await?;
    let holder = holders.into_iter().flatten().next();
    Ok(holder.filter(|stream| stream.kind == Kind::Cluster).map(|stream| ClusterId(stream.id)))
}

/// The rejection of a cluster, if it still stands: the one that it is a duplicate of may have given
/// the real one up. Guarded, so that none is recorded before the append.
pub(crate) async fn rejection(
    unit: &mut Unit<'_>,
    id: ClusterId,
) -> Result<Option<cluster::Rejection>, Stop> {
    let Some(rejection) = unit.load::<Cluster>(id).await?.rejection else { return Ok(None) };
    let holder = holder(unit, &rejection.native_id).await?;
    Ok(holder.filter(|holder| *holder != id).map(|_| rejection))
}
