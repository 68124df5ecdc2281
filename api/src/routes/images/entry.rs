//! An image as an export writes it and an import reads it.

use crate::{
    body::{Check, given, place},
    words::{ImageState, Visibility},
};
use commands::image::import::{Entry, ImportImages};
use domain::ids::ImageId;
use projections::image_list::row::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The images of a provider, as one provider hands them to another.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImageCatalog)]
pub(crate) struct Catalog {
    /// One entry for each image; no two mean the same.
    #[schema(max_items = 1000)]
    pub(super) images: Vec<Image>,
}

/// One of them.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImageCatalogEntry)]
pub(crate) struct Image {
    /// What is pulled, in Docker's format.
    #[schema(min_length = 1, example = "registry.example/team/app:1.2")]
    pub(super) reference: String,
    visibility: Visibility,
    /// An export always has it. Where an import has it not, a new image is disabled, and one that
    /// was there stays as it is.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state: Option<ImageState>,
}

impl From<Row> for Image {
    fn from(row: Row) -> Self {
        Self {
            reference: row.reference.to_string(),
            visibility: row.visibility.into(),
            state: Some(row.state.into()),
        }
    }
}

impl Catalog {
    /// What an import is made of, if every entry is right and no two mean the same.
    pub(super) fn checked(&self, check: &mut Check) -> Option<Vec<Entry>> {
        let most = ImportImages::ENTRIES_MAX;
        if self.images.len() > most {
            check.refuse("/images", "too_many", format!("must have at most {most} entries"));
            return None;
        }
        let mut keys = BTreeSet::new();
        let mut entries = Vec::with_capacity(self.images.len());
        for (index, image) in self.images.iter().enumerate() {
            let field = place(&place("/images", index), "reference");
            let Some(reference) = check.reference(&field, &image.reference) else { continue };
            if !keys.insert(reference.key()) {
                check.refuse(&field, "unique", "must not mean the same as an entry before it");
            }
            entries.push(Entry {
                id: ImageId(Uuid::now_v7()),
                reference,
                visibility: image.visibility.into(),
                enabled: image.state.map(|state| state == ImageState::Enabled),
            });
        }
        Some(entries)
    }
}
