//! `RemoveCertificate`: it is gone, and its key is shredded. Refused while a cluster uses it, which
//! the log judges by references, so that no race lets it through.

use super::{Certificate, Error, Event};
use serde::{Deserialize, Serialize};

/// A certificate was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Removed {}

pub(super) fn decide(certificate: &Certificate) -> Result<Vec<Event>, Error> {
    match certificate {
        Certificate::Absent => Err(Error::NotFound),
        Certificate::Present(_) => Ok(vec![Event::Removed(Removed {})]),
        Certificate::Removed => Ok(vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate,
        certificate::Command,
        claim::Claim,
        testing::{
            certificates::{certificate_imported, certificate_removed},
            fold, given,
        },
    };

    #[test]
    fn a_certificate_is_removed_once() {
        let history = || vec![certificate_imported("paris", 1)];
        given::<Certificate>(history()).when(Command::Remove).then([certificate_removed()]);
        let gone = history().into_iter().chain([certificate_removed()]);
        given::<Certificate>(gone).when(Command::Remove).then([]);
        given::<Certificate>([]).when(Command::Remove).then_refused(Error::NotFound);
    }

    #[test]
    fn its_name_is_free_again_and_its_stream_ends() {
        let there = fold::<Certificate>([certificate_imported("paris", 1)]);
        let claims = there.claims(&certificate_removed());
        assert!(matches!(claims.as_slice(), [Claim::Free(_), Claim::End]), "{claims:?}");
        assert!(there.kept().is_some());
        assert_eq!(there.evolve(&certificate_removed()).kept(), None);
    }
}
