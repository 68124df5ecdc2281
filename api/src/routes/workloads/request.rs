//! `RequestWorkload`

use crate::{
    answer::{self, Recorded},
    body::{Check, given},
    idempotency::Asked,
    parameters,
    problem::Problem,
    routes::profiles,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::workload::request::RequestWorkload;
use domain::ids::{OrganizationId, WorkloadId};
use serde::Deserialize;
use uuid::Uuid;

/// A workload to be started.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RequestWorkloadRequest)]
pub(crate) struct Body {
    /// Unique within the organization, regardless of case and Unicode form.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The profile it is made from, as that stands now.
    #[schema(value_type = Uuid)]
    profile_id: String,
    /// How many containers. Absent: what the profile says.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    replicas: Option<u32>,
}

impl Body {
    fn checked(self, organization: OrganizationId) -> Result<RequestWorkload, Problem> {
        let mut check = Check::default();
        let name = check.name("/name", &self.name);
        let profile = check.uuid("/profile_id", &self.profile_id);
        let replicas =
            self.replicas.and_then(|number| profiles::request::replicas(&mut check, number));
        let (name, profile) = check.done(name.zip(profile))?;
        let (id, random) = (WorkloadId(Uuid::now_v7()), rand::random());
        Ok(RequestWorkload { organization, id, name, profile, replicas, random })
    }
}

/// Request a workload: containers of a profile, on a cluster that is chosen now.
#[utoipa::path(
    post, path = "/v1/organizations/{id}/workloads", operation_id = "request_workload",
    tag = "workloads",
    params(("id" = Uuid, Path, description = "The organization")),
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let verb = asked.body.checked(organization)?;
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/organizations/{organization}/workloads/{id}"))
}
