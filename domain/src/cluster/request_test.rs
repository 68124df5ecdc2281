//! `RequestConnectivityTest`: of a cluster of a provider as it is registered when the test is
//! carried out, or of one that is not registered.

use super::{Error, Event, Test};
use crate::{
    certificate::Material,
    ids::{ProviderId, RecordId},
    provider,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is tested.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// The cluster of this stream, of this provider.
    Registered(ProviderId),
    /// One that is not registered.
    Candidate(Box<Candidate>),
}

/// A cluster that is not registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// A certificate that was given for the test alone, its key in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Material>,
    /// How it is reached.
    pub cluster: provider::Cluster,
    /// Which engine it is said to run.
    pub kind: provider::Kind,
}

/// Somebody wants to know whether a cluster can be worked with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TestRequested {
    /// The cluster, where it is not registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Candidate>,
    /// Its provider, where it is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<ProviderId>,
}

impl Subject {
    /// The provider of a registered cluster.
    #[must_use]
    pub fn provider(&self) -> Option<ProviderId> {
        match self {
            Self::Registered(provider) => Some(*provider),
            Self::Candidate(_) => None,
        }
    }

    /// The records of the vault that it was given.
    pub(super) fn kept(&self) -> BTreeSet<RecordId> {
        let Self::Candidate(candidate) = self else { return BTreeSet::new() };
        let key = candidate.certificate.as_ref().map(|material| material.key.record_id);
        let token = candidate.cluster.token.as_ref().map(|token| token.record_id);
        key.into_iter().chain(token).collect()
    }
}

impl TestRequested {
    /// The test, as it begins; none of an event that names nothing to test.
    pub(super) fn test(&self, number: u32) -> Option<Test> {
        let subject = match (&self.candidate, self.provider_id) {
            (Some(candidate), _) => Subject::Candidate(Box::new(candidate.clone())),
            (None, Some(provider)) => Subject::Registered(provider),
            (None, None) => return None,
        };
        Some(Test { number, subject, findings: vec![], report: None, expired: false })
    }
}

/// A test that has not come to its end is the answer to whoever asks for one.
pub(super) fn decide(last: Option<&Test>, subject: Subject) -> Result<Vec<Event>, Error> {
    match last {
        Some(last) if last.subject.provider() != subject.provider() => {
            return Err(Error::AlreadyExists);
        }
        Some(last) if last.is_open() => return Ok(vec![]),
        Some(_) | None => {}
    }
    Ok(vec![Event::TestRequested(match subject {
        Subject::Registered(provider) => {
            TestRequested { candidate: None, provider_id: Some(provider) }
        }
        Subject::Candidate(candidate) => {
            TestRequested { candidate: Some(*candidate), provider_id: None }
        }
    })])
}

#[cfg(test)]
mod tests {
    use crate::{
        cluster::{Cluster, Command, Error},
        testing::{
            connectivity::{candidate, expired, requested, requested_of, subject, tested},
            fold, given,
        },
    };

    #[test]
    fn a_cluster_is_tested_as_often_as_somebody_asks() {
        given::<Cluster>([]).when(Command::RequestTest(subject())).then([requested()]);
        given::<Cluster>([requested(), tested(&[])])
            .when(Command::RequestTest(subject()))
            .then([requested()]);
    }

    #[test]
    fn a_test_that_goes_on_answers_whoever_asks_meanwhile() {
        given::<Cluster>([requested()]).when(Command::RequestTest(subject())).then([]);
    }

    #[test]
    fn a_test_is_of_one_cluster() {
        given::<Cluster>([requested()])
            .when(Command::RequestTest(candidate()))
            .then_refused(Error::AlreadyExists);
    }

    #[test]
    fn what_a_test_was_given_is_needed_until_it_expires() {
        let history =
            |events: &[crate::cluster::Event]| fold::<Cluster>(events.iter().cloned()).kept().len();
        assert_eq!(history(&[requested_of(candidate())]), 2);
        assert_eq!(history(&[requested_of(candidate()), expired()]), 0);
        assert_eq!(history(&[requested()]), 0);
    }
}
