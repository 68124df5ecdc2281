//! `EnableImage`

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

/// Whoever sees the image may use it.
#[derive(Clone, Debug)]
pub struct EnableImage {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which image.
    pub image: ImageId,
}

impl Verb for EnableImage {
    fn subject(&self) -> StreamId {
        StreamId::image(self.image)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.image)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        decide(unit, self.provider, self.image, Command::Enable).await
    }
}
