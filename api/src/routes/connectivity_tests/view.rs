//! How a test is shown.

use super::Found;
use crate::words::{ConnectivityStep, StepOutcome};
use domain::{Event, cluster::Event as Observed, connectivity, recorded::Recorded};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A test of how a cluster is reached.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConnectivityTest {
    /// That of the cluster, where it is registered.
    id: Uuid,
    /// The version of its stream.
    version: i64,
    state: TestState,
    /// The provider of the cluster; null for one that is not registered.
    provider_id: Option<Uuid>,
    /// The cluster's own id, where it told it.
    native_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    requested_at: String,
    /// Null while it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<String>,
    /// What each step found, by address and in order; so far, while it goes on.
    steps: Vec<Finding>,
}

/// How far a test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestState {
    /// It waits for a worker, or goes on.
    Running,
    /// Berth can work with the cluster.
    Passed,
    /// At least one step failed.
    Failed,
    /// It did not come to an end before what it was given was forgotten.
    Expired,
}

/// What one step found at one address.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectivityFinding)]
pub(crate) struct Finding {
    url: String,
    step: ConnectivityStep,
    outcome: StepOutcome,
    /// What was seen, in plain words.
    detail: String,
    /// What to do about it; null where nothing is to be done.
    remedy: Option<String>,
    took_milliseconds: u32,
}

impl From<Found> for ConnectivityTest {
    fn from(found: Found) -> Self {
        let is_end =
            |event: &&Recorded<Event>| matches!(event.payload, Event::Cluster(Observed::Tested(_)));
        let finished_at = found.events.iter().find(is_end).map(|it| it.recorded_at.to_string());
        let requested_at = found.first().map(|it| it.recorded_at.to_string()).unwrap_or_default();
        let test = found.test;
        let state = match &test.report {
            Some(report) if report.has_passed() => TestState::Passed,
            Some(_) => TestState::Failed,
            None if test.expired => TestState::Expired,
            None => TestState::Running,
        };
        Self {
            id: found.id.0,
            version: found.events.last().map_or(0, |event| event.version.0),
            state,
            provider_id: test.subject.provider().map(|provider| provider.0),
            native_id: test.report.and_then(|report| report.native_id),
            requested_at,
            finished_at,
            steps: test.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

impl From<connectivity::Finding> for Finding {
    fn from(finding: connectivity::Finding) -> Self {
        Self {
            url: finding.url.to_string(),
            step: finding.step.into(),
            outcome: finding.outcome.into(),
            detail: finding.detail,
            remedy: finding.remedy,
            took_milliseconds: finding.took_milliseconds,
        }
    }
}
