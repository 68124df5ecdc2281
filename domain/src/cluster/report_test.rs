//! What a test found: each step as it is taken, and all of it at the end.
//!
//! Whoever carries a test out may die and another begin anew, or two be at it at once: a step is
//! recorded when it found something else than before, and the end once.

use super::{Event, Test};
use crate::{
    connectivity::{Finding, Report},
    ids::ProviderId,
};
use serde::{Deserialize, Serialize};

/// The most findings of one test: more than ten addresses with all their steps.
const FINDINGS_MAX: usize = 200;

/// One step of a test was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepTaken {
    /// What it found.
    pub finding: Finding,
    /// Its provider, where it is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<ProviderId>,
}

/// A test has come to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tested {
    /// What each step found, by address and in order.
    pub findings: Vec<Finding>,
    /// The cluster's own id, where it told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_id: Option<String>,
    /// Whether Berth can work with the cluster.
    pub passed: bool,
    /// Its provider, where it is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<ProviderId>,
}

impl Test {
    pub(super) fn take(&mut self, event: &StepTaken) {
        let finding = &event.finding;
        let same = |other: &Finding| other.step == finding.step && other.url == finding.url;
        match self.findings.iter().position(same) {
            Some(known) => self.findings[known] = finding.clone(),
            None if self.findings.len() < FINDINGS_MAX => self.findings.push(finding.clone()),
            None => {}
        }
    }

    pub(super) fn end(&mut self, event: &Tested) {
        let (findings, native_id) = (event.findings.clone(), event.native_id.clone());
        self.findings.clone_from(&findings);
        self.report = Some(Report { findings, native_id });
    }
}

pub(super) fn step(test: &Test, number: u32, finding: Finding) -> Vec<Event> {
    let finding = finding.bounded();
    // Another run takes another time, which is no other finding.
    let is_known = test.findings.iter().any(|known| {
        Finding { took_milliseconds: finding.took_milliseconds, ..known.clone() } == finding
    });
    let is_late = test.number != number || !test.is_open();
    if is_known || is_late || test.findings.len() >= FINDINGS_MAX {
        return vec![];
    }
    let provider_id = test.subject.provider();
    vec![Event::StepTaken(StepTaken { finding, provider_id })]
}

pub(super) fn end(test: &Test, number: u32, report: Report) -> Vec<Event> {
    if test.number != number || !test.is_open() {
        return vec![];
    }
    let passed = report.has_passed();
    let Report { findings, native_id } = report;
    let findings = findings.into_iter().take(FINDINGS_MAX).map(Finding::bounded).collect();
    let provider_id = test.subject.provider();
    vec![Event::Tested(Tested { findings, native_id, passed, provider_id })]
}

#[cfg(test)]
mod tests {
    use crate::{
        cluster::{Cluster, Command, Error},
        connectivity::{Finding, Outcome, Report, Step},
        testing::{
            connectivity::{expired, finding, requested, step_taken, tested},
            given,
        },
    };

    fn report(findings: &[Finding]) -> Report {
        Report { findings: findings.to_vec(), native_id: None }
    }

    #[test]
    fn each_step_is_recorded_as_it_is_taken() {
        let (passed, failed) =
            (finding(Step::Tcp, Outcome::Passed), finding(Step::Tcp, Outcome::Failed));
        given::<Cluster>([requested()])
            .when(Command::ReportStep(1, passed.clone()))
            .then([step_taken(&passed)]);
        let slower = Finding { took_milliseconds: 999, ..passed.clone() };
        given::<Cluster>([requested(), step_taken(&passed)])
            .when(Command::ReportStep(1, slower))
            .then([]);
        given::<Cluster>([requested(), step_taken(&passed)])
            .when(Command::ReportStep(1, failed.clone()))
            .then([step_taken(&failed)]);
    }

    #[test]
    fn a_test_ends_once() {
        let failed = finding(Step::Dns, Outcome::Failed);
        given::<Cluster>([requested()])
            .when(Command::ReportTest(1, report(std::slice::from_ref(&failed))))
            .then([tested(std::slice::from_ref(&failed))]);
        given::<Cluster>([requested(), tested(&[])])
            .when(Command::ReportTest(1, report(&[failed])))
            .then([]);
    }

    #[test]
    fn what_an_older_test_found_is_over() {
        let history = [requested(), tested(&[]), requested()];
        given::<Cluster>(history.clone())
            .when(Command::ReportStep(1, finding(Step::Dns, Outcome::Failed)))
            .then([]);
        given::<Cluster>(history).when(Command::ReportTest(1, report(&[]))).then([]);
    }

    #[test]
    fn an_expired_test_finds_nothing_more() {
        given::<Cluster>([requested(), expired()])
            .when(Command::ReportTest(1, report(&[])))
            .then([]);
    }

    #[test]
    fn nobody_reports_what_nobody_asked_for() {
        given::<Cluster>([])
            .when(Command::ReportTest(1, report(&[])))
            .then_refused(Error::NotRequested);
    }
}
