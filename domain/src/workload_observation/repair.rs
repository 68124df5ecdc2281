//! What somebody changed behind Berth's back was put right.

use super::{Event, Of, WorkloadObservation};
use crate::{
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId},
    workload::Epoch,
};
use serde::{Deserialize, Serialize};

/// What was not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of it: it was gone, and was made again.
    Missing,
    /// How many containers there should be.
    Replicas,
    /// What they are made from, or where they may run.
    Specification,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Missing, Self::Replicas, Self::Specification];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Replicas => "replicas",
            Self::Specification => "specification",
        }
    }
}

/// What somebody changed behind Berth's back was put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DriftRepaired {
    /// The cluster.
    pub cluster_id: ClusterId,
    /// Which placement this is.
    pub epoch: Epoch,
    /// Whose workload it is.
    pub organization_id: OrganizationId,
    /// What was written again.
    pub parts: Vec<Part>,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// The number of this repair; some of them may be missing.
    pub repair: u32,
}

pub(super) fn decide(
    known: &WorkloadObservation,
    of: Of,
    repair: u32,
    parts: Vec<Part>,
) -> Vec<Event> {
    if repair <= known.repairs || parts.is_empty() {
        return vec![];
    }
    vec![Event::DriftRepaired(DriftRepaired {
        cluster_id: of.cluster,
        epoch: of.epoch,
        organization_id: of.organization,
        parts,
        profile_id: of.profile,
        provider_id: of.provider,
        repair,
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        testing::{
            given,
            workload_observation::{applied, of, repaired},
        },
        workload_observation::Command,
    };

    fn report(repair: u32, parts: &[Part]) -> Command {
        Command::ReportRepaired { of: of(1, 1), repair, parts: parts.to_vec() }
    }

    #[test]
    fn a_repair_is_said_once_by_its_number() {
        let history = || [applied(1, 1, 5), repaired(1, 1, 1)];
        given::<WorkloadObservation>([applied(1, 1, 5)])
            .when(report(1, &[Part::Replicas]))
            .then([repaired(1, 1, 1)]);
        given::<WorkloadObservation>(history()).when(report(1, &[Part::Replicas])).then([]);
        given::<WorkloadObservation>(history())
            .when(report(2, &[Part::Replicas]))
            .then([repaired(1, 1, 2)]);
        given::<WorkloadObservation>(history()).when(report(2, &[])).then([]);
    }
}
