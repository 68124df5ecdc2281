//! An image, as a list shows it.

use crate::{page::Shown, provider_list::row::State};
use domain::{
    Timestamp, Version,
    ids::{ImageId, ProviderId},
    image::Reference,
    provider::Visibility,
};
use serde::{Deserialize, Serialize};

/// An image, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: ImageId,
    /// The version of its stream, for `If-Match`.
    pub version: Version,
    /// The provider it is declared on.
    pub provider_id: ProviderId,
    /// What is pulled, as written.
    pub reference: Reference,
    /// Who may use it.
    pub visibility: Visibility,
    /// Whether it may be used.
    pub state: State,
    /// When it was declared.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether an event about it is parked, so that the row may be out of date.
    pub stale: bool,
}

impl Shown for Row {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}

/// How the provider of an image is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Provider {
    /// Who may use it.
    pub visibility: Visibility,
    /// Whether it may be used.
    pub state: State,
}
