//! `ChangeImageVisibility`: public, for every organization that sees the provider, or private, for
//! those that are associated with it.

use super::{Event, Known};
use crate::{change::Change, ids::ProviderId, provider::Visibility};
use serde::{Deserialize, Serialize};

/// An image became public or private.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VisibilityChanged {
    /// The provider it is declared on.
    pub provider_id: ProviderId,
    /// Before and after.
    pub visibility: Change<Visibility>,
}

pub(super) fn decide(image: &Known, wanted: Visibility) -> Vec<Event> {
    let provider_id = image.provider;
    Change::wanted(&image.visibility, Some(wanted))
        .map(|visibility| Event::VisibilityChanged(VisibilityChanged { provider_id, visibility }))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        image::{Command, Error, Image},
        testing::{given, image},
    };

    const MAKE_PRIVATE: Command = Command::ChangeVisibility(Visibility::Private);

    #[test]
    fn a_public_image_turns_private_once() {
        let declared = || image::declared("nginx");
        given::<Image>([declared()]).when(MAKE_PRIVATE).then([image::made_private()]);
        given::<Image>([declared(), image::made_private()]).when(MAKE_PRIVATE).then([]);
    }

    #[test]
    fn an_unknown_or_withdrawn_image_has_no_visibility() {
        given::<Image>([]).when(MAKE_PRIVATE).then_refused(Error::NotFound);
        given::<Image>([image::declared("nginx"), image::withdrawn("nginx")])
            .when(MAKE_PRIVATE)
            .then_refused(Error::Withdrawn);
    }
}
