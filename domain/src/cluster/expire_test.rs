//! `ExpireConnectivityTest`: what the test of a cluster that is not registered was given is to be
//! forgotten, whether it came to its end or not.

use super::{Event, Test, request_test::Subject};
use serde::{Deserialize, Serialize};

/// What a test of a cluster that is not registered was given is to be forgotten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TestExpired {}

pub(super) fn decide(test: &Test) -> Vec<Event> {
    match test.subject {
        Subject::Candidate(_) if !test.expired => vec![Event::TestExpired(TestExpired {})],
        // What is registered has its secrets for as long as it is.
        Subject::Candidate(_) | Subject::Registered(_) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        cluster::{Cluster, Command, Error},
        testing::{
            connectivity::{candidate, expired, requested, requested_of},
            given,
        },
    };

    #[test]
    fn a_test_of_what_is_not_registered_expires_once() {
        given::<Cluster>([requested_of(candidate())]).when(Command::ExpireTest).then([expired()]);
        given::<Cluster>([requested_of(candidate()), expired()]).when(Command::ExpireTest).then([]);
    }

    #[test]
    fn a_test_of_what_is_registered_has_nothing_to_forget() {
        given::<Cluster>([requested()]).when(Command::ExpireTest).then([]);
        given::<Cluster>([]).when(Command::ExpireTest).then_refused(Error::NotRequested);
    }
}
