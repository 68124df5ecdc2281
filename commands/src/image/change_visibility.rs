//! `ChangeImageVisibility`

use super::decide;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ImageId, ProviderId},
    image::Command,
    provider::Visibility,
};

/// The image is public, or private.
#[derive(Clone, Debug)]
pub struct ChangeImageVisibility {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which image.
    pub image: ImageId,
    /// What it is to be.
    pub visibility: Visibility,
}

impl Verb for ChangeImageVisibility {
    fn subject(&self) -> StreamId {
        StreamId::image(self.image)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.image)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let command = Command::ChangeVisibility(self.visibility);
        decide(unit, self.provider, self.image, command).await
    }
}
