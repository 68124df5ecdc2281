//! `DeclareImage`: offers an image on a provider, disabled until somebody enables it.

use super::{Event, Known, Reference};
use crate::{ids::ProviderId, provider::Visibility};
use serde::{Deserialize, Serialize};

/// Offers an image on a provider.
#[derive(Clone, Debug)]
pub struct Declare {
    /// The provider.
    pub provider: ProviderId,
    /// What is pulled.
    pub reference: Reference,
    /// Who may use it.
    pub visibility: Visibility,
}

/// An image was declared; it is disabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The provider it is declared on.
    pub provider_id: ProviderId,
    /// What is pulled, as written.
    pub reference: Reference,
    /// Who may use it.
    pub visibility: Visibility,
}

impl Declared {
    pub(super) fn known(&self) -> Known {
        Known {
            provider: self.provider_id,
            reference: self.reference.clone(),
            visibility: self.visibility,
            enabled: false,
        }
    }
}

pub(super) fn decide(declare: Declare) -> Vec<Event> {
    let Declare { provider: provider_id, reference, visibility } = declare;
    vec![Event::Declared(Declared { provider_id, reference, visibility })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        image::{Command, Error, Image},
        testing::{fold, given, image, place},
    };

    fn declare() -> Command {
        Command::Declare(Declare {
            provider: place().provider,
            reference: image::reference("nginx"),
            visibility: Visibility::Public,
        })
    }

    #[test]
    fn an_image_is_declared_disabled() {
        given::<Image>([]).when(declare()).then([image::declared("nginx")]);
        let declared = fold::<Image>([image::declared("nginx")]);
        assert!(!declared.present().unwrap().enabled);
    }

    #[test]
    fn an_image_is_not_declared_twice() {
        given::<Image>([image::declared("nginx")])
            .when(declare())
            .then_refused(Error::AlreadyExists);
    }

    #[test]
    fn a_withdrawn_image_does_not_come_back() {
        given::<Image>([image::declared("nginx"), image::withdrawn("nginx")])
            .when(declare())
            .then_refused(Error::Withdrawn);
    }
}
