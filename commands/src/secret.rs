//! What can be said about a secret. One file a verb.

pub mod adopt;
pub mod create;
pub mod foreign;
pub mod remove;
pub mod report;
pub mod rotate;

use crate::{Refusal, handle::Stop, unit::Unit};
use domain::{
    ids::{ProviderId, SecretId},
    secret::{Error, Secret},
};

/// The secret, if it is, or was, one of this provider.
async fn of(unit: &mut Unit<'_>, provider: ProviderId, id: SecretId) -> Result<Secret, Stop> {
    let secret = unit.load::<Secret>(id).await?;
    if secret.provider() == Some(provider) {
        Ok(secret)
    } else {
        Err(Refusal::from(Error::NotFound).into())
    }
}
