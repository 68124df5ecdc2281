//! What was observed of a cluster: which real one it is, and the tests of its connection.
//!
//! A stream of its own, since what a cluster does never races an administrator. A cluster that is
//! not registered can be tested as well; then the stream has an id of its own, and the secrets that
//! it was given live until the test expires.

pub mod expire_test;
pub mod identify;
pub mod release;
pub mod report_test;
pub mod request_test;

use crate::{
    Aggregate, StreamId,
    change::Change,
    claim::Claim,
    connectivity::{Finding, Report},
    event::events,
    ids::{ClusterId, ProviderId, RecordId},
    tag::Tag,
};
use request_test::Subject;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What every test refers to that has not come to its end. No cluster has this id.
pub const OPEN_TESTS: StreamId =
    StreamId::cluster(ClusterId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0201)));
/// What every test refers to that was given something for itself.
pub const KEPT_TESTS: StreamId =
    StreamId::cluster(ClusterId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0202)));

events! {
    /// What was observed of a cluster.
    pub enum Event {
        /// Somebody wants to know whether it can be worked with.
        TestRequested(request_test::TestRequested) = "ConnectivityTestRequested",
        /// One step of a test was taken.
        StepTaken(report_test::StepTaken) = "ConnectivityStepTaken",
        /// A test has come to its end.
        Tested(report_test::Tested) = "ConnectivityTested",
        /// What a test of a cluster that is not registered was given is to be forgotten.
        TestExpired(expire_test::TestExpired) = "ConnectivityTestExpired",
        /// The real cluster behind a registered one is known, and is that one's alone.
        Identified(identify::Identified) = "ClusterIdentified",
        /// Another real cluster answers where one was known.
        IdentityChanged(identify::IdentityChanged) = "ClusterIdentityChanged",
        /// The real cluster belongs to another registered one.
        Rejected(identify::Rejected) = "ClusterRejected",
        /// A cluster that is no longer registered gave its real one up.
        Released(release::Released) = "ClusterReleased",
    }
}

/// An intention about what is observed of a cluster.
#[derive(Clone, Debug)]
pub enum Command {
    /// `ExpireConnectivityTest`
    ExpireTest,
    /// `IdentifyCluster`
    Identify(identify::IdentifyCluster),
    /// `ReleaseCluster`
    Release,
    /// `ReportConnectivityStep`, of the test of this number.
    ReportStep(u32, Finding),
    /// `ReportConnectivity`, of the test of this number.
    ReportTest(u32, Report),
    /// `RequestConnectivityTest`
    RequestTest(Subject),
}

/// Why a command about a test is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody asked for a test.
    #[error("there is no such connectivity test")]
    NotRequested,
    /// The id belongs to the test of something else.
    #[error("the connectivity test exists already")]
    AlreadyExists,
}

/// What was observed of a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cluster {
    /// Which real cluster it has.
    pub identity: Option<Identity>,
    /// The real cluster that it met and that is another's.
    pub rejection: Option<Rejection>,
    /// Its last test.
    pub test: Option<Test>,
}

/// Which real cluster a registered one has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The real one's own id.
    pub native_id: String,
    /// The provider of the registered one.
    pub provider: ProviderId,
}

/// A real cluster that answers and is another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Whose it is.
    pub duplicate_of: ClusterId,
    /// The real one's own id.
    pub native_id: String,
}

/// A test of a connection, as far as it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Which one; 1 is the first of the cluster.
    pub number: u32,
    /// What is tested.
    pub subject: Subject,
    /// What the steps found so far.
    pub findings: Vec<Finding>,
    /// What came of it in the end.
    pub report: Option<Report>,
    /// Whether what it was given is to be forgotten.
    pub expired: bool,
}

impl Test {
    /// Whether somebody is to carry it out, or is at it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.report.is_none() && !self.expired
    }
}

impl Cluster {
    /// Its last test.
    ///
    /// # Errors
    /// `Error::NotRequested`.
    pub fn test(&self) -> Result<&Test, Error> {
        self.test.as_ref().ok_or(Error::NotRequested)
    }

