//! A cluster does not hold a version: the engine refused it, or something did not come up with it.

use super::{Event, Known, Of, REASON_CHARACTERS_MAX};
use crate::{
    Position,
    ids::{ClusterId, ProviderId, WorkloadId},
};
use serde::{Deserialize, Serialize};

/// A cluster does not hold a version of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// The cluster.
    pub cluster_id: ClusterId,
    /// The provider of both.
    pub provider_id: ProviderId,
    /// The engine's own words, or Berth's where it did not even ask.
    pub reason: String,
    /// The last event of the secret that this is about.
    pub through_position: Position,
    /// Which version of the value.
    pub value_version: u32,
    /// What did not come up with it; then all goes back to the version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_id: Option<WorkloadId>,
}

pub(super) fn decide(
    known: &Known,
    of: Of,
    through: Position,
    reason: &str,
    workload: Option<WorkloadId>,
) -> Vec<Event> {
    let reason: String = reason.chars().take(REASON_CHARACTERS_MAX).collect();
    // Everything came up with what is held; and what has gone back is not tried, so not refused.
    let is_over = known.is_past(of.version) || (workload.is_some() && known.holds(of.version));
    let is_said = known.rejected.as_ref().is_some_and(|said| {
        let is_same = said.reason == reason && workload.is_none();
        let is_final = said.workload.is_some() || is_same;
        said.version > of.version || (said.version == of.version && is_final)
    });
    if is_over || is_said {
        return vec![];
    }
    vec![Event::Rejected(Rejected {
        cluster_id: of.cluster,
        provider_id: of.provider,
        reason,
        through_position: through,
        value_version: of.version,
        workload_id: workload,
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        secret_observation::{Command, SecretObservation},
        testing::{
            given,
            secret_observation::{applied, did_not_come_up, of, refused, workload_id},
        },
    };

    fn report(version: u32, reason: &str, workload: Option<WorkloadId>) -> Command {
        let (through, reason) = (Position(i64::from(version)), reason.to_owned());
        Command::ReportRejected { of: of(1, version), through, reason, workload }
    }

    #[test]
    fn a_refusal_is_said_once_in_the_engines_words() {
        let known = || [refused(1, 1, "no room")];
        given::<SecretObservation>([]).when(report(1, "no room", None)).then(known());
        given::<SecretObservation>(known()).when(report(1, "no room", None)).then([]);
        let other = [refused(1, 1, "name taken")];
        given::<SecretObservation>(known()).when(report(1, "name taken", None)).then(other);
    }

    #[test]
    fn a_version_goes_back_once_and_never_one_that_everything_came_up_with() {
        let by = || Some(workload_id());
        let words = "update paused";
        given::<SecretObservation>([applied(1, 1)])
            .when(report(2, words, by()))
            .then([did_not_come_up(1, 2)]);
        let back = || [applied(1, 1), did_not_come_up(1, 2)];
        given::<SecretObservation>(back()).when(report(2, words, by())).then([]);
        given::<SecretObservation>(back()).when(report(2, "no room", None)).then([]);
        given::<SecretObservation>([applied(1, 2)]).when(report(2, words, by())).then([]);
        given::<SecretObservation>([applied(1, 3)]).when(report(2, words, by())).then([]);
    }
}
