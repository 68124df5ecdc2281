//! `RequestConnectivityTest`: of a cluster that is not registered.
//!
//! What it brings along is kept for the test alone: a certificate given here becomes none of those
//! that are listed.

use crate::{
    handle::{Stop, Verb},
    ports::vault::Keep,
    provider::access::{Access, UsedCertificate},
    refusal::Refusal,
    unit::Unit,
};
use domain::{
    StreamId,
    certificate::Certificate,
    cluster::{
        Cluster, Command,
        request_test::{Candidate, Subject},
    },
    ids::ClusterId,
    provider,
};

/// Asks whether a cluster could be worked with.
#[derive(Clone, Debug)]
pub struct RequestConnectivityTest {
    /// The id of the test.
    pub id: ClusterId,
    /// Which engine it is said to run.
    pub kind: provider::Kind,
    /// How it is reached, without credentials.
    pub cluster: provider::Cluster,
    /// What it is reached with.
    pub access: Access,
}

impl Verb for RequestConnectivityTest {
    fn subject(&self) -> StreamId {
        StreamId::cluster(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        self.access.keeps().collect()
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let mut cluster = self.cluster.clone();
        let mut certificate = None;
        match &self.access.certificate {
            Some(UsedCertificate::Known(id)) => {
                let known = unit.glance::<Certificate>(*id).await?;
                known.present().map_err(Refusal::from)?;
                cluster.certificate_id = Some(*id);
            }
            Some(UsedCertificate::New(import)) => {
                certificate = Some(import.public.clone().with_key(unit.kept(import.record)?));
            }
            None => {}
        }
        let token = self.access.token.as_ref();
        cluster.token = token.map(|token| token.settle(unit)).transpose()?;
        let certificate_id = self.access.certificate.as_ref().map(UsedCertificate::id);
        let as_registered = provider::Cluster { certificate_id, ..cluster.clone() };
        let unfit = |unfit| Refusal::from(provider::Error::from(unfit));
        as_registered.check_fit(self.kind).map_err(unfit)?;
        let candidate = Candidate { certificate, cluster, kind: self.kind };
        let subject = Subject::Candidate(Box::new(candidate));
        unit.decide::<Cluster>(self.id, Command::RequestTest(subject)).await
    }
}
