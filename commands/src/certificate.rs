//! What can be said about a certificate. One file a verb.

pub mod import;
pub mod note_expiry;
pub mod remove;
pub mod replace;

use crate::{handle::Stop, unit::Unit};
use domain::{
    StreamId,
    ids::{CertificateId, ProviderId},
    stream::Kind,
};

/// The providers whose clusters use a certificate, guarded.
async fn users(unit: &mut Unit<'_>, id: CertificateId) -> Result<Vec<ProviderId>, Stop> {
    let users = unit.referrers(StreamId::certificate(id)).await?;
    let providers = users.into_iter().filter(|stream| stream.kind == Kind::Provider);
    Ok(providers.map(|stream| ProviderId(stream.id)).collect())
}
