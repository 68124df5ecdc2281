//! `ReplaceCertificate`: another key and chain in the place of the old ones. Every cluster that
//! uses the certificate follows, so the event touches all their providers.

use super::{Event, Imported, Material, sorted};
use crate::{change::Change, ids::ProviderId};
use serde::{Deserialize, Serialize};

/// Puts what was checked in the place of what was there.
#[derive(Clone, Debug)]
pub struct Replace {
    /// The new key, chain and authorities.
    pub material: Material,
    /// The providers whose clusters use the certificate.
    pub providers: Vec<ProviderId>,
}

/// A certificate was replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// What it consists of.
    pub material: Change<Material>,
    /// The providers whose clusters used it then.
    pub provider_ids: Vec<ProviderId>,
}

pub(super) fn decide(certificate: &Imported, replace: Replace) -> Vec<Event> {
    if certificate.material.is_same(&replace.material) {
        return vec![];
    }
    let material = Change { after: replace.material, before: certificate.material.clone() };
    let provider_ids = sorted(replace.providers);
    vec![Event::Replaced(Replaced { material, provider_ids })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate,
        certificate::{Certificate, Command, Error},
        ids::CertificateId,
        tag::Tag,
        testing::{
            certificates::{
                certificate_imported, certificate_removed, certificate_replaced, material,
            },
            given, place,
        },
    };
    use uuid::Uuid;

    fn replace(number: u16) -> Command {
        let provider = place().provider;
        let providers = vec![provider, provider];
        Command::Replace(Replace { material: material(number), providers })
    }

    #[test]
    fn a_certificate_is_replaced_in_its_place() {
        given::<Certificate>([certificate_imported("paris", 1)])
            .when(replace(2))
            .then([certificate_replaced(1, 2, &[place().provider])]);
    }

    #[test]
    fn the_same_certificate_again_changes_nothing() {
        let history = [certificate_imported("paris", 1), certificate_replaced(1, 2, &[])];
        given::<Certificate>(history).when(replace(2)).then([]);
    }

    #[test]
    fn other_authorities_are_a_replacement() {
        let other = Material { ca: None, ..material(1) };
        assert!(!other.is_same(&material(1)));
    }

    #[test]
    fn a_replacement_touches_every_provider_that_uses_it() {
        let (one, other) = (place().provider, ProviderId(Uuid::from_u128(1)));
        let event = certificate_replaced(1, 2, &[one, other]);
        let id = CertificateId(Uuid::nil());
        let expected = [Tag::certificate(id), Tag::provider(other), Tag::provider(one)];
        assert_eq!(Certificate::tags(id, &event), expected);
    }

    #[test]
    fn what_is_not_there_is_not_replaced() {
        given::<Certificate>([]).when(replace(1)).then_refused(Error::NotFound);
        given::<Certificate>([certificate_imported("paris", 1), certificate_removed()])
            .when(replace(2))
            .then_refused(Error::Removed);
    }
}
