//! `EnableImage`: it may be used, by whoever sees it.

use super::{Event, Known};
use crate::ids::ProviderId;
use serde::{Deserialize, Serialize};

/// An image was enabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Enabled {
    /// The provider it is declared on.
    pub provider_id: ProviderId,
}

pub(super) fn decide(image: &Known) -> Vec<Event> {
    if image.enabled {
        return vec![];
    }
    vec![Event::Enabled(Enabled { provider_id: image.provider })]
}

#[cfg(test)]
mod tests {
    use crate::{
        image::{Command, Error, Image},
        testing::{given, image},
    };

    #[test]
    fn a_declared_image_is_enabled_once() {
        let declared = || image::declared("nginx");
        given::<Image>([declared()]).when(Command::Enable).then([image::enabled()]);
        given::<Image>([declared(), image::enabled()]).when(Command::Enable).then([]);
    }

    #[test]
    fn an_unknown_or_withdrawn_image_is_not_enabled() {
        given::<Image>([]).when(Command::Enable).then_refused(Error::NotFound);
        given::<Image>([image::declared("nginx"), image::withdrawn("nginx")])
            .when(Command::Enable)
            .then_refused(Error::Withdrawn);
    }
}
