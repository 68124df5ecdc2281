//! `DeclareImage`

use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ImageId,
    image::{Command, Image, declare::Declare},
    provider::Provider,
};

/// Offers an image on a provider, disabled.
#[derive(Clone, Debug)]
pub struct DeclareImage {
    /// Its new id.
    pub id: ImageId,
    /// What to offer, and where.
    pub declare: Declare,
}

impl Verb for DeclareImage {
    fn subject(&self) -> StreamId {
        StreamId::image(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        // That a provider exists only grows; that it has not ended is judged under the log's lock.
        let provider = unit.glance::<Provider>(self.declare.provider).await?;
        provider.present().map_err(Refusal::from)?;
        unit.decide::<Image>(self.id, Command::Declare(self.declare.clone())).await
    }
}
