//! `ScaleWorkload`

use crate::{
    answer::{self, Recorded},
    body::Check,
    idempotency::Asked,
    parameters,
    problem::Problem,
    routes::profiles,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::workload::scale::ScaleWorkload;
use serde::Deserialize;

/// How many containers.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScaleWorkloadRequest)]
pub(crate) struct Body {
    /// None at all is a stop.
    #[schema(minimum = 1, maximum = 1000)]
    replicas: u32,
}

/// Run more or fewer containers. A stopped workload starts with the new number.
#[utoipa::path(
    post, path = "/v1/organizations/{id}/workloads/{workload_id}/scale",
    operation_id = "scale_workload", tag = "workloads",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("workload_id" = Uuid, Path, description = "The workload"),
    ),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let id = parameters::id(&request, "workload_id")?;
    let mut check = Check::default();
    let replicas = profiles::request::replicas(&mut check, asked.body.replicas);
    let verb = ScaleWorkload { organization, id, replicas: check.done(replicas)? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
