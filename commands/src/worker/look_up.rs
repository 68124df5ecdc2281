//! What a hint is about: it names a stream, and what is to be compared is looked up in the log.

use crate::{
    ports::event_log,
    reconcile::Reconciler,
    sweep::{self, Targets},
};
use domain::{
    StreamId,
    ids::{ClusterId, NodeId, ProfileId, ProviderId, SecretId, WorkloadId},
    node_observation::NodeObservation,
    profile::Profile,
    secret::Secret,
    stream::Kind,
    workload::Workload,
};
use std::collections::BTreeSet;

/// How many users of a certificate a hint is looked up for; the sweep finds the others.
const USERS_MAX: u16 = 100;

/// What a hint is about.
pub(super) enum Found {
    Nothing,
    Providers(Vec<(ProviderId, Targets)>),
    Node(ClusterId, NodeId),
    Test(ClusterId),
    Secrets(Vec<SecretId>, Vec<ClusterId>),
    Workload(WorkloadId, Vec<ClusterId>),
}

/// Looks up what a stream that has grown is about.
pub(super) async fn look_up(
    reconciler: &Reconciler,
    stream: StreamId,
) -> Result<Found, event_log::Error> {
    let writer = reconciler.writer();
    match stream.kind {
        Kind::Provider => {
            let id = ProviderId(stream.id);
            Ok(Found::Providers(vec![(id, sweep::targets_of(writer, id).await?)]))
        }
        Kind::Cluster => Ok(Found::Test(ClusterId(stream.id))),
        // Replaced, perhaps: whoever uses it is to be reached with the new one.
        Kind::Certificate => {
            let mut found = vec![];
            for user in writer.log().referrers(stream, USERS_MAX).await? {
                if user.kind == Kind::Provider {
                    let id = ProviderId(user.id);
                    found.push((id, sweep::targets_of(writer, id).await?));
                }
            }
            Ok(Found::Providers(found))
        }
        Kind::Node => {
            let id = NodeId(stream.id);
            Ok(match &writer.streams().fold::<NodeObservation>(id).await?.state {
                NodeObservation::Seen(seen) => Found::Node(seen.place.cluster, id),
                NodeObservation::Unseen => Found::Nothing,
            })
        }
        Kind::Secret => {
            let id = SecretId(stream.id);
            let secret = writer.streams().fold::<Secret>(id).await?;
            let Some(provider) = secret.state.provider() else { return Ok(Found::Nothing) };
            let clusters = sweep::targets_of(writer, provider).await?.into_keys().collect();
            Ok(Found::Secrets(vec![id], clusters))
        }
        // It may mount what its organization never used before.
        Kind::Profile => {
            let profile = writer.streams().fold::<Profile>(ProfileId(stream.id)).await?;
            let Profile::Present(defined) = &profile.state else { return Ok(Found::Nothing) };
            let definition = &defined.definition;
            let secrets: Vec<SecretId> = definition.secret_ids().into_iter().collect();
            if secrets.is_empty() {
                return Ok(Found::Nothing);
            }
            let targets = sweep::targets_of(writer, definition.provider_id).await?;
            Ok(Found::Secrets(secrets, targets.into_keys().collect()))
        }
        // Its own words are a hint too: what is left of an older placement waits for them.
        Kind::Workload | Kind::WorkloadObservation => {
            let id = WorkloadId(stream.id);
            let clusters = match &writer.streams().fold::<Workload>(id).await?.state {
                Workload::Absent => BTreeSet::new(),
                Workload::Present(now) if stream.kind == Kind::Workload => now.clusters(),
                Workload::Present(now) => now.left.clone(),
                Workload::Removed(gone) => gone.clusters.clone(),
            };
            Ok(Found::Workload(id, clusters.into_iter().collect()))
        }
        // The worker's own words, and what no cluster knows of.
        Kind::Access
        | Kind::Image
        | Kind::NodeObservation
        | Kind::Organization
        | Kind::SecretObservation => Ok(Found::Nothing),
    }
}
