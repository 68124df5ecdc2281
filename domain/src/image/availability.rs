//! Whether an organization may use an image. This is the one place that says so: commands ask it,
//! and the query layer makes its condition from it.
//!
//! Four things must hold at once: the provider is enabled, the organization sees the provider, the
//! image is enabled, the organization sees the image. A public thing is seen by every organization,
//! a private one by those that are associated with the provider.

use super::Known;
use crate::provider::{Registered, Visibility};

/// How a provider or an image is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Whether it may be used at all.
    pub enabled: bool,
    /// Who sees it.
    pub visibility: Visibility,
}

/// An image and its provider, as one organization meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How the provider is offered.
    pub provider: Offer,
    /// How the image is offered.
    pub image: Offer,
    /// Whether the organization is associated with the provider.
    pub associated: bool,
}

/// What keeps an organization from using an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The provider is disabled.
    ProviderDisabled,
    /// The provider is private, and the organization is not associated with it.
    ProviderHidden,
    /// The image is disabled.
    ImageDisabled,
    /// The image is private, and the organization is not associated with the provider.
    ImageHidden,
}

impl Offer {
    fn is_visible(self, associated: bool) -> bool {
        match self.visibility {
            Visibility::Public => true,
            Visibility::Private => associated,
        }
    }

    fn each() -> impl Iterator<Item = Self> + Clone {
        let visibilities = [Visibility::Public, Visibility::Private];
        visibilities
            .into_iter()
            .flat_map(|visibility| [false, true].map(|enabled| Self { enabled, visibility }))
    }
}

impl From<&Registered> for Offer {
    fn from(provider: &Registered) -> Self {
        Self { enabled: provider.enabled, visibility: provider.visibility }
    }
}

impl From<&Known> for Offer {
    fn from(image: &Known) -> Self {
        Self { enabled: image.enabled, visibility: image.visibility }
    }
}

impl Standing {
    /// Every standing there is.
    pub fn each() -> impl Iterator<Item = Self> {
        Offer::each().flat_map(|provider| {
            Offer::each().flat_map(move |image| {
                [false, true].map(|associated| Self { provider, image, associated })
            })
        })
    }

    /// Everything that keeps the organization from using the image.
    #[must_use]
    pub fn obstacles(self) -> Vec<Obstacle> {
        let Self { provider, image, associated } = self;
        [
            (provider.enabled, Obstacle::ProviderDisabled),
            (provider.is_visible(associated), Obstacle::ProviderHidden),
            (image.enabled, Obstacle::ImageDisabled),
            (image.is_visible(associated), Obstacle::ImageHidden),
        ]
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, obstacle)| obstacle)
        .collect()
    }

    /// Whether the organization may use the image.
    #[must_use]
    pub fn is_available(self) -> bool {
        self.obstacles().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        image::Image,
        provider::{DeploymentMode, Provider},
        testing::{self, fold, image},
    };

    /// Provider enabled, provider visible, image enabled, image visible: available.
    const TRUTHS: [([bool; 4], bool); 16] = [
        ([false, false, false, false], false),
        ([false, false, false, true], false),
        ([false, false, true, false], false),
        ([false, false, true, true], false),
        ([false, true, false, false], false),
        ([false, true, false, true], false),
        ([false, true, true, false], false),
        ([false, true, true, true], false),
        ([true, false, false, false], false),
        ([true, false, false, true], false),
        ([true, false, true, false], false),
        ([true, false, true, true], false),
        ([true, true, false, false], false),
        ([true, true, false, true], false),
        ([true, true, true, false], false),
        ([true, true, true, true], true),
    ];

    /// Visibility and association: visible.
    const SIGHTS: [(Visibility, bool, bool); 4] = [
        (Visibility::Public, false, true),
        (Visibility::Public, true, true),
        (Visibility::Private, false, false),
        (Visibility::Private, true, true),
    ];

    fn sight(visibility: Visibility, associated: bool) -> bool {
        let row = SIGHTS.into_iter().find(|row| (row.0, row.1) == (visibility, associated));
        row.unwrap().2
    }

    #[test]
    fn an_image_is_available_when_all_four_conditions_hold_and_only_then() {
        let mut met = std::collections::BTreeSet::new();
        for standing in Standing::each() {
            let Standing { provider, image, associated } = standing;
            let conditions = [
                provider.enabled,
                sight(provider.visibility, associated),
                image.enabled,
                sight(image.visibility, associated),
            ];
            let (_, available) = TRUTHS.into_iter().find(|row| row.0 == conditions).unwrap();
            assert_eq!(standing.is_available(), available, "{standing:?}");
            let failing = conditions.iter().filter(|holds| !**holds).count();
            assert_eq!(standing.obstacles().len(), failing, "{standing:?}");
            met.insert(conditions);
        }
        // One association decides for both, and still no row is out of reach.
        assert_eq!(met.len(), TRUTHS.len());
    }

    #[test]
    fn every_standing_is_there_once() {
        let all: Vec<_> = Standing::each().collect();
        assert_eq!(all.len(), 32);
        assert!(all.iter().enumerate().all(|(at, one)| !all[at + 1..].contains(one)));
    }

    #[test]
    fn each_obstacle_is_named() {
        let closed = Offer { enabled: false, visibility: Visibility::Private };
        let standing = Standing { provider: closed, image: closed, associated: false };
        use Obstacle as O;
        let all = [O::ProviderDisabled, O::ProviderHidden, O::ImageDisabled, O::ImageHidden];
        assert_eq!(standing.obstacles(), all);
    }

    #[test]
    fn an_offer_is_taken_from_provider_and_image() {
        let open = Offer { enabled: true, visibility: Visibility::Public };
        let history = [testing::created(DeploymentMode::Single), testing::enabled()];
        let provider = fold::<Provider>(history);
        assert_eq!(Offer::from(provider.present().unwrap()), open);
        let known = fold::<Image>([image::declared("nginx"), image::enabled()]);
        assert_eq!(Offer::from(known.present().unwrap()), open);
        let hidden = [image::declared("nginx"), image::made_private()];
        let expected = Offer { enabled: false, visibility: Visibility::Private };
        assert_eq!(Offer::from(fold::<Image>(hidden).present().unwrap()), expected);
    }
}
