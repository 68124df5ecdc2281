//! Who uses a provider, by the references of the log: what a refusal names, and what is guarded, so
//! that nobody begins to use it between the look and the append.

use crate::{handle::Stop, unit::Unit};
use domain::{
    StreamId,
    ids::{ImageId, OrganizationId, ProfileId, ProviderId, WorkloadId},
    image::Image,
    organization::Organization,
    profile::Profile,
    provider::User,
    stream::Kind,
    workload::Workload,
};

/// Those of some kinds that use a provider.
pub(crate) async fn users(
    unit: &mut Unit<'_>,
    provider: ProviderId,
    kinds: &[Kind],
) -> Result<Vec<User>, Stop> {
    let mut streams = unit.referrers(StreamId::provider(provider)).await?;
    streams.retain(|stream| kinds.contains(&stream.kind));
    unit.read_each(&streams).await?;
    let mut users = Vec::with_capacity(streams.len());
    for stream in streams {
        users.push(user(unit, stream).await?);
    }
    Ok(users)
}

async fn user(unit: &mut Unit<'_>, stream: StreamId) -> Result<User, Stop> {
    let mut user = User { stream, name: None, organization: None, cluster: None, runs: false };
    match stream.kind {
        Kind::Image => {
            if let Image::Present(image) = unit.load(ImageId(stream.id)).await? {
                user.name = Some(image.reference.to_string());
            }
        }
        Kind::Organization => {
            let id = OrganizationId(stream.id);
            user.organization = Some(id);
            if let Organization::Present { name, .. } = unit.load(id).await? {
                user.name = Some(name.to_string());
            }
        }
        Kind::Profile => {
            if let Profile::Present(profile) = unit.load(ProfileId(stream.id)).await? {
                user.name = Some(profile.definition.name.to_string());
                user.organization = Some(profile.definition.organization_id);
            }
        }
        Kind::Workload => {
            if let Workload::Present(workload) = unit.load(WorkloadId(stream.id)).await? {
                user.runs = !workload.stopped;
                user.cluster = workload.placement.map(|placement| placement.cluster);
                user.name = Some(workload.name.to_string());
                user.organization = Some(workload.organization);
            }
        }
        // Their ids say enough.
        Kind::Access
        | Kind::Certificate
        | Kind::Cluster
        | Kind::Node
        | Kind::NodeObservation
        | Kind::Provider
        | Kind::Secret
        | Kind::SecretObservation
        | Kind::WorkloadObservation => {}
    }
    Ok(user)
}
