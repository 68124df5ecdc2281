//! `DisableImage`: it may not be used for anything new. What runs keeps running.

use super::{Event, Known};
use crate::ids::ProviderId;
use serde::{Deserialize, Serialize};

/// An image was disabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Disabled {
    /// The provider it is declared on.
    pub provider_id: ProviderId,
}

pub(super) fn decide(image: &Known) -> Vec<Event> {
    if image.enabled {
        return vec![Event::Disabled(Disabled { provider_id: image.provider })];
    }
    vec![]
}

#[cfg(test)]
mod tests {
    use crate::{
        image::{Command, Error, Image},
        testing::{given, image},
    };

    #[test]
    fn an_enabled_image_is_disabled_once() {
        let declared = || image::declared("nginx");
        given::<Image>([declared(), image::enabled()])
            .when(Command::Disable)
            .then([image::disabled()]);
        given::<Image>([declared()]).when(Command::Disable).then([]);
    }

    #[test]
    fn an_unknown_or_withdrawn_image_is_not_disabled() {
        given::<Image>([]).when(Command::Disable).then_refused(Error::NotFound);
        given::<Image>([image::declared("nginx"), image::withdrawn("nginx")])
            .when(Command::Disable)
            .then_refused(Error::Withdrawn);
    }
}
