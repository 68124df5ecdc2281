//! Examples of what is observed of a cluster: its identity and the tests of its connection, of the
//! cluster and the provider of `place`.

use super::{certificates::material, cluster, place};
use crate::{
    change::Change,
    cluster::{
        Event,
        expire_test::TestExpired,
        identify::{Identified, IdentityChanged, Rejected},
        release::Released,
        report_test::{StepTaken, Tested},
        request_test::{Candidate, Subject, TestRequested},
    },
    connectivity::{Finding, Outcome, Report, Step},
    ids::RecordId,
    kept::{Fingerprint, Kept},
    provider::{self, Kind},
};
use uuid::Uuid;

pub fn finding(step: Step, outcome: Outcome) -> Finding {
    let remedy = (outcome == Outcome::Failed).then(|| "mend it".to_owned());
    let detail = "what was seen".to_owned();
    Finding { detail, outcome, remedy, step, took_milliseconds: 3, url: cluster(1).url }
}
pub fn subject() -> Subject {
    Subject::Registered(place().provider)
}
/// With a certificate and a token that are its own.
pub fn candidate() -> Subject {
    let token = Kept {
        fingerprint: Fingerprint::of([1; 32]),
        record_id: RecordId(Uuid::from_u128(0xd9)),
        version: 1,
    };
    let cluster = provider::Cluster { token: Some(token), ..cluster(1) };
    let certificate = Some(material(1));
    Subject::Candidate(Box::new(Candidate { certificate, cluster, kind: Kind::Kubernetes }))
}
pub fn requested() -> Event {
    requested_of(subject())
}
pub fn requested_of(subject: Subject) -> Event {
    match subject {
        Subject::Registered(provider) => {
            TestRequested { candidate: None, provider_id: Some(provider) }.into()
        }
        Subject::Candidate(candidate) => {
            TestRequested { candidate: Some(*candidate), provider_id: None }.into()
        }
    }
}
pub fn step_taken(finding: &Finding) -> Event {
    StepTaken { finding: finding.clone(), provider_id: Some(place().provider) }.into()
}
pub fn tested(findings: &[Finding]) -> Event {
    let findings = findings.to_vec();
    let passed = Report { findings: findings.clone(), native_id: None }.has_passed();
    Tested { findings, native_id: None, passed, provider_id: Some(place().provider) }.into()
}
pub fn expired() -> Event {
    TestExpired {}.into()
}
pub fn identified(native_id: &str) -> Event {
    Identified { native_id: native_id.to_owned(), provider_id: place().provider }.into()
}
pub fn identity_changed(before: &str, after: &str) -> Event {
    let native_id = Change { before: before.to_owned(), after: after.to_owned() };
    IdentityChanged { native_id, provider_id: place().provider }.into()
}
/// As a duplicate of the cluster of this number.
pub fn rejected(native_id: &str, other: u16) -> Event {
    let (duplicate_of, native_id) = (cluster(other).id, native_id.to_owned());
    Rejected { duplicate_of, native_id, provider_id: place().provider }.into()
}
pub fn released(native_id: &str) -> Event {
    Released { native_id: native_id.to_owned(), provider_id: place().provider }.into()
}
