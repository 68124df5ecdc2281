//! `ChangeFailoverPolicy`

use crate::{
    answer::{self, Recorded},
    body::{Check, given},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
    words::{Failback, Failover},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::change_failover_policy::ChangeFailoverPolicy;
use domain::provider::{FailoverPolicy, change_failover_policy};
use serde::Deserialize;

/// What is given changes, the rest stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeFailoverPolicyRequest)]
pub(crate) struct Body {
    /// What a lost cluster leads to.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    failover: Option<Failover>,
    /// How work comes back to a cluster that has recovered.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    failback: Option<Failback>,
    /// How long a cluster must have been well before work comes back by itself.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 10, maximum = 86400)]
    failback_after_seconds: Option<u32>,
    /// The most failovers of one hour; further ones wait for an administrator.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 60)]
    failovers_per_hour_max: Option<u32>,
    /// The pause between two probes of a cluster.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 500, maximum = 60000)]
    probe_interval_ms: Option<u32>,
    /// How long a probe may take; no longer than the pause between two.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 100, maximum = 30000)]
    probe_timeout_ms: Option<u32>,
    /// Probes missed in a row before a cluster is lost.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    probes_missed_max: Option<u32>,
    /// Workloads relocated at once.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    relocations_concurrent_max: Option<u32>,
}

impl Body {
    fn checked(self) -> Result<change_failover_policy::ChangeFailoverPolicy, Problem> {
        use FailoverPolicy as P;
        let mut check = Check::default();
        for (field, value, bounds) in [
            ("/failback_after_seconds", self.failback_after_seconds, P::FAILBACK_AFTER_SECONDS),
            ("/failovers_per_hour_max", self.failovers_per_hour_max, P::FAILOVERS_PER_HOUR),
            ("/probe_interval_ms", self.probe_interval_ms, P::PROBE_INTERVAL_MS),
            ("/probe_timeout_ms", self.probe_timeout_ms, P::PROBE_TIMEOUT_MS),
            ("/probes_missed_max", self.probes_missed_max, P::PROBES_MISSED),
            (
                "/relocations_concurrent_max",
                self.relocations_concurrent_max,
                P::RELOCATIONS_CONCURRENT,
            ),
        ] {
            if let Some(value) = value {
                check.between(field, value, bounds);
            }
        }
        check.done(Some(change_failover_policy::ChangeFailoverPolicy {
            failback: self.failback.map(Into::into),
            failback_after_seconds: self.failback_after_seconds,
            failover: self.failover.map(Into::into),
            failovers_per_hour_max: self.failovers_per_hour_max,
            probe_interval_ms: self.probe_interval_ms,
            probe_timeout_ms: self.probe_timeout_ms,
            probes_missed_max: self.probes_missed_max,
            relocations_concurrent_max: self.relocations_concurrent_max,
        }))
    }
}

/// Change when work leaves a lost cluster of a provider, and when it comes back.
#[utoipa::path(
    patch, path = "/v1/providers/{id}/failover-policy", operation_id = "change_failover_policy",
    tag = "providers",
    params(("id" = Uuid, Path, description = "The provider")),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id(&request, "id")?;
    let verb = ChangeFailoverPolicy { provider, change: asked.body.checked()? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