    /// The records of the vault that it still needs.
    #[must_use]
    pub fn kept(&self) -> BTreeSet<RecordId> {
        let test = self.test.as_ref().filter(|test| !test.expired);
        test.map(|test| test.subject.kept()).unwrap_or_default()
    }

    fn meet(&mut self, native_id: &str, provider: ProviderId) {
        self.identity = Some(Identity { native_id: native_id.to_owned(), provider });
        self.rejection = None;
    }

    fn in_test(&mut self, change: impl FnOnce(&mut Test)) {
        self.test.as_mut().map(change);
    }
}

impl Aggregate for Cluster {
    type Id = ClusterId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: ClusterId) -> StreamId {
        StreamId::cluster(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Cluster(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::ExpireTest => Ok(expire_test::decide(self.test()?)),
            Command::Identify(met) => {
                Ok(identify::decide(self.identity.as_ref(), self.rejection.as_ref(), met))
            }
            Command::Release => Ok(release::decide(self.identity.as_ref())),
            Command::ReportStep(number, finding) => {
                Ok(report_test::step(self.test()?, number, finding))
            }
            Command::ReportTest(number, report) => {
                Ok(report_test::end(self.test()?, number, report))
            }
            Command::RequestTest(subject) => request_test::decide(self.test.as_ref(), subject),
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::TestRequested(event) => {
                let number = self.test.as_ref().map_or(1, |test| test.number.saturating_add(1));
                self.test = event.test(number).or(self.test);
            }
            Event::StepTaken(event) => self.in_test(|test| test.take(event)),
            Event::Tested(event) => self.in_test(|test| test.end(event)),
            Event::TestExpired(_) => self.in_test(|test| test.expired = true),
            Event::Identified(event) => self.meet(&event.native_id, event.provider_id),
            Event::IdentityChanged(event) => self.meet(&event.native_id.after, event.provider_id),
            Event::Rejected(event) => {
                let (duplicate_of, native_id) = (event.duplicate_of, event.native_id.clone());
                self.rejection = Some(Rejection { duplicate_of, native_id });
            }
            Event::Released(_) => (self.identity, self.rejection) = (None, None),
        }
        self
    }

    /// What is open, or has something to forget, refers to a stream that stands for that, so that
    /// it is found without a look at all clusters. A real cluster is a name that one has.
    fn claims(&self, event: &Event) -> Vec<Claim> {
        match event {
            Event::TestRequested(event) if event.candidate.is_some() => {
                vec![Claim::Refer(OPEN_TESTS), Claim::Refer(KEPT_TESTS)]
            }
            Event::TestRequested(_) => vec![Claim::Refer(OPEN_TESTS)],
            Event::StepTaken(_) => vec![],
            Event::Tested(_) => vec![Claim::Unrefer(OPEN_TESTS)],
            Event::TestExpired(_) => vec![Claim::Unrefer(OPEN_TESTS), Claim::Unrefer(KEPT_TESTS)],
            Event::Identified(event) => vec![Claim::Take(identify::unique(&event.native_id))],
            Event::IdentityChanged(event) => {
                let Change { before, after } = &event.native_id;
                let unique = identify::unique;
                vec![Claim::Free(unique(before)), Claim::Take(unique(after))]
            }
            Event::Rejected(_) => vec![],
            Event::Released(event) => vec![Claim::Free(identify::unique(&event.native_id))],
        }
    }

    fn tags(id: ClusterId, event: &Event) -> Vec<Tag> {
        let provider: Option<ProviderId> = match event {
            Event::TestRequested(event) => event.provider_id,
            Event::StepTaken(event) => event.provider_id,
            Event::Tested(event) => event.provider_id,
            Event::TestExpired(_) => None,
            Event::Identified(event) => Some(event.provider_id),
            Event::IdentityChanged(event) => Some(event.provider_id),
            Event::Rejected(event) => Some(event.provider_id),
            Event::Released(event) => Some(event.provider_id),
        };
        [Tag::cluster(id)].into_iter().chain(provider.map(Tag::provider)).collect()
    }
}
