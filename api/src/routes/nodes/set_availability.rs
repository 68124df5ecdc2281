//! `SetNodeAvailability`

use super::{
    drain::deadline,
    impact::{self, DryRun, NodeImpact},
};
use crate::{
    answer::{self, Recorded},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
    words::Availability,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::{
    node::{drain::TIME_DEFAULT, set_availability::SetNodeAvailability},
    ports::cluster::{Manner, NodeChange},
};
use serde::Deserialize;

/// Whether the node is to take work.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetNodeAvailabilityRequest)]
pub(crate) struct Body {
    availability: Availability,
}

/// Say whether a node is to take work. `drain` begins the same job as `POST …/drain` does.
#[utoipa::path(
    put, path = "/v1/providers/{id}/nodes/{node_id}/availability",
    operation_id = "set_node_availability", tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("node_id" = Uuid, Path, description = "The node"),
        ("dry_run" = Option<bool>, Query,
            description = "`true`: say what it would do, and do nothing"),
    ),
    request_body = Body,
    responses(
        (status = 200, body = NodeImpact, description = "With `dry_run`: what it would do"),
        (status = 202, body = Recorded, description = "Recorded"),
    ),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body, DryRun>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id(&request, "id")?;
    let node = parameters::id(&request, "node_id")?;
    let availability = asked.body.availability.into();
    let deadline = deadline(TIME_DEFAULT);
    let verb = SetNodeAvailability { provider, node, availability, deadline };
    if asked.parameters.0 {
        let change = NodeChange { availability: Some(availability), ..NodeChange::default() };
        let asked = (verb, asked.request);
        return impact::answer(&state, asked, (provider, node), change, Manner::Gentle).await;
    }
    answer::accepted(&state.command(verb, asked.request).await?)
}
