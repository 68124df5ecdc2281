//! `WithdrawImage`

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

/// The image is no longer offered; refused while a profile refers to it.
#[derive(Clone, Debug)]
pub struct WithdrawImage {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which image.
    pub image: ImageId,
}

impl Verb for WithdrawImage {
    fn subject(&self) -> StreamId {
        StreamId::image(self.image)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.image)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        decide(unit, self.provider, self.image, Command::Withdraw).await
    }
}
