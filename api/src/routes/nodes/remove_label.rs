//! `RemoveNodeLabel`

use crate::{
    answer::{self, Recorded},
    body::{Check, Nothing},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::node::remove_label::RemoveNodeLabel;
use domain::label::Key;

/// Remove a label that was set through Berth.
#[utoipa::path(
    delete, path = "/v1/providers/{id}/nodes/{node_id}/labels/{key}",
    operation_id = "remove_node_label", tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("node_id" = Uuid, Path, description = "The node"),
        ("key" = String, Path,
            description = "2 to 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends"),
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
    let mut check = Check::default();
    let key = check.take("key", Key::parse(parameters::text(&request, "key")));
    let key = check.done(key)?;
    let verb = RemoveNodeLabel { provider, node, key };
    answer::accepted(&state.command(verb, asked.request).await?)
}
