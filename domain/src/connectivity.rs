//! What a test of a connection tries, step by step, and what it finds.
//!
//! Each step stands on those before it, so what fails is what has to be mended, and the rest of the
//! way is only known after that. Every address of a cluster is gone through by itself: work is sent
//! to any of them.

use crate::cluster_url::ClusterUrl;
use serde::{Deserialize, Serialize};

/// The longest words kept of a finding, in characters.
const WORDS_CHARACTERS_MAX: usize = 1000;

/// One step, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The credentials that are registered can be read, and the address is one that may be reached.
    Url,
    /// Its host has addresses.
    Dns,
    /// Somebody accepts a connection.
    Tcp,
    /// It shows a certificate of a trusted authority, for the right name, that is valid now.
    Tls,
    /// It accepts who Berth says it is.
    ClientCertificate,
    /// It speaks a version of an API that Berth speaks.
    Api,
    /// It may decide, and Berth may ask it to.
    Role,
    /// Which real cluster it is.
    Identity,
    /// There are nodes that can work.
    Nodes,
    /// Its clock agrees with that of Berth.
    Clock,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 10] = [
        Self::Url,
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::ClientCertificate,
        Self::Api,
        Self::Role,
        Self::Identity,
        Self::Nodes,
        Self::Clock,
    ];

    /// The step as it is written everywhere.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::ClientCertificate => "client_certificate",
            Self::Api => "api",
            Self::Role => "role",
            Self::Identity => "identity",
            Self::Nodes => "nodes",
            Self::Clock => "clock",
        }
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// It works, and something about it should be mended.
    Warned,
    /// Berth cannot work with the cluster like this.
    Failed,
    /// Not tried: there is nothing to try, or a step before it failed.
    Skipped,
}

/// What one step found at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What was seen, in plain words.
    pub detail: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What to do about it, in plain words; only where something is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Which step.
    pub step: Step,
    /// How long it took.
    pub took_milliseconds: u32,
    /// At which address.
    pub url: ClusterUrl,
}

impl Finding {
    /// The same, with no more words than are kept.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self { detail: bounded(&self.detail), remedy: self.remedy.as_deref().map(bounded), ..self }
    }
}

fn bounded(words: &str) -> String {
    words.chars().take(WORDS_CHARACTERS_MAX).collect()
}

/// Everything that one test found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What each step found, by address and in order.
    pub findings: Vec<Finding>,
    /// The cluster's own id, where it told it.
    pub native_id: Option<String>,
}

impl Report {
    /// Whether Berth can work with the cluster: something was tried, and nothing failed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        let failed = |finding: &Finding| finding.outcome == Outcome::Failed;
        !self.findings.is_empty() && !self.findings.iter().any(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::connectivity::finding;

    #[test]
    fn a_test_passes_when_something_was_tried_and_nothing_failed() {
        let report = |outcomes: &[Outcome]| Report {
            findings: outcomes.iter().map(|outcome| finding(Step::Tcp, *outcome)).collect(),
            native_id: None,
        };
        assert!(report(&[Outcome::Passed, Outcome::Warned, Outcome::Skipped]).has_passed());
        assert!(!report(&[Outcome::Passed, Outcome::Failed]).has_passed());
        assert!(!report(&[]).has_passed());
    }

    #[test]
    fn steps_are_written_as_they_are_called() {
        for step in Step::ALL {
            assert_eq!(serde_json::to_value(step).unwrap(), step.as_str());
        }
        assert!(Step::ALL.is_sorted());
    }

    #[test]
    fn an_engine_can_be_wordy_but_the_log_is_not() {
        let long = "x".repeat(WORDS_CHARACTERS_MAX * 2);
        let finding = Finding {
            remedy: Some(long.clone()),
            detail: long,
            ..finding(Step::Api, Outcome::Failed)
        };
        let bounded = finding.bounded();
        assert_eq!(bounded.detail.len(), WORDS_CHARACTERS_MAX);
        assert_eq!(bounded.remedy.unwrap().len(), WORDS_CHARACTERS_MAX);
    }
}
