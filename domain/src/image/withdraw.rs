//! `WithdrawImage`: it is no longer offered. The log refuses this while a profile refers to it.

use super::{Event, Known, Reference};
use crate::ids::ProviderId;
use serde::{Deserialize, Serialize};

/// An image was withdrawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// The provider it was declared on.
    pub provider_id: ProviderId,
    /// What it was, so that the history reads without looking anything up.
    pub reference: Reference,
}

pub(super) fn decide(image: &Known) -> Vec<Event> {
    let (provider_id, reference) = (image.provider, image.reference.clone());
    vec![Event::Withdrawn(Withdrawn { provider_id, reference })]
}

#[cfg(test)]
mod tests {
    use crate::{
        image::{Command, Error, Image},
        testing::{given, image},
    };

    #[test]
    fn an_image_is_withdrawn_once() {
        let declared = || image::declared("nginx");
        let withdrawn = || image::withdrawn("nginx");
        given::<Image>([declared()]).when(Command::Withdraw).then([withdrawn()]);
        given::<Image>([declared(), image::enabled()]).when(Command::Withdraw).then([withdrawn()]);
        given::<Image>([declared(), withdrawn()]).when(Command::Withdraw).then([]);
    }

    #[test]
    fn an_unknown_image_is_not_withdrawn() {
        given::<Image>([]).when(Command::Withdraw).then_refused(Error::NotFound);
    }
}
