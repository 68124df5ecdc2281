//! What can be said about a profile. One file a verb.

pub mod change;
pub mod define;
pub mod remove;

use crate::{Refusal, handle::Stop, ports::event_log, streams::Streams, unit::Unit};
use domain::{
    Aggregate, Version,
    ids::{ImageId, OrganizationId, ProfileId, ProviderId, SecretId},
    image::{
        self, Image,
        availability::{Obstacle, Offer, Standing},
    },
    organization::{self, Organization},
    profile::{Definition, Profile},
    provider::{self, Provider, Registered, Visibility},
    secret::{self, Secret},
};

/// The provider, if the organization may make something new on it of this image.
///
/// All three are guarded: when one of them takes the leave away at the same moment, one of the two
/// commands sees the other. What the organization does not see is refused in the words for what
/// does not exist.
pub(crate) async fn usable(
    unit: &mut Unit<'_>,
    organization: OrganizationId,
    provider: ProviderId,
    image: ImageId,
) -> Result<Registered, Stop> {
    let Organization::Present { providers, .. } = unit.load::<Organization>(organization).await?
    else {
        return Err(Refusal::from(organization::Error::NotFound).into());
    };
    let state = unit.load::<Provider>(provider).await?;
    let registered = state.present().map_err(Refusal::from)?;
    let image = unit.load::<Image>(image).await?;
    let known = image.present().ok().filter(|known| known.provider == provider);
    let offered = Offer { enabled: true, visibility: Visibility::Public };
    let obstacles = Standing {
        provider: registered.into(),
        // One that was never declared here stands in its own way only.
        image: known.map_or(offered, Offer::from),
        associated: providers.contains(&provider),
    }
    .obstacles();
    let hindered = |obstacle| obstacles.contains(&obstacle);
    let refusal: Refusal = if hindered(Obstacle::ProviderHidden) {
        provider::Error::NotFound.into()
    } else if hindered(Obstacle::ProviderDisabled) {
        provider::Error::Disabled.into()
    } else if hindered(Obstacle::ImageHidden) || known.is_none() {
        image::Error::NotFound.into()
    } else if hindered(Obstacle::ImageDisabled) {
        image::Error::Disabled.into()
    } else {
        return Ok(registered.clone());
    };
    Err(refusal.into())
}

/// What a profile said at a version; none where it never had that one.
pub(crate) async fn pinned(
    streams: &Streams,
    id: ProfileId,
    version: Version,
) -> Result<Option<Definition>, event_log::Error> {
    if let Profile::Present(now) = &streams.fold::<Profile>(id).await?.state
        && now.version == version
    {
        return Ok(Some(now.definition.clone()));
    }
    let history = streams.log().load(Profile::stream(id), Version::NONE).await?;
    let then = history.iter().take_while(|event| event.version <= version);
    let own = then.filter_map(|event| Profile::own(&event.payload));
    Ok(match own.fold(Profile::default(), Profile::evolve) {
        Profile::Present(then) if then.version == version => Some(then.definition),
        Profile::Present(_) | Profile::Absent | Profile::Removed(_) => None,
    })
}

/// Refuses a secret that is not one of the provider. That it was created only grows; that it was
/// not removed meanwhile is judged under the log's lock.
async fn mountable(
    unit: &mut Unit<'_>,
    provider: ProviderId,
    secrets: Vec<SecretId>,
) -> Result<(), Stop> {
    for id in secrets {
        let secret = unit.glance::<Secret>(id).await?;
        if secret.provider() != Some(provider) {
            return Err(Refusal::from(secret::Error::NotFound).into());
        }
        secret.present().map_err(Refusal::from)?;
    }
    Ok(())
}
