//! A provider, as a list shows it.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    cluster::report_test::Tested,
    ids::{ClusterId, ProviderId},
    name::{self, Name},
    provider::{DeploymentMode, Kind, Visibility},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether a provider may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Hands off.
    Disabled,
    /// Its organizations may use it.
    Enabled,
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
        }
    }
}

/// How well a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nobody has looked.
    Unknown,
}

impl Health {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
        }
    }
}

/// What came of a test of connectivity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestResult {
    /// Each step of it, on each cluster.
    Passed,
    /// At least one step.
    Failed,
}

/// The last test of connectivity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastTest {
    /// What came of it.
    pub result: TestResult,
    /// When.
    pub at: Timestamp,
}

/// A provider, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: ProviderId,
    /// The version of its stream, for `If-Match`.
    pub version: Version,
    /// Its name.
    pub name: Name,
    /// Which engine its clusters run.
    pub kind: Kind,
    /// Who may use it.
    pub visibility: Visibility,
    /// How its clusters share its work.
    pub deployment_mode: DeploymentMode,
    /// Whether it may be used.
    pub state: State,
    /// Free text.
    pub comments: String,
    /// The names of its clusters.
    pub clusters: BTreeMap<ClusterId, Name>,
    /// What the last test of each cluster came to, of those that somebody has tested.
    pub tests: BTreeMap<ClusterId, LastTest>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether an event about it is parked, so that the row may be out of date.
    pub stale: bool,
}

impl LastTest {
    /// What an event says.
    pub(crate) fn of(tested: &Tested, at: Timestamp) -> Self {
        let result = if tested.passed { TestResult::Passed } else { TestResult::Failed };
        Self { result, at }
    }

    /// Of several clusters: when the last of them was tested, and whether all that were passed.
    #[must_use]
    pub fn of_all(tests: impl IntoIterator<Item = Self>) -> Option<Self> {
        tests.into_iter().reduce(|one, other| {
            let both = one.result == TestResult::Passed && other.result == TestResult::Passed;
            let result = if both { TestResult::Passed } else { TestResult::Failed };
            Self { result, at: one.at.max(other.at) }
        })
    }
}

impl Row {
    /// What its last test came to; none while nobody has tested it.
    #[must_use]
    pub fn last_test(&self) -> Option<LastTest> {
        LastTest::of_all(self.tests.values().cloned())
    }

    /// Whether it has more than one cluster.
    #[must_use]
    pub fn is_multi_cluster(&self) -> bool {
        self.clusters.len() > 1
    }

    /// How many of its clusters are how well.
    #[must_use]
    pub fn cluster_health(&self) -> BTreeMap<Health, usize> {
        let counted = (!self.clusters.is_empty()).then_some((Health::Unknown, self.clusters.len()));
        counted.into_iter().collect()
    }

    /// What a search looks through. Control characters part the texts, since no search contains
    /// one: U+0001 parts what every reader sees from the clusters.
    pub(super) fn search_key(&self) -> String {
        let fold = |texts: &[&str]| texts.iter().map(|text| name::fold(text)).collect::<Vec<_>>();
        let clusters: Vec<&str> = self.clusters.values().map(Name::as_str).collect();
        let shown = fold(&[self.name.as_str(), &self.comments]).join("\n");
        format!("{shown}\u{1}{}", fold(&clusters).join("\n"))
    }
}

impl Shown for Row {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}
