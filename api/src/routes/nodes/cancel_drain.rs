//! `CancelDrain`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::node::cancel_drain::CancelDrain;

/// Cancel the drain of a node, also one that has ended: it goes back to the availability that it
/// had before. What has left does not come back by that.
#[utoipa::path(
    delete, path = "/v1/providers/{id}/nodes/{node_id}/drain", operation_id = "cancel_drain",
    tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("node_id" = Uuid, Path, description = "The node"),
    ),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let provider = parameters::id(&request, "id")?;
    let node = parameters::id(&request, "node_id")?;
    let verb = CancelDrain { provider, node };
    answer::accepted(&state.command(verb, asked.request).await?)
}
