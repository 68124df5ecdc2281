//! `ImportCertificate`: a key and its chain are kept, under a name, to be used by clusters.

use super::{Certificate, Error, Event, Material};
use crate::name::Name;
use serde::{Deserialize, Serialize};

/// Keeps a certificate that was checked.
#[derive(Clone, Debug)]
pub struct Import {
    /// Shown and unique.
    pub name: Name,
    /// Key, chain and authorities.
    pub material: Material,
}

/// A certificate was imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// Key, chain and authorities.
    pub material: Material,
    /// Shown and unique.
    pub name: Name,
}

pub(super) fn decide(certificate: &Certificate, import: Import) -> Result<Vec<Event>, Error> {
    match certificate {
        Certificate::Absent => {
            let Import { material, name } = import;
            Ok(vec![Event::Imported(Imported { material, name })])
        }
        Certificate::Present(_) => Err(Error::AlreadyExists),
        Certificate::Removed => Err(Error::Removed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        certificate::Command,
        testing::{
            certificates::{certificate_imported, certificate_removed, material},
            given, name,
        },
    };

    fn import() -> Command {
        Command::Import(Import { name: name("paris"), material: material(1) })
    }

    #[test]
    fn a_certificate_is_imported_once() {
        given::<Certificate>([]).when(import()).then([certificate_imported("paris", 1)]);
        given::<Certificate>([certificate_imported("paris", 1)])
            .when(import())
            .then_refused(Error::AlreadyExists);
    }

    #[test]
    fn a_removed_certificate_does_not_come_back() {
        given::<Certificate>([certificate_imported("paris", 1), certificate_removed()])
            .when(import())
            .then_refused(Error::Removed);
    }
}
