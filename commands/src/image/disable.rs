//! `DisableImage`

use super::decide;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ImageId, ProviderId},
    image::Command,
};

/// The image may not be used for anything new.
#[derive(Clone, Debug)]
pub struct DisableImage {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which image.
    pub image: ImageId,
}

impl Verb for DisableImage {
    fn subject(&self) -> StreamId {
        StreamId::image(self.image)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.image)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        decide(unit, self.provider, self.image, Command::Disable).await
    }
}
