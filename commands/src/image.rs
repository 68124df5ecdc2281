//! What can be said about an image. One file a verb.

pub mod change_visibility;
pub mod declare;
pub mod disable;
pub mod enable;
pub mod import;
pub mod withdraw;

use crate::{Refusal, handle::Stop, unit::Unit};
use domain::{
    ids::{ImageId, ProviderId},
    image::{Command, Error, Image},
};

/// Decides about an image, if it is, or was, one of this provider.
async fn decide(
    unit: &mut Unit<'_>,
    provider: ProviderId,
    id: ImageId,
    command: Command,
) -> Result<(), Stop> {
    let image = unit.load::<Image>(id).await?;
    if image.provider() != Some(provider) {
        return Err(Refusal::from(Error::NotFound).into());
    }
    unit.decide::<Image>(id, command).await
}
